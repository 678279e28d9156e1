"""How the change feed is spelled."""

from typing import Annotated, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from tokenhouse.boundary import Answer, Query, Request, Time, answered, time
from tokenhouse.boundary.sorts import Whole
from tokenhouse.faces.native.wire.events import LAST_SEQUENCE
from tokenhouse.operations.changes import FeedEntry
from tokenhouse.operations.feed import Fed

_Word: TypeAlias = Literal[
    "catalogue",
    "client",
    "deployment",
    "device",
    "family",
    "group",
    "membership",
    "organization",
    "person",
    "signing_key",
    "token",
]
_WORDS: Final[dict[str, _Word]] = {
    "Catalogue": "catalogue",
    "Client": "client",
    "Deployment": "deployment",
    "Device": "device",
    "FamilyEnd": "family",
    "Membership": "membership",
    "Organization": "organization",
    "Person": "person",
    "PolicyGroup": "group",
    "SigningKey": "signing_key",
    "Token": "token",
}


class Entry(msgspec.Struct, frozen=True):
    """One committed change: which records it touched, as pairs of a word and an id."""

    sequence: int
    moment: Time
    touched: list[tuple[_Word, UUID]]


class Feed(msgspec.Struct, frozen=True):
    """What changed, oldest first. `next`: what to send as `after` the next time."""

    data: list[Entry]
    next: Annotated[int, Meta(ge=0)]


def _after(after: int | None = None) -> int | None:
    return after


AFTER: Final = Query(_after, {"after": Whole(0, LAST_SEQUENCE)})


def read_after(request: Request) -> int | None:
    """Behind which sequence to go on; None where it begins."""
    return AFTER.read(request)


def write_fed(fed: Fed) -> Answer:
    """What changed, and where to go on, even where nothing was for the caller."""
    return answered(200, Feed([_entry(one) for one in fed.entries], fed.following))


def _entry(entry: FeedEntry) -> Entry:
    touched = [(_WORDS[record], one_id) for record, one_id in entry.touched]
    return Entry(entry.sequence, time(entry.moment), touched)
