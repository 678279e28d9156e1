"""A thread that pieces of work share: while one of them waits, the others go on.

A thread of its own for each request costs more than the request: it is woken, finds the interpreter
taken, sleeps again, and is woken once more, twice for each commit. Here a piece that waits is set
aside, and taken up again on the same thread, by greenlets. What all of a thread's work might trip
over is the reason why only such work may share it as reads and writes few records: whatever takes
long on it has to go `beside`.
"""

import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from contextlib import suppress
from functools import partial
from math import inf
from queue import Empty, SimpleQueue
from threading import Lock, Thread, get_ident
from typing import Any, Final, TypeAlias, TypeVar

from greenlet import getcurrent, greenlet

T = TypeVar("T")

Work: TypeAlias = Callable[[], None]
"""Raises nothing, but where it is said what becomes of that."""

LOOK_SECONDS: Final = 1.0
"""How often it is looked whether somebody has waited for too long."""


_SHARED: Final[dict[int, "SharedThread"]] = {}
"""By the thread. No other thread is asked for its greenlet: one that had any takes long to end."""


class SharedThread:
    """So much work is under way on it at most; more waits for its turn.

    `start`, `take_up`, `do` and `close` may be called from any thread.
    """

    def __init__(self, name: str, most: int) -> None:
        self._most = most
        self._later: deque[Work] = deque()
        self._inbox: SimpleQueue[Work] = SimpleQueue()
        self._free: list[greenlet] = []
        self._paused: dict[Pause, float] = {}
        self._look_at = 0.0
        self._at_rest: set[Work] = set()
        self._closing = False
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def start(self, *works: Work) -> None:
        """Do pieces of work, each when its turn comes."""
        self._inbox.put(partial(self._later.extend, works))

    def do(self, *acts: Work) -> None:
        """Do something in between: acts that wait for nothing; what they raise is lost."""
        self._inbox.put(partial(_do, acts))

    def when_at_rest(self, act: Work) -> None:
        """Do something once, when nothing is left that does not wait. For work on this thread."""
        self._at_rest.add(act)

    def take_up(self, *pauses: "Pause") -> None:
        """Go on with pieces of work that were set aside, unless they have given up."""
        self._inbox.put(partial(self._resume, pauses, came=True))

    def set_aside(self, pause: "Pause", seconds: float) -> bool:
        """Go on with others until a piece is taken up again; False when the time is over."""
        self._paused[pause] = time.monotonic() + seconds
        came: bool = self._main.switch()
        return came

    def close(self, seconds: float) -> None:
        """Let all work come to its end; wait a moment for it."""
        self._inbox.put(self._close)
        self._thread.join(seconds)

    def _close(self) -> None:
        self._closing = True

    def _run(self) -> None:
        _SHARED[get_ident()] = self
        try:
            self._main = getcurrent()
            while not self._closing or self._paused or not self._inbox.empty():
                self._go_on(self._next())
            self._rest()
        finally:
            del _SHARED[get_ident()]

    def _go_on(self, given: Work) -> None:
        given()
        while self._later and len(self._paused) < self._most:
            self._carry(self._later.popleft())

    def _next(self) -> Work:
        if self._inbox.empty():
            self._rest()
        while True:
            if self._paused and time.monotonic() >= self._look_at:
                self._give_up()
            try:
                return self._inbox.get(timeout=LOOK_SECONDS if self._paused else None)
            except Empty:
                continue

    def _rest(self) -> None:
        acts, self._at_rest = self._at_rest, set()
        for act in acts:
            act()

    def _give_up(self) -> None:
        now = time.monotonic()
        self._look_at = now + LOOK_SECONDS
        self._resume([one for one, until in self._paused.items() if until <= now], came=False)

    def _resume(self, pauses: "Iterable[Pause]", *, came: bool) -> None:
        for pause in pauses:
            if self._paused.pop(pause, None) is not None:
                pause.carrier.switch(came)

    def _carry(self, work: Work) -> None:
        if not self._free:
            greenlet(self._carried, self._main).switch()
        self._free.pop().switch(work)

    def _carried(self) -> None:
        carrier = getcurrent()
        while True:
            self._free.append(carrier)
            work = self._main.switch()
            work()
            del work  # who waits for more keeps no request


class Pause:
    """Made by a piece of work that is going to wait, until somebody on another thread ends that."""

    __slots__ = ("_blocked", "carrier", "shared")

    def __init__(self) -> None:
        self.shared: Final = shared_thread()
        self.carrier: Any = None
        self._blocked = Lock()
        if self.shared is None:
            self._blocked.acquire()
        else:
            self.carrier = getcurrent()

    def wait(self, seconds: float) -> bool:
        """Tell whether it was ended in time. To be asked once, by who made it."""
        if self.shared is None:
            return self._blocked.acquire(timeout=seconds)
        return self.shared.set_aside(self, seconds)

    def end(self) -> None:
        """Let it go on; once, from any other thread."""
        if self.shared is None:
            self._blocked.release()
        else:
            self.shared.take_up(self)


def end_all(pauses: Iterable[Pause]) -> None:
    """Let all of them go on, as `end` does, waking each shared thread once."""
    own = dict[SharedThread, list[Pause]]()
    for pause in pauses:
        if pause.shared is None:
            pause.end()
        else:
            own.setdefault(pause.shared, []).append(pause)
    for shared, its in own.items():
        shared.take_up(*its)


def _do(acts: Iterable[Work]) -> None:
    for act in acts:
        with suppress(Exception):
            act()


def shared_thread() -> SharedThread | None:
    """The shared thread on which the caller works; None where his thread is his own."""
    return _SHARED.get(get_ident())


def here() -> Hashable:
    """The caller, told apart from whoever works on another thread, or waits on the same."""
    thread = get_ident()
    return getcurrent() if thread in _SHARED else thread


def beside(work: Callable[[], T]) -> T:
    """Do what takes long, beside a shared thread, so that nobody waits for it but the caller."""
    if shared_thread() is None:
        return work()
    pause, done, failed = Pause(), list[T](), list[BaseException]()

    def do() -> None:
        try:
            done.append(work())
        except BaseException as cause:  # noqa: BLE001 -- whatever it is, the caller has to know
            failed.append(cause)
        pause.end()

    Thread(target=do, name="tokenhouse-beside", daemon=True).start()
    pause.wait(inf)
    if failed:
        raise failed[0]
    return done[0]
