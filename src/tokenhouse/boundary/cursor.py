"""Lists in slices: an opaque cursor says after which row the next one begins."""

import base64
import binascii
from collections.abc import Mapping
from typing import Final, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary.answers import answered
from tokenhouse.boundary.face import Answer
from tokenhouse.boundary.fields import Fields
from tokenhouse.boundary.request import Request
from tokenhouse.boundary.sorts import Schema, Sort, Whole

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 100

_ID_BYTES: Final = 16
_SEQUENCE_BYTES: Final = 8

T = TypeVar("T")


class Listed(msgspec.Struct, Generic[T], frozen=True):
    """One slice of a list; the last one has no `next_cursor`."""

    data: list[T]
    next_cursor: str | UnsetType = UNSET


class _Cursor(msgspec.Struct, frozen=True):
    """What one answer gave as `next_cursor`, sent back as it was."""

    def typed(self, text: str) -> object:
        """The text itself."""
        return text

    def schema(self) -> Schema:
        """A short text that nobody but us reads."""
        return {"type": "string", "maxLength": 22, "pattern": "^[A-Za-z0-9_-]*$"}


class AfterId(_Cursor, frozen=True):
    """A cursor that is an id."""

    def read(self, fields: Fields, name: str) -> object:
        """The UUID of the last row that was seen."""
        raw = _raw(fields, name, _ID_BYTES)
        return UUID(bytes=raw) if isinstance(raw, bytes) else UNSET


class AfterSequence(_Cursor, frozen=True):
    """A cursor that is a place in the feed or in the trail."""

    def read(self, fields: Fields, name: str) -> object:
        """The sequence of the last row that was seen."""
        raw = _raw(fields, name, _SEQUENCE_BYTES)
        return int.from_bytes(raw, "big") if isinstance(raw, bytes) else UNSET


class Slice(msgspec.Struct, frozen=True):
    """Which rows of a list that goes by ids: those after one, so many at most."""

    after: UUID | None = None
    limit: int = DEFAULT_LIMIT


SLICE: Final[Mapping[str, Sort]] = {"limit": Whole(1, MAX_LIMIT), "cursor": AfterId()}
"""The parameters of such a list; `cursor` goes `into` what the query calls `after`."""


def cursor(place: UUID | int) -> str:
    """How a place is told: the id of a row, or its sequence."""
    if isinstance(place, UUID):
        return _text(place.bytes)
    return _text(place.to_bytes(_SEQUENCE_BYTES, "big"))


def write_slice(request: Request, rows: list[T], after: UUID | int | None) -> Answer:
    """The rows of a slice. `after`: where the next one goes on; None when this is the last.

    The same stands in `Link` (RFC 8288) as the whole target of the next request.
    """
    if after is None:
        return answered(200, Listed(rows))
    return answered(200, Listed(rows, cursor(after)), (link(request, after),))


def link(request: Request, after: UUID | int) -> tuple[str, str]:
    """The header that leads to the next slice."""
    query = urlencode(dict(request.query) | {"cursor": cursor(after)})
    return "link", f'<{request.path}?{query}>; rel="next"'


def _raw(fields: Fields, name: str, size: int) -> bytes | UnsetType:
    text = fields.value(name)
    if text is UNSET:
        return UNSET
    padded = f"{text}{'=' * (-len(str(text)) % 4)}"
    try:
        raw = base64.b64decode(padded, b"-_", validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    is_ours = len(raw) == size and _text(raw) == text and (size == _ID_BYTES or raw[0] < 0x80)
    return raw if is_ours else fields.fault(name, "is no cursor that an answer gave")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
