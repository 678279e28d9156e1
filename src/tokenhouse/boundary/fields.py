"""Reading a JSON object field by field: every fault is collected, then refused at once."""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary.request import Request
from tokenhouse.core.moment import Moment, parse_moment
from tokenhouse.core.permission import MAX_NAME_CHARACTERS, Permissions, is_permission_name
from tokenhouse.core.refusal import Code, Problem, Refused

MAX_ITEMS: Final = 500
MAX_UNKNOWN: Final = 20
MAX_FAULTS: Final = 100
"""Faults that one answer names; there may be more."""
REQUIRED: Final = "is required"
UNKNOWN: Final = "is not known here"
"""How the sentences of two faults begin, for dialects that have words of their own for them."""
_MAX_QUOTED: Final = 30
"""A longer name is not repeated: it could be a token string in the wrong place."""


class Fields:
    """The fields of a request's JSON object. Call `done` before using what was read.

    A field that is absent reads as UNSET, JSON null as None where the field may be empty.
    No sentence quotes a value: it may be a secret in the wrong place.
    """

    def __init__(
        self, values: Mapping[str, object], known: Iterable[str], where: str = "The body"
    ) -> None:
        self._problems: list[Problem] = []
        self.sent = values
        self._where = where
        if not values.keys() - known:  # nearly always
            return
        for name in [name for name in values if name not in known][:MAX_UNKNOWN]:
            shown = name if _is_plain(name) else "a field"
            listed = ", ".join(sorted(known))
            self._problems.append(Problem(shown, f"{UNKNOWN}; known are {listed}"))

    def done(self, code: Code = Code.MALFORMED) -> None:
        """Raise Refused with every fault found, if there is one."""
        if self._problems:
            raise Refused(code, f"{self._where} has faults.", tuple(self._problems))

    @property
    def full(self) -> bool:
        """Whether no more faults will be named, so that nothing is gained by reading on."""
        return len(self._problems) >= MAX_FAULTS

    def value(self, name: str) -> object:
        """What stands there, unread; UNSET where nothing does."""
        return self.sent.get(name, UNSET)

    def fault(self, name: str, sentence: str) -> UnsetType:
        """Note what is wrong with a field; the first fault of a field counts."""
        if not self.full and not any(problem.field == name for problem in self._problems):
            self._problems.append(Problem(name, sentence))
        return UNSET

    def text(self, name: str, longest: int, *, empty: bool = True) -> str | UnsetType:
        """A string without control characters; null reads as the empty one where that may be."""
        value = self.sent.get(name, UNSET)
        if value is UNSET:
            return UNSET
        if value is None and empty:
            return ""
        if not isinstance(value, str):
            return self.fault(name, "is not a string")
        if len(value) > longest:
            return self.fault(name, f"is longer than {longest} characters")
        if not value.isprintable() and any(map(_is_control, value)):
            return self.fault(name, "has a control character")
        if not empty and not value.strip():
            return self.fault(name, "is empty")
        return value

    def moment(self, name: str) -> Moment | UnsetType | None:
        """An RFC 3339 date and time with a zone, or null."""
        value = self.sent.get(name, UNSET)
        if value is UNSET or value is None:
            return value
        if not isinstance(value, str):
            return self.fault(name, "is not a string such as 2030-01-01T00:00:00Z")
        try:
            return parse_moment(value)
        except ValueError as error:
            return self.fault(name, str(error))

    def ids(self, name: str) -> tuple[UUID, ...] | UnsetType:
        """A list of UUIDs."""
        listed = self.strings(name, "UUIDs")
        if listed is UNSET:
            return UNSET
        ids = []
        for place, text in enumerate(listed):
            if (one := parse_id(text)) is None:
                self.fault(f"{name}[{place}]", "is not a UUID")
            else:
                ids.append(one)
        return tuple(ids)

    def one_id(self, name: str) -> UUID | UnsetType | None:
        """One UUID, or null."""
        value = self.sent.get(name, UNSET)
        if value is UNSET or value is None:
            return value
        one = parse_id(value) if isinstance(value, str) else None
        return one if one is not None else self.fault(name, "is not a UUID")

    def permissions(self, name: str, most: int = MAX_ITEMS) -> Permissions | UnsetType:
        """A list of permission names by their form; whether they exist is not asked here."""
        listed = self.strings(name, "permission names", most)
        if listed is UNSET:
            return UNSET
        for place, text in enumerate(listed):
            if not is_permission_name(text):
                self.fault(
                    f"{name}[{place}]",
                    f"is not a permission name of at most {MAX_NAME_CHARACTERS} characters",
                )
        return frozenset(listed)

    def require(self, *names: str) -> None:
        """Note as a fault each of these that is absent or null."""
        for name in names:
            if self.sent.get(name) is None:
                self.fault(name, REQUIRED)

    def strings(self, name: str, what: str, most: int = MAX_ITEMS) -> list[str] | UnsetType:
        """A list of at most so many strings, of which `what` is the plural."""
        value = self.sent.get(name, UNSET)
        if value is UNSET:
            return UNSET
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return self.fault(name, f"is not a list of {what}")
        if len(value) > most:
            return self.fault(name, f"has more than {most} items")
        return value


def parse_id(text: str) -> UUID | None:
    """Read a UUID in its one canonical form, case aside; None for anything else."""
    if len(text) != 36 or not text.isascii():
        return None
    try:
        parsed = UUID(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text.lower() else None


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"}


def _is_plain(name: str) -> bool:
    return len(name) <= _MAX_QUOTED and name.isascii() and name.isidentifier()


def read_object(request: Request) -> dict[str, object]:
    """The JSON object that a body is; raises Refused(MEDIA_TYPE) and Refused(MALFORMED)."""
    media_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if not (media_type == "application/json" or media_type.endswith("+json")):
        raise Refused(Code.MEDIA_TYPE, "Send the body as `Content-Type: application/json`.")
    try:
        # The first reader is the stricter one; only the second tells of names that stand twice.
        decoded = msgspec.json.decode(request.body)
        _TWICE.decode(request.body.decode())
    except (ValueError, RecursionError):
        raise Refused(
            Code.MALFORMED, "The body is not JSON, or names a field twice in one object."
        ) from None
    if not isinstance(decoded, dict):
        raise Refused(Code.MALFORMED, "The body is not a JSON object.")
    return decoded


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Two programs may read a repeated name differently, so it has no meaning here."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


_TWICE: Final = json.JSONDecoder(object_pairs_hook=_unique)
