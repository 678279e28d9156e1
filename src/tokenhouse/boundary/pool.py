"""The bounded threads in which operations run.

The standard library's pool takes and notifies several locks for each piece of work, which costs
more than reading the request did; here it is one queue there and one call back.
"""

from __future__ import annotations  # else those of inner functions are evaluated at each call

import asyncio
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final, Generic, TypeAlias, TypeVar

from tokenhouse.boundary.bridge import Bridge
from tokenhouse.core.refusal import Unavailable
from tokenhouse.sharing import SharedThread

T = TypeVar("T")
Tell: TypeAlias = Callable[[T | None, BaseException | None], None]
"""Takes an outcome, or what was raised in its place."""

CLOSE_SECONDS: Final = 2.0
"""How long closing waits for work that still runs."""

WAIT_SECONDS: Final = 0.5
"""How long work may wait for a thread: then nobody may stand behind it, and it is not begun."""


def _wanted() -> bool:
    return False


class Busy(Unavailable):
    """More is asked than can be answered; nothing of it was begun."""


class Pool:
    """So many threads, and so many who may wait for one, for so long; all others are refused.

    Who would stand behind one that waited too long is refused at once.

    Where it `shares`, work that says so is done on one thread more, by as many at a time.

    All methods are called from the event loop.
    """

    def __init__(self, threads: int, queue: int, *, shares: bool = False) -> None:
        self._threads: list[Thread] = []
        self._most_threads = threads
        self._most = threads + queue
        self._taken = 0
        self._closed = False
        self._line: deque[_Piece[Any]] = deque()
        self._queue: _Queue = SimpleQueue()
        self._bridge: Bridge | None = None
        self._shares = shares
        self._shared: SharedThread | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """Run work in a thread; raises Busy when too much is waiting already, or too long."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def tell(outcome: T | None, fault: BaseException | None) -> None:
            if done.cancelled():
                return
            if fault is None:
                done.set_result(outcome)  # type: ignore[arg-type]
            elif isinstance(fault, StopIteration):  # no future takes one
                done.set_exception(RuntimeError("the work raised StopIteration"))
            else:
                done.set_exception(fault)

        self.begin(work, tell, done.cancelled)
        return await done

    def begin(
        self,
        work: Callable[[], T],
        tell: Tell[T],
        unwanted: Callable[[], bool] = _wanted,
        *,
        brief: bool = False,
    ) -> None:
        """Have a thread do work, and tell the event loop of its outcome or of what it raised.

        Raises Busy as `run` does, and tells of it where the work waited too long. It is not begun
        where it turns out to be `unwanted`. What is `brief` may share a thread.
        """
        if self._closed:
            raise Unavailable("the threads have ended")
        self.refuse_busy()
        self._taken += 1

        loop = asyncio.get_running_loop()
        bridge = self._bridge
        if bridge is None or bridge.loop is not loop:
            bridge = self._bridge = Bridge(loop)

        def told(outcome: T | None, fault: BaseException | None) -> None:
            self._taken -= 1
            tell(outcome, fault)

        shared = self._shared_thread() if brief and self._shares else None

        def done(outcome: T | None, fault: BaseException | None) -> None:
            bridge.tell(partial(told, outcome, fault), shared)

        piece = _Piece(work, done, unwanted)
        self._line.append(piece)
        if shared is not None:
            bridge.start(piece.run, shared)
            return
        if len(self._threads) < min(self._taken, self._most_threads):
            self._start()
        self._queue.put(piece)

    def close(self) -> None:
        """Take no more work, and let what runs come to its end; wait a moment for it."""
        self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        until = time.monotonic() + CLOSE_SECONDS
        if self._shared is not None:
            assert self._bridge is not None
            self._bridge.hand_over(self._shared)
            self._shared.close(CLOSE_SECONDS)
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def refuse_busy(self) -> None:
        """Raise Busy where work would be refused now: asked before what comes before it."""
        if self._taken >= self._most or self._is_late():
            raise Busy("too much waits for a thread")

    def _is_late(self) -> bool:
        """Whether whoever stands in line first has waited for too long."""
        line = self._line
        while line and line[0].begun:
            line.popleft()
        return bool(line) and line[0].waited() > WAIT_SECONDS

    def _shared_thread(self) -> SharedThread:
        if self._shared is None:
            self._shared = SharedThread("tokenhouse-shared", self._most_threads)
        return self._shared

    def _start(self) -> None:
        # A daemon: a server that is stopped at once, by a second signal, never closes the pool
        name = f"tokenhouse-operation_{len(self._threads)}"
        thread = Thread(target=_serve, args=(self._queue,), name=name, daemon=True)
        thread.start()
        self._threads.append(thread)


class _Piece(Generic[T]):
    """One piece of work, and who is told of its outcome."""

    __slots__ = ("_done", "_since", "_unwanted", "_work", "begun")

    def __init__(self, work: Callable[[], T], done: Tell[T], unwanted: Callable[[], bool]) -> None:
        self._work = work
        self._done = done
        self._unwanted = unwanted
        self._since = time.monotonic()
        self.begun = False

    def run(self) -> None:
        """Do it, unless its caller is gone already, or waited too long. Called in a thread."""
        work, done, unwanted = self._work, self._done, self._unwanted
        del self._work, self._done, self._unwanted  # who still stands in line keeps no request
        late = self.waited() > WAIT_SECONDS
        self.begun = True
        outcome: T | None = None
        fault: BaseException | None = None
        if late:
            fault = Busy("it waited too long for a thread")
        elif not unwanted():
            try:
                outcome = work()
            except BaseException as raised:  # noqa: BLE001 -- whatever it is, the caller has to know
                fault = raised
        done(outcome, fault)

    def waited(self) -> float:
        """For how many seconds it has waited by now."""
        return time.monotonic() - self._since


_Queue: TypeAlias = SimpleQueue[_Piece[Any] | None]


def _serve(queue: _Queue) -> None:
    while (piece := queue.get()) is not None:
        piece.run()
        del piece  # a thread that waits keeps no request
