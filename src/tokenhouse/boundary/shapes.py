"""What a request may say, as data: one description reads it, and tells others how to write it."""

import inspect
from collections.abc import Callable, Mapping
from typing import Final, Generic, TypeVar

from msgspec import UNSET, UnsetType

from tokenhouse.boundary.fields import Fields, read_object
from tokenhouse.boundary.parameters import read_parameters
from tokenhouse.boundary.request import Request
from tokenhouse.boundary.sorts import Schema, Sort
from tokenhouse.core.refusal import Code, Problem, Refused

T = TypeVar("T")


class _Shape(Generic[T]):
    """Named fields, and what is made of them.

    `made` is called with what was sent, by name; what was not sent has its default there. `into`
    names its parameter where the wire has another word. Raises ValueError when the two disagree,
    so that no request can meet it.
    """

    def __init__(
        self,
        made: Callable[..., T],
        fields: Mapping[str, Sort],
        required: tuple[str, ...] = (),
        into: Mapping[str, str] | None = None,
    ) -> None:
        self._made = made
        self._fields = {name: ((into or {}).get(name, name), sort) for name, sort in fields.items()}
        self._required = required
        self._known = frozenset(fields)
        self._defaults = self._agreed()

    def _agreed(self) -> dict[str, object]:
        """The default of each field that may be absent."""
        taken = inspect.signature(self._made).parameters
        names = {attribute: name for name, (attribute, _) in self._fields.items()}
        needed = {name for name, one in taken.items() if one.default is inspect.Parameter.empty}
        if not set(names) <= set(taken) or not needed <= {
            self._fields[name][0] for name in self._required
        }:
            raise ValueError(f"{self._made} takes {[*taken]}, and is given {[*names]}")
        return {
            name: taken[attribute].default
            for attribute, name in names.items()
            if attribute not in needed
        }

    def _read(self, fields: Fields, code: Code = Code.MALFORMED) -> T:
        fields.require(*self._required)
        read, sent = {}, fields.sent
        for name, (attribute, sort) in self._fields.items():
            if name not in sent:
                continue
            value = sort.read(fields, name)
            if value is not UNSET:
                read[attribute] = value
        fields.done(code)
        return self._made(**read)

    def _properties(self) -> Schema:
        said: Schema = {
            "type": "object",
            "properties": {name: self._schema_of(name) for name in self._fields},
        }
        if self._required:
            said["required"] = [*self._required]
        return said

    def _parameters(self) -> list[Schema]:
        return [
            {
                "name": name,
                "in": "query",
                "required": name in self._required,
                "schema": _without_null(self._schema_of(name)),
            }
            for name in self._fields
        ]

    def _schema_of(self, name: str) -> Schema:
        schema = self._fields[name][1].schema()
        kind = schema.get("type")
        if name in self._required and isinstance(kind, list):
            schema["type"] = kind[0]
        default = self._defaults.get(name)
        if default and isinstance(default, str | int):
            schema["default"] = default
        return schema


class Object(_Shape[T]):
    """A JSON object in a body."""

    def read(self, request: Request) -> T:
        """What was sent; raises Refused with every fault at once."""
        return self._read(Fields(read_object(request), self._known))

    def of(self, values: Mapping[str, object]) -> T:
        """The same of values that somebody typed, in place of a body."""
        return self._read(Fields(values, self._known, "What was typed"))

    def within(self, fields: Fields, where: str, values: object) -> T | UnsetType:
        """The same of an object that stands within another; its faults are noted there."""
        if not isinstance(values, dict):
            return fields.fault(where, "is not an object")
        try:
            return self._read(Fields(values, self._known))
        except Refused as refused:
            for problem in refused.problems:
                fields.fault(f"{where}.{problem.field}", problem.sentence)
            return UNSET

    def schema(self) -> Schema:
        """Its JSON Schema; unknown fields are refused."""
        return self._properties() | {"additionalProperties": False}


class Query(_Shape[T]):
    """The parameters of a query: each once, and none unknown.

    `fault` is the code of a value that cannot be.
    """

    def __init__(
        self,
        made: Callable[..., T],
        fields: Mapping[str, Sort],
        required: tuple[str, ...] = (),
        into: Mapping[str, str] | None = None,
        *,
        fault: Code = Code.MALFORMED,
    ) -> None:
        super().__init__(made, fields, required, into)
        self._fault = fault

    def check(self, request: Request) -> None:
        """Raise Refused(MALFORMED) for parameters that would silently do nothing."""
        if not request.query:
            return
        names = [name for name, _ in request.query]
        if not self._known.issuperset(names):
            known = ", ".join(sorted(self._known)) or "none"
            problem = Problem("query", f"known parameters here: {known}")
            raise Refused(Code.MALFORMED, "The query has an unknown parameter.", (problem,))
        if len(names) != len(set(names)):
            raise Refused(Code.MALFORMED, "A query parameter stands there twice.")

    def read(self, request: Request) -> T:
        """What was sent; raises Refused with every fault at once."""
        self.check(request)
        values = {name: self._fields[name][1].typed(text) for name, text in request.query}
        return self._read(Fields(values, self._known, "The query"), self._fault)

    def read_at_once(self, request: Request) -> T:
        """The same for a dialect that names unknown and repeated parameters beside other faults."""
        typed: dict[str, object] = {}
        for name, text in request.query:
            known = self._fields.get(name)
            # A name that stands twice has no value that any sort takes.
            typed[name] = [] if name in typed else text if known is None else known[1].typed(text)
        return self._read(Fields(typed, self._known, "The query"), self._fault)

    def parameters(self) -> list[Schema]:
        """Each as OpenAPI describes a parameter."""
        return self._parameters()


class Form(_Shape[T]):
    """Parameters that come in the query or in a form, as if they were one.

    `ignored` are names that a client may send and that mean nothing here, None: whatever is not
    known (RFC 6749, 3.2, wants it so). An empty value counts as none, since clients send one for
    what they were not given. Those in `several` may repeat, and their sort reads a list of what was
    sent.
    """

    def __init__(  # noqa: PLR0917 -- what a shape is made of, and two sets of names
        self,
        made: Callable[..., T],
        fields: Mapping[str, Sort],
        required: tuple[str, ...] = (),
        into: Mapping[str, str] | None = None,
        ignored: frozenset[str] | None = frozenset(),
        several: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(made, fields, required, into)
        self._ignored = ignored
        self._several = several

    def read(self, request: Request) -> T:
        """What was sent; raises Refused with every fault at once."""
        values: dict[str, object] = {}
        repeated: dict[str, list[str]] = {}
        for name, text in read_parameters(request):
            known = self._fields.get(name)
            ignored = known is None if self._ignored is None else name in self._ignored
            if ignored or not text:
                continue
            if name in self._several:
                repeated.setdefault(name, []).append(text)
            elif name in values:
                raise Refused(Code.MALFORMED, "A parameter stands there twice.")
            else:
                values[name] = text if known is None else known[1].typed(text)
        values.update(repeated)
        return self._read(Fields(values, self._known, "The request"))

    def schema(self) -> Schema:
        """The fields of a form, as OpenAPI describes them."""
        return self._properties()

    def parameters(self) -> list[Schema]:
        """Each as a parameter of the query."""
        return self._parameters()


def _without_null(schema: Schema) -> Schema:
    kind = schema.get("type")
    return schema | {"type": kind[0]} if isinstance(kind, list) else schema


def _nothing() -> None:
    return None


NO_PARAMETERS: Final = Query(_nothing, {})
"""The query of a route that takes none."""
