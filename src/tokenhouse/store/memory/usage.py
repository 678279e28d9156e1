"""Keeps in memory how often tokens were presented."""

from collections import Counter
from collections.abc import Mapping
from threading import Lock
from uuid import UUID

from tokenhouse.core.moment import Moment
from tokenhouse.core.usage import Batch, Count, Outcome, Usage, day_of, over_days, over_hours


class MemoryUsage:
    """Fulfils `UsageStore` in one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._hours: Counter[tuple[UUID, Moment, Outcome]] = Counter()
        self._days: Counter[tuple[UUID, Moment, Outcome]] = Counter()
        self._last: dict[UUID, Moment] = {}
        self._numbers: dict[UUID, int] = {}

    def add(self, batch: Batch) -> None:
        """Add what a process counted, if it was not added before."""
        with self._lock:
            if batch.number <= self._numbers.get(batch.process_id, 0):
                return
            self._numbers[batch.process_id] = batch.number
            for use in batch.uses:
                self._hours[use.token_id, use.hour, use.outcome] += use.uses
            for used, at in batch.last_uses():
                self._last[used] = max(self._last.get(used, at), at)

    def last_used(self, ids: tuple[UUID, ...]) -> Mapping[UUID, Moment]:
        """When each of these was accepted last."""
        with self._lock:
            return {one: self._last[one] for one in ids if one in self._last}

    def usage_of(self, token_id: UUID) -> Usage:
        """All that is kept of one token."""
        with self._lock:
            hours, days = (
                tuple(
                    Count(since, outcome, uses)
                    for (one, since, outcome), uses in kept.items()
                    if one == token_id
                )
                for kept in (self._hours, self._days)
            )
            return Usage(hours, days)

    def days_since(self, ids: tuple[UUID, ...], since: Moment) -> Mapping[UUID, tuple[Count, ...]]:
        """What is kept of each of these by the day."""
        wanted = set(ids)
        sums: dict[UUID, Counter[tuple[Moment, Outcome]]] = {}
        with self._lock:
            for kept in (self._hours, self._days):
                for (token_id, at, outcome), uses in kept.items():
                    if token_id in wanted and at >= since:
                        counted = sums.setdefault(token_id, Counter())
                        counted[day_of(at), outcome] += uses
        return {
            token_id: tuple(Count(day, outcome, uses) for (day, outcome), uses in counted.items())
            for token_id, counted in sums.items()
        }

    def roll(self, now: Moment, limit: int) -> int:
        """Make days of hours that are over, and forget days that are."""
        with self._lock:
            ended = [key for key in self._hours if key[1] <= over_hours(now)][:limit]
            for token_id, hour, outcome in ended:
                uses = self._hours.pop((token_id, hour, outcome))
                self._days[token_id, day_of(hour), outcome] += uses
            gone = [key for key in self._days if key[1] <= over_days(now)][:limit]
            for key in gone:
                del self._days[key]
            return len(ended) + len(gone)

    def used_after(self, last: UUID | None, limit: int) -> tuple[UUID, ...]:
        """Ids of which a last use is kept, in their order."""
        with self._lock:
            behind = sorted(one for one in self._last if last is None or one > last)
            return tuple(behind[:limit])

    def forget(self, ids: tuple[UUID, ...]) -> None:
        """Forget all that is kept of these."""
        with self._lock:
            for one in ids:
                self._last.pop(one, None)
            for kept in (self._hours, self._days):
                for key in [key for key in kept if key[0] in ids]:
                    del kept[key]

    def close(self) -> None:
        """Nothing is held open."""
