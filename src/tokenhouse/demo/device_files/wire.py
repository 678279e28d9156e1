"""The dialect's words for files: requests in, records and errors out."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tokenhouse.boundary import Answer, Object, Query, Request, problem
from tokenhouse.boundary.answers import Time, time
from tokenhouse.boundary.fields import REQUIRED, UNKNOWN
from tokenhouse.boundary.media import JSON
from tokenhouse.boundary.ranges import Unsatisfiable
from tokenhouse.boundary.sorts import Flag, Sort, Text, Whole, Word
from tokenhouse.core.refusal import Code, Problem, Refused, Unavailable
from tokenhouse.demo.device_files.kept import FileSort, Record
from tokenhouse.demo.device_files.room import OverLimit
from tokenhouse.demo.device_files.updates import ALL, Update, Updates

FIELD: Final = "files"
"""The field of the form that brings a file."""
SORTS: Final = ("log", "event", "gps", "debug", "journal", "dmesg", "txt")
MAX_NUMBER: Final = 2**31 - 1
MAX_MODULE: Final = 120
DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 100

_CHALLENGE: Final = 'x-access-token realm="device files"'

Number: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_NUMBER)]
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


class NoFile(Refused):
    """There is none of this sort and number that the device may see."""

    def __init__(self, sort: str, number: int | None) -> None:
        super().__init__(Code.NOT_FOUND, f"There is no {sort} of this id.")
        self.sort = sort
        self.number = number


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


class SentFile(msgspec.Struct, frozen=True, rename="camel"):
    """A record of a file that a device sends. `size` is there once the file is."""

    id: Number
    type: FileSort
    created_date: Time
    size: int | UnsetType = UNSET


class OtaFile(msgspec.Struct, frozen=True, rename="camel"):
    """An update that devices fetch. `sha256` is the checksum of the file, in hexadecimal."""

    id: Number
    module: str
    version: str
    is_active: bool
    size: int
    sha256: str
    created_date: Time


class Listing(msgspec.Struct, frozen=True):
    """Which updates are asked for."""

    module: str | None = None
    active: bool | None = None
    limit: int = DEFAULT_LIMIT
    offset: int = 0


def _sort(type: FileSort) -> FileSort:  # noqa: A002 -- the name of the field
    return type


DRAFT: Final = Object(_sort, {"type": Word(SORTS)}, ("type",))
"""What makes a record."""
_LISTED: Final[Mapping[str, Sort]] = {
    "module": Text(MAX_MODULE),
    "isActive": Flag(),
    "limit": Whole(1, MAX_LIMIT),
    "offset": Whole(0, MAX_NUMBER),
}
LISTING: Final = Query(Listing, _LISTED, into={"isActive": "active"})
_TYPED: Final = Object(Listing, _LISTED, into={"isActive": "active"})


def read_listing(request: Request) -> Listing:
    """The parameters of a list; raises Refused with every fault, unknown names among them."""
    typed: dict[str, Any] = {}
    for name, text in request.query:
        known = _LISTED.get(name)
        # A name that stands twice has no value that any sort takes.
        typed[name] = [] if name in typed else text if known is None else known.typed(text)
    return _TYPED.of(typed)


def read_number(request: Request, parameter: str) -> int | None:
    """The number in a path; None for what is none."""
    text = request.parameters[parameter]
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_NUMBER))
    return int(text) if is_number and str(int(text)) == text else None


def sent(record: Record, size: int | None) -> SentFile:
    """A record, with the size of its file where it has one."""
    return SentFile(record.number, record.sort, time(record.at), UNSET if size is None else size)


def listed(updates: Updates, listing: Listing) -> list[OtaFile]:
    """The updates that a listing asks for."""
    wanted = [
        one
        for one in ALL
        if listing.module in {None, one.module} and listing.active in {None, one.active}
    ]
    shown = wanted[listing.offset : listing.offset + listing.limit]
    return [ota_file(one, updates.sha256(one)) for one in shown]


def ota_file(update: Update, sha256: str) -> OtaFile:
    """One update."""
    return OtaFile(
        update.number,
        update.module,
        update.version,
        update.active,
        update.size,
        sha256,
        time(update.at),
    )


# refusals

_TYPES: Final[Mapping[Code, Type]] = {
    Code.MALFORMED: "invalid-operation",
    Code.TOO_LARGE: "limit-exceeded",
    Code.TOO_MANY: "limit-exceeded",
    Code.UNAUTHENTICATED: "unauthorized",
    Code.WRONG_DOOR: "unauthorized",
    Code.FORBIDDEN: "unauthorized",
    Code.NOT_LISTED: "unauthorized",
    Code.NOT_FOUND: "not-found",
}
"""The type of a refusal that is about no field; of every other one: `invalid-operation`."""


def refuse(_: Request, refused: Refused | Unavailable) -> Answer:
    """A refusal, or our inability, in the dialect's form."""
    if isinstance(refused, Unavailable):
        said = [Error("internal-error", "This cannot be decided now. Try again.", Details())]
        return Answer(503, msgspec.json.encode(Errors(said)), JSON)
    status = problem.STATUS[refused.code].value
    headers: tuple[tuple[str, str], ...] = ()
    if status == 401:
        headers = (("www-authenticate", _CHALLENGE),)
    elif isinstance(refused, Unsatisfiable):
        headers = (("content-range", f"bytes */{refused.size}"),)
    return Answer(status, msgspec.json.encode(Errors(_errors(refused))), JSON, headers)


def _errors(refused: Refused) -> list[Error]:
    if refused.code is Code.MALFORMED and refused.problems:
        return [_of_field(one) for one in refused.problems]
    details = Details()
    if isinstance(refused, NoFile):
        number = UNSET if refused.number is None else refused.number
        details = Details(entity_type=refused.sort, entity_id=number)
    is_limit = isinstance(refused, OverLimit)
    type_ = "limit-exceeded" if is_limit else _TYPES.get(refused.code, "invalid-operation")
    return [Error(type_, refused.public, details)]


def _of_field(fault: Problem) -> Error:
    of = {REQUIRED: "required-field", UNKNOWN: "unknown-field"}
    type_: Type = "invalid-field"
    for begins, word in of.items():
        if fault.sentence.startswith(begins):
            type_ = word  # type: ignore[assignment]
    return Error(type_, f"{fault.field} {fault.sentence}.", Details(field=fault.field))
