"""Rows of the head, the feed and the events."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from tokenhouse.core.events import RecordedEvent
from tokenhouse.operations.changes import FeedEntry
from tokenhouse.store.columns import Row, uuid_of
from tokenhouse.store.head import Head
from tokenhouse.store.retention import body_kept

_TOUCHED: Final = msgspec.json.Decoder(tuple[tuple[str, UUID], ...])
_NUMBERS: Final = msgspec.json.Decoder(dict[str, int])


def head_row(head: Head) -> Row:
    """The head as named values."""
    return {
        "sequence": head.sequence,
        "moment": head.moment,
        "link": head.link,
        "numbers": msgspec.json.encode(head.numbers, order="sorted").decode(),
        "statuses": head.statuses,
        "feed_floor": head.feed_floor,
        "spent": head.spent.bytes,
        "clock_accepted": head.clock_accepted,
        "clock_jumped": head.clock_jumped,
    }


def head_of(row: Sequence[Any]) -> Head:
    """The head from its row."""
    sequence, moment, link, numbers, statuses, feed_floor, spent, *clock = row
    decoded = _NUMBERS.decode(numbers)
    return Head(sequence, moment, link, decoded, statuses, feed_floor, uuid_of(spent), *clock)


def entry_row(entry: FeedEntry) -> Row:
    """An entry of the feed as named values."""
    return {
        "sequence": entry.sequence,
        "moment": entry.moment,
        "operation_id": entry.operation_id.bytes,
        "organization_id": entry.organization_id.bytes,
        "touched": msgspec.json.encode(entry.touched).decode(),
    }


def entry_of(row: Sequence[Any]) -> FeedEntry:
    """An entry of the feed from its row."""
    sequence, moment, operation_id, organization_id, touched = row
    return FeedEntry(
        sequence,
        moment,
        uuid_of(operation_id),
        uuid_of(organization_id),
        _TOUCHED.decode(touched),
    )


def event_row(event: RecordedEvent) -> Row:
    """A recorded event as named values, with the moment at which its body is erased."""
    return {
        "sequence": event.sequence,
        "organization_id": event.organization_id.bytes,
        "name": event.name,
        "moment": event.moment,
        "digest": event.digest,
        "link": event.link,
        "body": event.body,
        "person_id": event.person_id.bytes if event.person_id is not None else None,
        "erases_at": event.moment + body_kept(event.name),
    }


def event_of(row: Sequence[Any]) -> RecordedEvent:
    """A recorded event from its row."""
    sequence, organization_id, name, moment, digest, link, body, person_id = row
    told = uuid_of(person_id) if person_id is not None else None
    organization_id = uuid_of(organization_id)
    return RecordedEvent(sequence, organization_id, name, moment, digest, link, body, told)
