"""Refusals worth telling: counted in memory, written as one event per who, cause and minute.

A stranger must not be able to make us sync, and a fault in a loop must not fill the audit trail:
so what is refused is counted here and written in the background, by the minute. Counts that a
crash takes with it are the price.
"""

from collections import Counter
from threading import Lock
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.events import Details, Event, Name
from tokenhouse.core.moment import MINUTE, Moment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.operations.changes import Change
from tokenhouse.operations.ports import Clock, Store

MOST_KEPT: Final = 10_000
"""Different refusals kept between two writings; further ones are not told of."""


class Cause(msgspec.Struct, frozen=True):
    """Who was refused what. `subject` is the person, or the token that was used.

    `beside`: details that tell one from the other, too.
    """

    name: Name
    organization_id: UUID
    actor: UUID | None
    subject: UUID
    cause: str
    beside: tuple[tuple[str, str], ...] = ()


class Notes:
    """Collects refusals and writes those of past minutes."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = Lock()
        self._counts: Counter[tuple[Moment, Cause]] = Counter()

    def note(self, cause: Cause) -> None:
        """Count one refusal; cheap, and it never fails."""
        minute = self._clock.now() // MINUTE
        with self._lock:
            if len(self._counts) < MOST_KEPT or (minute, cause) in self._counts:
                self._counts[minute, cause] += 1

    def write(self, *, all_of_them: bool = False) -> int:
        """Write what was counted in past minutes, or all of it; give the number of events.

        What cannot be written now is kept for the next time, and Unavailable raised.
        """
        current = self._clock.now() // MINUTE
        with self._lock:
            ready = [key for key in self._counts if all_of_them or key[0] < current]
            counted = [(key, self._counts.pop(key)) for key in ready]
        for place, ((minute, cause), count) in enumerate(counted):
            try:
                self._store.commit(_change(minute, cause, count))
            except Unavailable:
                with self._lock:
                    self._counts.update(dict(counted[place:]))
                raise
        return len(counted)


def _change(minute: Moment, cause: Cause, count: int) -> Change:
    counted: Details = {"cause": cause.cause, "count": count, "minute": minute * MINUTE}
    details = counted | dict(cause.beside)
    event = Event(cause.name, cause.organization_id, cause.actor, None, cause.subject, details)
    return Change(cause.organization_id, (), (), (event,))
