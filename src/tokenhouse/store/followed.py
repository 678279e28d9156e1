"""How far this process knows the feed, and what of that touched what it keeps in memory.

Whatever was read tells by its head how old it is. So an answer is still good where nothing that it
rests on was touched after that, and where nothing can have been that this process was not told of:
that was confirmed within the reach, by the boot clock, which nobody sets.
"""

import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock, local
from typing import Final, NamedTuple, TypeAlias, TypeVar

from tokenhouse.config import REVOCATION_REACH_MS
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.operations.changes import FeedEntry
from tokenhouse.operations.records import Memory, NotRemembered, Relied

T = TypeVar("T")

MOST_TOUCHED: Final = 65_536
"""Ids touched lately, twice so many at most; what is known longer than they reach is read again."""

Applied: TypeAlias = Callable[[tuple[FeedEntry, ...]], None]
"""Who is told of what was committed."""
Uptime: TypeAlias = int
"""Milliseconds of the boot clock."""

_SIGNING_KEY: Final = SigningKey.__name__
_BOOT_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_NANOSECONDS: Final = 1_000_000


def uptime() -> Uptime:
    """The boot clock: it goes on while the machine sleeps or this process is stopped."""
    return time.clock_gettime_ns(_BOOT_CLOCK) // _NANOSECONDS


SIGNING_KEYS: Final = 2
"""Stands for all signing keys: a new one changes what they are together."""


class _Touched(NamedTuple):
    """When ids were last touched: all that were, after `since`. Numbers, since they hash faster."""

    lately: dict[int, int]
    before: dict[int, int]
    since: int


class Followed:
    """What was applied of the feed. `version` is another one after everything that was.

    Told by whoever commits, before he answers, and by whoever follows what others commit; asked
    without a lock.
    """

    def __init__(self, sequence: int) -> None:
        self.version = 0
        self.sequence = sequence
        """Everything up to this one was applied."""
        self._applying = Lock()
        self._highest = sequence
        self._touched = _Touched({}, {}, sequence)
        self._next_since = sequence
        self._confirmed_at: Uptime = -REVOCATION_REACH_MS
        self._is_ours = True
        self._anew = local()
        self._memory_alone = local()
        self._one_notes = Lock()
        self.noting = False
        """Whether any thread asks memory alone, and so wants to know what it took."""

    def applied(self, entries: Iterable[FeedEntry]) -> None:
        """Take in what was committed, in the order of the feed; once more does no harm."""
        with self._applying:
            lately = self._touched.lately
            for entry in entries:
                for name, touched in entry.touched:
                    number = SIGNING_KEYS if name == _SIGNING_KEY else touched.int
                    lately[number] = max(entry.sequence, lately.get(number, 0))
                if entry.sequence == self.sequence + 1:
                    self.sequence = entry.sequence
                self._highest = max(self._highest, entry.sequence)
            if len(lately) >= MOST_TOUCHED:
                self._touched = _Touched({}, lately, self._next_since)
                self._next_since = self._highest
            self.version += 1

    def and_then(self, told: Applied) -> Applied:
        """Take in what was committed, and tell somebody else of it."""

        def both(entries: tuple[FeedEntry, ...]) -> None:
            self.applied(entries)
            told(entries)

        return both

    def lost(self, sequence: int) -> None:
        """Everything up to this one may have touched anything."""
        with self._applying:
            self.sequence = self._highest = self._next_since = max(sequence, self._highest)
            self._touched = _Touched({}, {}, self.sequence)
            self.version += 1

    def confirmed(self, at: Uptime) -> None:
        """There was nothing more in the feed than was applied, when it was looked at then."""
        if self._is_ours:
            self._confirmed_at = max(at, self._confirmed_at)

    def went_back(self) -> None:
        """The head was found behind what had been applied: this is another store than was followed.

        It may be a replica that lacked the last commits. Which of them nobody can tell, so nothing
        is taken from memory any more.
        """
        self._is_ours = False
        self._confirmed_at = -REVOCATION_REACH_MS

    def left_ms(self) -> int:
        """How much is left of the reach; nothing where memory must not be asked."""
        if getattr(self._anew, "asks", False):
            return 0
        return max(0, REVOCATION_REACH_MS - (uptime() - self._confirmed_at))

    def stands(self, rests_on: Iterable[int], head: int) -> bool:
        """Whether nothing of these numbers of ids was touched after a head, as far as applied."""
        lately, before, since = self._touched
        if head < since:
            return False
        return all(lately.get(one, 0) <= head and before.get(one, 0) <= head for one in rests_on)

    @contextmanager
    def asking_anew(self) -> Iterator[None]:
        """Let the calling thread take nothing from memory."""
        before = getattr(self._anew, "asks", False)
        self._anew.asks = True
        try:
            yield
        finally:
            self._anew.asks = before

    def from_memory(self, ask: Callable[[], T]) -> tuple[T, Relied]:
        """Let the calling thread go nowhere beyond memory, and tell what it took from there."""
        relied: list[tuple[Memory, Hashable, object]] = []
        with self._one_notes:  # held by event loops alone, and a process has one
            self._memory_alone.relied = relied
            self.noting = True
            try:
                return ask(), tuple(relied)
            finally:
                self.noting = False
                self._memory_alone.relied = None

    def note(self, memory: Memory, key: Hashable, value: object) -> None:
        """Tell whoever asks memory alone what he took from there, if this thread does."""
        relied = getattr(self._memory_alone, "relied", None)
        if relied is not None:
            relied.append((memory, key, value))

    def beyond_memory(self) -> None:
        """Raise NotRemembered in a thread that asks memory alone."""
        if getattr(self._memory_alone, "relied", None) is not None:
            raise NotRemembered
