"""The dialect's words for files: requests in, records out."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary import Object, Query
from tokenhouse.boundary.answers import Time, time
from tokenhouse.boundary.error_list import MAX_NUMBER, Number
from tokenhouse.boundary.sorts import Flag, Sort, Text, Whole, Word
from tokenhouse.demo.device_files.kept import FileSort, Record
from tokenhouse.demo.device_files.updates import ALL, Update, Updates

FIELD: Final = "files"
"""The field of the form that brings a file."""
SORTS: Final = ("log", "event", "gps", "debug", "journal", "dmesg", "txt")
MAX_MODULE: Final = 120
DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 100


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
