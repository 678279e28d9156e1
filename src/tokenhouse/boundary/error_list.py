"""Refusals as a list of errors, as Spoke Zone's platform has them: every fault with its type.

Two faces speak so, the dialect's own and the demo's API beside it; neither knows the other.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tokenhouse.boundary import problem
from tokenhouse.boundary.face import Answer
from tokenhouse.boundary.fields import REQUIRED, UNKNOWN
from tokenhouse.boundary.media import JSON
from tokenhouse.boundary.ranges import Unsatisfiable
from tokenhouse.boundary.request import Request
from tokenhouse.core.refusal import Code, Problem, Refused, Unavailable

Type: TypeAlias = Literal[
    "invalid-field",
    "required-field",
    "unknown-field",
    "not-found",
    "unauthorized",
    "limit-exceeded",
    "invalid-operation",
    "internal-error",
]

_CHALLENGE: Final = 'x-access-token realm="tokenhouse"'
MAX_NUMBER: Final = 2**31 - 1
Number: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_NUMBER)]
"""How things are named in this dialect."""


class Missing(Refused):
    """There is none of this sort and number that the caller may see."""

    def __init__(self, sort: str, number: int | None) -> None:
        super().__init__(Code.NOT_FOUND, f"There is no {sort} of this id.")
        self.sort = sort
        self.number = number


class OverLimit(Refused):
    """More than there is room for."""


class Details(msgspec.Struct, frozen=True, rename="camel"):
    """What an error is about, where it is about one thing."""

    field: str | UnsetType = UNSET
    entity_type: str | UnsetType = UNSET
    entity_id: int | UnsetType = UNSET


class Error(msgspec.Struct, frozen=True):
    """One thing that is wrong."""

    type: Type
    message: str
    details: Details


class Errors(msgspec.Struct, frozen=True):
    """A refusal: everything that is wrong with the request."""

    errors: list[Error]


_TYPES: Final[Mapping[Code, Type]] = {
    Code.MALFORMED: "invalid-operation",
    Code.TOO_LARGE: "limit-exceeded",
    Code.TOO_MANY: "limit-exceeded",
    Code.UNAUTHENTICATED: "unauthorized",
    Code.WRONG_DOOR: "unauthorized",
    Code.FORBIDDEN: "unauthorized",
    Code.NOT_LISTED: "unauthorized",
    Code.SECOND_FACTOR: "unauthorized",
    Code.NOT_FOUND: "not-found",
}
"""The type of a refusal that is about no field; of every other one: `invalid-operation`."""


def read_number(request: Request, parameter: str) -> int | None:
    """The number in a path; None for what is none."""
    text = request.parameters[parameter]
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_NUMBER))
    return int(text) if is_number and str(int(text)) == text else None


def refuse(
    _: Request, refused: Refused | Unavailable, spelled: Mapping[str, str] | None = None
) -> Answer:
    """A refusal, or our inability. `spelled` has our names of fields where the wire has others."""
    if isinstance(refused, Unavailable):
        said = [Error("internal-error", "This cannot be decided now. Try again.", Details())]
        return Answer(503, msgspec.json.encode(Errors(said)), JSON)
    status = problem.STATUS[refused.code].value
    headers: tuple[tuple[str, str], ...] = ()
    if status == 401:
        headers = (("www-authenticate", _CHALLENGE),)
    elif isinstance(refused, Unsatisfiable):
        headers = (("content-range", f"bytes */{refused.size}"),)
    said = _errors(refused, spelled or {})
    return Answer(status, msgspec.json.encode(Errors(said)), JSON, headers)


def _errors(refused: Refused, spelled: Mapping[str, str]) -> list[Error]:
    if refused.code is Code.MALFORMED and refused.problems:
        return [_of_field(one, spelled) for one in refused.problems]
    details = Details()
    if isinstance(refused, Missing):
        number = UNSET if refused.number is None else refused.number
        details = Details(entity_type=refused.sort, entity_id=number)
    is_limit = isinstance(refused, OverLimit)
    type_ = "limit-exceeded" if is_limit else _TYPES.get(refused.code, "invalid-operation")
    return [Error(type_, refused.public, details)]


def _of_field(fault: Problem, spelled: Mapping[str, str]) -> Error:
    of = {REQUIRED: "required-field", UNKNOWN: "unknown-field"}
    type_: Type = "invalid-field"
    for begins, word in of.items():
        if fault.sentence.startswith(begins):
            type_ = word  # type: ignore[assignment]
    field = spelled.get(fault.field, fault.field)
    return Error(type_, f"{field} {fault.sentence}.", Details(field=field))
