"""Counts in memory what is presented, and writes the counts in batches: judging writes nothing.

A stranger must not be able to make us write: only tokens that we know are counted, one number for
each token, outcome and hour, and what is presented meanwhile costs no more than that. What a crash
takes with it is what was counted since the last batch.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Lock, get_ident
from typing import Final, TypeAlias, TypeVar
from uuid import UUID

from tokenhouse.core.judge import Verdict
from tokenhouse.core.moment import HOUR, Moment
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.token import Token
from tokenhouse.core.usage import OUTCOMES, Batch, Outcome, Use
from tokenhouse.operations.ports import Entropy, UsageStore

T = TypeVar("T")

FLUSH_SECONDS: Final = 5.0
"""What was counted is written so often, so it is shown so late; a crash loses no more than that."""
MOST_COUNTED: Final = 50_000
"""Counts kept between two batches; when half of them are there, the next batch is due."""

Presented: TypeAlias = tuple[Token, Outcome]

_Key: TypeAlias = tuple[int, Outcome]
_Gathered: TypeAlias = dict[int, tuple[Token, Outcome, Moment]]


class _Tally:
    __slots__ = ("last_at", "token", "uses")

    def __init__(self, token: Token) -> None:
        self.token = token
        self.uses = 0
        self.last_at: Moment = 0


class Usage:
    """What one process has counted and not written yet."""

    def __init__(self, store: UsageStore, entropy: Entropy) -> None:
        self.store: Final = store
        self.due: Final = Event()
        """Set when a batch should be written before its time."""
        self._process_id = UUID(bytes=entropy(16))
        self._number = 0
        self._lock = Lock()
        self._writing = Lock()
        self._hours: dict[Moment, dict[_Key, _Tally]] = {}
        self._counted = 0
        self._missed = 0
        self._unwritten: Batch | None = None
        self._gathering: dict[int, _Gathered] = {}
        self._hour: dict[_Key, _Tally] = {}
        self._since = self._until = 0

    def judged(self, verdict: Verdict, now: Moment) -> None:
        """Count what a verdict says of a token, if we know it."""
        if verdict.found is not None:
            self.count(verdict.found.token, OUTCOMES[verdict.reason], now)

    def count(self, token: Token, outcome: Outcome, now: Moment) -> None:
        """Count one presentation; cheap, and it never fails."""
        if self._gathering:
            gathered = self._gathering.get(get_ident())
            if gathered is not None:
                gathered[token.id.int] = token, outcome, now
                return
        key = token.id.int, outcome
        with self._lock:
            if not self._since <= now < self._until:
                self._turn(now)
            tally = self._hour.get(key)
            if tally is None:
                if self._counted >= MOST_COUNTED:
                    self._missed += 1
                    return
                tally = self._hour[key] = self._new(token)
            tally.uses += 1
            tally.last_at = max(tally.last_at, now)

    def _turn(self, now: Moment) -> None:
        self._since = now - now % HOUR
        self._until = self._since + HOUR
        self._hour = self._hours.setdefault(self._since, {})

    def _new(self, token: Token) -> _Tally:
        self._counted += 1
        if self._counted * 2 >= MOST_COUNTED:
            self.due.set()
        return _Tally(token)

    def once(self, act: Callable[[], T]) -> T:
        """Have a token that this thread presents in `act` counted once, as it was judged last.

        One request may judge it several times: for each step, and again after a conflict.
        """
        gathered: _Gathered = {}
        try:
            with self._into(gathered):
                return act()
        finally:
            for token, outcome, now in gathered.values():
                self.count(token, outcome, now)

    def uncounted(self, act: Callable[[], T]) -> tuple[T, tuple[Presented, ...]]:
        """Count nothing that this thread presents in `act`; give it to whoever will count it."""
        gathered: _Gathered = {}
        with self._into(gathered):
            done = act()
        return done, tuple((token, outcome) for token, outcome, _ in gathered.values())

    @contextmanager
    def _into(self, gathered: _Gathered) -> Iterator[None]:
        here = get_ident()
        around = self._gathering.get(here)
        self._gathering[here] = gathered
        try:
            yield
        finally:
            if around is None:
                del self._gathering[here]
            else:
                self._gathering[here] = around

    def write(self) -> int:
        """Write what was counted; give how many presentations found no room to be counted.

        What cannot be written now is kept, and Unavailable raised: the next time it goes first,
        as the same batch, since nobody knows whether it was written.
        """
        with self._writing:
            for _ in range(2):  # the one that is left from before, and what was counted since
                if self._unwritten is None:
                    self._unwritten = self._taken()
                if self._unwritten is None:
                    break
                self.store.add(self._unwritten)
                self._unwritten = None
        with self._lock:
            missed, self._missed = self._missed, 0
        return missed

    def _taken(self) -> Batch | None:
        with self._lock:
            taken, self._hours = self._hours, {}
            self._hour, self._since, self._until, self._counted = {}, 0, 0, 0
            self.due.clear()
        uses = [
            _use(hour, outcome, tally)
            for hour, tallies in taken.items()
            for (_, outcome), tally in tallies.items()
        ]
        if not uses:
            return None
        self._number += 1
        moment = max(use.last_at for use in uses)
        return Batch(self._process_id, self._number, moment, _in_order(uses))


def _use(hour: Moment, outcome: Outcome, tally: _Tally) -> Use:
    token = tally.token
    device_id = token.holder_id if token.holder_kind is HolderKind.DEVICE else None
    return Use(token.id, device_id, outcome, hour, tally.uses, tally.last_at)


def _in_order(uses: Sequence[Use]) -> tuple[Use, ...]:
    """All processes write in one order, so that none waits for another that waits for it."""
    return tuple(sorted(uses, key=lambda use: (use.token_id.int, use.hour, use.outcome)))
