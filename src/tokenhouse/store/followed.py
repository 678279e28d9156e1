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
from tokenhouse.operations.records import Ground, Memory, NotRemembered, Relied

T = TypeVar("T")

MOST_TOUCHED: Final = 65_536
"""Ids touched lately, twice so many at most; what is known longer than they reach is read again."""

Applied: TypeAlias = Callable[[tuple[FeedEntry, ...]], None]
"""Who is told of what was committed."""
Uptime: TypeAlias = int
"""Milliseconds of the boot clock."""

_SIGNING_KEY: Final = SigningKey.__name__
_BOOT_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_MS: Final = 1_000_000
"""Nanoseconds."""


def uptime() -> Uptime:
    """The boot clock: it goes on while the machine sleeps or this process is stopped."""
    return time.clock_gettime_ns(_BOOT_CLOCK) // _MS


SIGNING_KEYS: Final = 2
"""Stands for all signing keys: a new one changes what they are together."""


class _Touched(NamedTuple):
    """When ids were last touched: all that were, after `since`. Numbers, since they hash faster."""

    lately: dict[int, int]
    before: dict[int, int]
    since: int


class _Thread(local):
    """How the calling thread asks."""

    anew = False
    """It takes nothing from memory."""
    alone = False
    """It goes nowhere beyond memory."""
    beyond = False
    """It went beyond memory, since it began to note."""
    relied: list[tuple[Memory, Hashable, object]] | None = None
    """What it took from memory since it began to note, if it did."""


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
        self._thread = _Thread()

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
        if self._thread.anew:
            return 0
        left = REVOCATION_REACH_MS + self._confirmed_at - uptime()
        return left if left > 0 else 0  # noqa: FURB136 -- max is a call, and this is asked often

    def stands(self, rests_on: Iterable[int], head: int) -> bool:
        """Whether nothing of these numbers of ids was touched after a head, as far as applied."""
        lately, before, since = self._touched
        if head < since:
            return False
        return all(lately.get(one, 0) <= head and before.get(one, 0) <= head for one in rests_on)

    def left_of(self, ground: Ground) -> int:
        """The same, where each look that something rests on would find the same; else nothing.

        The looks are made again only where anything at all was applied since they were made.
        """
        left = self.left_ms()
        if not left:
            return 0
        version, relied = self.version, self._thread.relied
        if ground.version != version:
            for memory, key, value in ground.relied:
                if memory.get(key) is not value:
                    return 0
            ground.version = version
        elif relied is not None:
            relied.extend(ground.relied)
        return left

    @contextmanager
    def asking_anew(self) -> Iterator[None]:
        """Let the calling thread take nothing from memory."""
        thread = self._thread
        before, thread.anew = thread.anew, True
        try:
            yield
        finally:
            thread.anew = before

    def from_memory(self, ask: Callable[[], T]) -> tuple[T, Relied]:
        """Let the calling thread go nowhere beyond memory, and tell what it took from there."""
        thread = self._thread
        before, thread.alone = thread.alone, True
        try:
            answer, relied = self.relying(ask)
        finally:
            thread.alone = before
        assert relied is not None
        return answer, relied

    def relying(self, ask: Callable[[], T]) -> tuple[T, Relied | None]:
        """Tell what the calling thread took from memory; None where it went beyond it, too."""
        thread = self._thread
        outer, beyond = thread.relied, thread.beyond
        inner: list[tuple[Memory, Hashable, object]] = []
        thread.relied, thread.beyond = inner, False
        try:
            answer = ask()
            return answer, None if thread.beyond else tuple(inner)
        finally:
            if outer is not None:
                outer.extend(inner)
            thread.relied, thread.beyond = outer, beyond or thread.beyond

    def note(self, memory: Memory, key: Hashable, value: object) -> None:
        """Tell whoever wants to know what he takes from memory, if this thread does."""
        relied = self._thread.relied
        if relied is not None:
            relied.append((memory, key, value))

    def beyond_memory(self) -> None:
        """Raise NotRemembered in a thread that asks memory alone."""
        thread = self._thread
        if thread.alone:
            raise NotRemembered
        thread.beyond = True
