"""Counts in memory what is presented, and writes the counts in batches: judging writes nothing.

A stranger must not be able to make us write: only tokens that we know are counted, one number for
each token, outcome and hour, and what is presented meanwhile costs no more than that. What a crash
takes with it is what was counted since the last batch.
"""

from collections.abc import Callable, Hashable
from threading import Event, Lock
from types import SimpleNamespace
from typing import Any, Final, TypeAlias, TypeVar
from uuid import UUID

import msgspec

from tokenhouse.core.judge import Verdict
from tokenhouse.core.moment import HOUR, Moment
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.token import Token
from tokenhouse.core.usage import OUTCOMES, Batch, Outcome, Use
from tokenhouse.operations.ports import Entropy, UsageStore
from tokenhouse.sharing import here

T = TypeVar("T")

FLUSH_SECONDS: Final = 5.0
"""What was counted is written so often, so it is shown so late; a crash loses no more than that."""
MOST_COUNTED: Final = 50_000
"""Counts kept that were not taken to be written yet; half of them are taken before their time."""
AT_ONCE: Final = 2_000
"""Counts in one batch, so that other threads and processes never wait long for it."""

_Key: TypeAlias = tuple[int, Outcome]
_Gathered = dict[int, tuple[Token, Outcome, Moment]]


class _Tally(msgspec.Struct, gc=False):
    """The uses of a token with one outcome in one hour, as seen in a turn of `Usage`."""

    token: Token
    outcome: Outcome
    hour: Moment
    turn: int
    uses: int = 0
    last_at: Moment = 0


class Counted:
    """A token that is presented with one outcome again and again, and where that is counted."""

    __slots__ = ("outcome", "tally", "token")

    def __init__(self, token: Token, outcome: Outcome) -> None:
        self.token = token
        self.outcome = outcome
        self.tally = _NOWHERE


_NOWHERE: Final[Any] = SimpleNamespace(turn=-1)


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
        self._hour: dict[_Key, _Tally] = {}
        self._since = self._until = self._turns = 0
        self._counted = 0
        self._missed = 0
        self._taken: list[_Tally] = []
        self._unwritten: Batch | None = None
        self._gathering: dict[Hashable, _Gathered] = {}

    def judged(self, verdict: Verdict, now: Moment) -> None:
        """Count what a verdict says of a token, if we know it."""
        if verdict.found is not None:
            self.count(verdict.found.token, OUTCOMES[verdict.reason], now)

    def count(self, token: Token, outcome: Outcome, now: Moment) -> _Tally | None:
        """Count one presentation, and say where; cheap, and it never fails."""
        if self._gathering:
            gathered = self._gathering.get(here())
            if gathered is not None:
                gathered[token.id.int] = token, outcome, now
                return None
        with self._lock:
            tally = self._tally(token, outcome, now)
            if tally is not None:
                tally.uses += 1
                tally.last_at = max(now, tally.last_at)
            return tally

    def again(self, counted: Counted, now: Moment) -> None:
        """Count one presentation, with less to look up than `count`.

        Without the lock. Nothing is called between the look at the turn and the sum, and where
        nothing is called no other thread of the interpreter gets its turn: no count is lost.
        """
        tally = counted.tally
        if self._gathering or tally.turn != self._turns or now >= self._until:
            self._again(counted, now)
            return
        tally.uses += 1
        if now > tally.last_at:  # noqa: PLR1730 -- a call costs more
            tally.last_at = now

    def _again(self, counted: Counted, now: Moment) -> None:
        tally = self.count(counted.token, counted.outcome, now)
        if tally is not None:
            counted.tally = tally

    def _tally(self, token: Token, outcome: Outcome, now: Moment) -> _Tally | None:
        """Where it is counted; None where there is no room."""
        if not self._since <= now < self._until:
            self._turn(now)
        key = token.id.int, outcome
        tally = self._hour.get(key)
        if tally is None:
            if self._counted >= MOST_COUNTED:
                self._missed += 1
                return None
            tally = self._hour[key] = self._new(token, outcome)
        tally.turn = self._turns
        return tally

    def _turn(self, now: Moment) -> None:
        self._turns += 1
        self._since = now - now % HOUR
        self._until = self._since + HOUR
        self._hour = self._hours.setdefault(self._since, {})

    def _new(self, token: Token, outcome: Outcome) -> _Tally:
        self._counted += 1
        if self._counted * 2 >= MOST_COUNTED:
            self.due.set()
        return _Tally(token, outcome, self._since, self._turns)

    def once(self, act: Callable[[], T]) -> T:
        """Have a token that the caller presents in `act` counted once, as it was judged last.

        One request may judge it several times: for each step, and again after a conflict.
        """
        asker, gathered = here(), _Gathered()
        around = self._gather(asker, gathered)
        try:
            return act()
        finally:
            self._gather(asker, around)
            for token, outcome, now in gathered.values():
                self.count(token, outcome, now)

    def uncounted(self, act: Callable[[], T]) -> tuple[T, tuple[Counted, ...]]:
        """Count nothing that the caller presents in `act`; give it to whoever will count it."""
        asker, gathered = here(), _Gathered()
        around = self._gather(asker, gathered)
        try:
            done = act()
        finally:
            self._gather(asker, around)
        return done, tuple(Counted(token, outcome) for token, outcome, _ in gathered.values())

    def _gather(self, asker: Hashable, gathered: _Gathered | None) -> _Gathered | None:
        """Gather what somebody presents there instead; give where it was gathered before."""
        around = self._gathering.pop(asker, None)
        if gathered is not None:
            self._gathering[asker] = gathered
        return around

    def write(self) -> int:
        """Write what was counted; give how many presentations found no room to be counted.

        What cannot be written now is kept, and Unavailable raised. The batch that failed goes
        first the next time, as it was: nobody knows whether it was written.
        """
        with self._writing:
            self._write_taken()  # which failed before
            self._take()
            self._write_taken()
        with self._lock:
            missed, self._missed = self._missed, 0
        return missed

    def _take(self) -> None:
        with self._lock:
            hours, self._hours = self._hours, {}
            self._hour, self._since, self._until, self._counted = {}, 0, 0, 0
            self._turns += 1
            self.due.clear()
        self._taken = [tally for tallies in hours.values() for tally in tallies.values()]

    def _write_taken(self) -> None:
        while self._unwritten is not None or self._taken:
            if self._unwritten is None:
                self._unwritten = self._next_batch()
            self.store.add(self._unwritten)
            self._unwritten = None

    def _next_batch(self) -> Batch:
        uses = [_use(tally) for tally in self._taken[-AT_ONCE:]]
        del self._taken[-AT_ONCE:]
        # In one order in all processes: so none waits for another that waits for it
        uses.sort(key=lambda use: (use.token_id.int, use.hour, use.outcome))
        self._number += 1
        moment = max(use.last_at for use in uses)
        return Batch(self._process_id, self._number, moment, tuple(uses))


def _use(tally: _Tally) -> Use:
    token = tally.token
    device_id = token.holder_id if token.holder_kind is HolderKind.DEVICE else None
    return Use(token.id, device_id, tally.outcome, tally.hour, tally.uses, tally.last_at)
