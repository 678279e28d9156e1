"""The reads about what happened: the head, the feed and the events."""

from collections.abc import Callable
from itertools import islice
from uuid import UUID

from tokenhouse.core.events import RecordedEvent
from tokenhouse.core.moment import Moment
from tokenhouse.operations.changes import FeedEntry, FeedGone, Floor
from tokenhouse.store.memory.reading import Asked


class EventReads(Asked):
    """Tells what happened, in its order."""

    def head(self) -> tuple[int, Moment]:
        """The last feed sequence and the moment of its commit."""
        with self._lock:
            return self._kept.head.sequence, self._kept.head.moment

    def floor(self) -> Floor:
        """What the head tells of time."""
        with self._lock:
            return self._kept.head.floor

    def feed(self, after: int, limit: int) -> tuple[FeedEntry, ...]:
        """The feed behind a cursor; a cursor beyond the head is no cursor of this store."""
        with self._lock:
            if not self._kept.head.feed_floor <= after <= self._kept.head.sequence:
                raise FeedGone
            start = after - self._kept.head.feed_floor
            return tuple(self._kept.feed[start : start + limit])

    def events(
        self, organization_id: UUID | None, after: int, limit: int
    ) -> tuple[RecordedEvent, ...]:
        """Events behind a sequence, oldest first."""
        with self._lock:
            behind = (
                event
                for event in self._kept.events[max(after, 0) :]
                if organization_id in {None, event.organization_id}
            )
            return tuple(islice(behind, limit))

    def recent_events(
        self, organization_id: UUID | None, before: int | None, limit: int
    ) -> tuple[RecordedEvent, ...]:
        """Events before a sequence, newest first."""
        return self._recent(
            lambda event: organization_id in {None, event.organization_id}, before, limit
        )

    def recent_events_of_person(
        self, person_id: UUID, before: int | None, limit: int
    ) -> tuple[RecordedEvent, ...]:
        """Events that concern a person, in whatever organization, newest first."""
        return self._recent(lambda event: event.person_id == person_id, before, limit)

    def _recent(
        self, fits: Callable[[RecordedEvent], bool], before: int | None, limit: int
    ) -> tuple[RecordedEvent, ...]:
        with self._lock:
            known = self._kept.events
            until = known if before is None else known[: max(before - 1, 0)]
            return tuple(islice(filter(fits, reversed(until)), limit))
