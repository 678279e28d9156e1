"""How far this process knows the feed, and what of that touched what it keeps in memory.

Whatever was read tells by its head how old it is. So an answer is still good where nothing that it
rests on was touched after that, and where nothing can have been that this process was not told of:
that was confirmed within the reach, by the boot clock, which nobody sets.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final, NamedTuple, TypeAlias, TypeVar

from tokenhouse.clock import Uptime, uptime
from tokenhouse.config import REVOCATION_REACH_MS
from tokenhouse.core.moment import Moment
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.operations.changes import FeedEntry
from tokenhouse.operations.ground import Ground, Memory, NotRemembered, Relied
from tokenhouse.sharing import here

T = TypeVar("T")

MOST_TOUCHED: Final = 65_536
"""Ids touched lately, twice so many at most; what is known longer than they reach is read again."""

Applied: TypeAlias = Callable[[tuple[FeedEntry, ...]], None]
"""Who is told of what was committed."""
_SIGNING_KEY: Final = SigningKey.__name__
_MS: Final = 1_000_000
"""Nanoseconds."""
_REACH: Final = REVOCATION_REACH_MS * _MS

SIGNING_KEYS: Final = 2
"""Stands for all signing keys: a new one changes what they are together."""


class _Touched(NamedTuple):
    """When ids were last touched: all that were, after `since`. Numbers, since they hash faster."""

    lately: dict[int, int]
    before: dict[int, int]
    since: int


class _Asking:
    """How somebody asks."""

    __slots__ = ("alone", "anew", "beyond", "relied")

    def __init__(self, around: "_Asking | None") -> None:
        self.anew: bool = around is not None and around.anew
        """It takes nothing from memory."""
        self.alone: bool = around is not None and around.alone
        """It goes nowhere beyond memory."""
        self.beyond = False
        """It went beyond memory."""
        self.relied: list[tuple[Memory, Hashable, object]] = []
        """What it took from memory."""


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
        self._until: Uptime = 0
        """Before which memory may be asked."""
        self._is_ours = True
        self._asking: dict[Hashable, _Asking] = {}
        """Who does not ask as all others do, or wants to know what he took."""

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
            self._until = max(at + _REACH, self._until)

    def went_back(self) -> None:
        """The head was found behind what had been applied: this is another store than was followed.

        It may be a replica that lacked the last commits. Which of them nobody can tell, so nothing
        is taken from memory any more.
        """
        self._is_ours = False
        self._until = 0

    def left_ms(self) -> int:
        """How much is left of the reach; nothing where memory must not be asked."""
        if self._asking and self._asks_anew():
            return 0
        left = self._until - uptime()
        return left // _MS if left > 0 else 0

    def stands(self, rests_on: tuple[int, ...], head: int) -> bool:
        """Whether nothing of these numbers of ids was touched after a head, as far as applied."""
        lately, before, since = self._touched
        if head < since:
            return False
        for touched in (lately, before):
            for one in touched.keys() & rests_on:  # hardly any, and found without a look at each
                if touched[one] > head:
                    return False
        return True

    def still(self, at: Callable[[Uptime], Moment], ground: Ground) -> Moment | None:
        """The moment by a clock, where a ground is good then.

        Each of its looks would find the same. They are made again only where anything at all was
        applied since they were made. Raises Unavailable where the clock cannot be judged by.
        """
        if self._asking and self._asks_anew():
            return None
        since_boot = uptime()
        left = ground.left_ns = self._until - since_boot
        if left <= 0:
            return None
        if ground.version != self.version:
            version = self.version  # before the looks: what is applied during them shows next time
            for memory, key, value in ground.relied:
                if memory.get(key) is not value:
                    return None
            ground.version = version
        elif self._asking:
            self._rely(ground.relied)
        now = at(since_boot)
        return now if ground.since <= now < ground.until else None

    @contextmanager
    def asking_anew(self) -> Iterator[None]:
        """Let the caller take nothing from memory."""
        with self._asks() as asking:
            asking.anew = True
            yield

    def from_memory(self, ask: Callable[[], T]) -> tuple[T, Relied]:
        """Let the caller go nowhere beyond memory, and tell what it took from there."""
        with self._asks() as asking:
            asking.alone = True
            return ask(), tuple(asking.relied)

    def relying(self, ask: Callable[[], T]) -> tuple[T, Relied | None]:
        """Tell what the caller took from memory; None where it went beyond it, too."""
        with self._asks() as asking:
            answer = ask()
            return answer, None if asking.beyond else tuple(asking.relied)

    def note(self, memory: Memory, key: Hashable, value: object) -> None:
        """Note what the caller takes from memory, if he wants to know that."""
        if self._asking:
            self._rely(((memory, key, value),))

    def beyond_memory(self) -> None:
        """Raise NotRemembered for a caller that asks memory alone."""
        asking = self._asking.get(here())
        if asking is not None:
            if asking.alone:
                raise NotRemembered
            asking.beyond = True

    @contextmanager
    def _asks(self) -> Iterator[_Asking]:
        """The calling thread asks in a way of its own, within the one in which it asked before."""
        asker = here()
        around = self._asking.get(asker)
        asking = self._asking[asker] = _Asking(around)
        try:
            yield asking
        finally:
            if around is None:
                del self._asking[asker]
            else:
                self._asking[asker] = around
                around.relied += asking.relied
                around.beyond |= asking.beyond

    def _asks_anew(self) -> bool:
        asking = self._asking.get(here())
        return asking is not None and asking.anew

    def _rely(self, relied: Relied) -> None:
        asking = self._asking.get(here())
        if asking is not None:
            asking.relied += relied
