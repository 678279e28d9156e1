"""Following the chain of events from a place that somebody kept, and events in a file."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.core.events import GENESIS, RecordedEvent, broken_at, concerned_in
from tokenhouse.core.moment import Moment
from tokenhouse.core.principal import DEPLOYMENT

HASH_BYTES: Final = 32


class Place(msgspec.Struct, frozen=True):
    """A place in the chain: the sequence of an event, and the link there.

    Whoever keeps one can tell later whether anything up to it was changed or cut off.
    """

    sequence: int
    link: bytes


BEGINNING: Final = Place(0, GENESIS)


class Walked(msgspec.Struct, frozen=True):
    """How far a chain holds. `broken_at`: the first event that does not follow; None: all do."""

    until: Place
    broken_at: int | None


def walk(events: Iterable[RecordedEvent], place: Place) -> Walked:
    """Follow events from a place on: each has the next sequence, and follows by its hashes.

    What is left out, doubled, exchanged or changed breaks the chain at the sequence that should
    stand there. What is cut off at the end breaks nothing: only a kept place behind it tells.
    """
    for event in events:
        following = place.sequence + 1
        if event.sequence != following or broken_at([event], place.link) is not None:
            return Walked(place, following)
        place = Place(following, event.link)
    return Walked(place, None)


def walk_lines(lines: Iterable[bytes | str], place: Place) -> Walked:
    """Follow the lines of an export; what is no line of one breaks the chain too."""
    for line in lines:
        try:
            event = event_of(line)
        except ValueError:
            return Walked(place, place.sequence + 1)
        walked = walk([event], place)
        if walked.broken_at is not None:
            return walked
        place = walked.until
    return Walked(place, None)


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event in an export. `digest` and `link` in hexadecimal, `moment` in microseconds UTC.

    `body` is the canonical text, null once it was erased. Of another organization's event only
    its place in the chain is told.
    """

    sequence: int
    digest: str
    link: str
    organization: UUID | UnsetType = UNSET
    name: str | UnsetType = UNSET
    moment: Moment | UnsetType = UNSET
    body: str | UnsetType | None = UNSET


_LINE: Final = msgspec.json.Decoder(Line)


def place_of(event: RecordedEvent) -> Line:
    """What an export tells of somebody else's event."""
    return Line(event.sequence, event.digest.hex(), event.link.hex())


def line_of(event: RecordedEvent) -> Line:
    """What an export tells of an event."""
    return Line(
        event.sequence,
        event.digest.hex(),
        event.link.hex(),
        event.organization_id,
        event.name,
        event.moment,
        event.body,
    )


def event_of(text: bytes | str) -> RecordedEvent:
    """Read a line of an export; raises ValueError for what is none.

    The name, the moment and the organization beside a body are the walk's to compare with it.
    """
    line = _LINE.decode(text)
    body = None if line.body is UNSET else line.body
    own, following = bytes.fromhex(line.digest), bytes.fromhex(line.link)
    if (line.digest, line.link) != (own.hex(), following.hex()) or len(own) != HASH_BYTES:
        raise ValueError("a digest or a link is not written as we write it")
    return RecordedEvent(
        sequence=line.sequence,
        organization_id=DEPLOYMENT if line.organization is UNSET else line.organization,
        name="" if line.name is UNSET else line.name,
        moment=0 if line.moment is UNSET else line.moment,
        digest=own,
        link=following,
        body=body,
        person_id=_concerned(body),
    )


def _concerned(body: str | None) -> UUID | None:
    """No line tells it apart from the body, which the walk looks at."""
    try:
        return None if body is None else concerned_in(body)
    except ValueError:
        return None
