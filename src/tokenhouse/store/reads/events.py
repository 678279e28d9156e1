"""The reads about what happened: the head, the feed and the events."""

from typing import Final
from uuid import UUID

from tokenhouse.core.events import RecordedEvent
from tokenhouse.core.moment import Moment
from tokenhouse.operations.changes import FeedEntry, FeedGone, Floor
from tokenhouse.store import statements as sql
from tokenhouse.store.columns import Column
from tokenhouse.store.reads.reading import Asked, Reading
from tokenhouse.store.rows import entry_of, event_of, head_of

_BEYOND: Final = 2**62
"""Behind every sequence."""


class EventReads(Asked):
    """Tells what happened, in its order."""

    def head(self) -> tuple[int, Moment]:
        """The last feed sequence and the moment of its commit."""
        ((sequence, moment, *_),) = self._once(lambda reading: reading.execute(sql.HEAD, {}))
        return sequence, moment

    def floor(self) -> Floor:
        """What the head tells of time."""
        (row,) = self._once(lambda reading: reading.execute(sql.HEAD, {}))
        return head_of(row).floor

    def feed(self, after: int, limit: int) -> tuple[FeedEntry, ...]:
        """The feed behind a cursor; a cursor beyond the head is no cursor of this store."""

        def ask(reading: Reading) -> tuple[FeedEntry, ...]:
            (row,) = reading.execute(sql.HEAD, {})
            head = head_of(row)
            if not head.feed_floor <= after <= head.sequence:
                raise FeedGone
            rows = reading.execute(sql.FEED, {"after": after, "limit": limit})
            return tuple(map(entry_of, rows))

        return self._read(ask)

    def events(
        self, organization_id: UUID | None, after: int, limit: int
    ) -> tuple[RecordedEvent, ...]:
        """Events behind a sequence, oldest first."""
        values: dict[str, Column] = {"after": after, "limit": limit}
        statement = sql.EVENTS
        if organization_id is not None:
            statement, values["organization"] = sql.EVENTS_OF, organization_id.bytes
        return self._once(lambda reading: tuple(map(event_of, reading.execute(statement, values))))

    def recent_events(
        self, organization_id: UUID | None, before: int | None, limit: int
    ) -> tuple[RecordedEvent, ...]:
        """Events before a sequence, newest first."""
        way = "all" if organization_id is None else "organization"
        return self._recent(way, organization_id, before, limit)

    def recent_events_of_person(
        self, person_id: UUID, before: int | None, limit: int
    ) -> tuple[RecordedEvent, ...]:
        """Events that concern a person, in whatever organization, newest first."""
        return self._recent("person", person_id, before, limit)

    def _recent(
        self, way: str, whose: UUID | None, before: int | None, limit: int
    ) -> tuple[RecordedEvent, ...]:
        values: dict[str, Column] = {"before": _BEYOND if before is None else before}
        values["limit"] = limit
        if whose is not None:
            values["whose"] = whose.bytes
        statement = sql.RECENT_EVENTS[way]
        return self._once(lambda reading: tuple(map(event_of, reading.execute(statement, values))))
