"""Between the event loop and the threads in which operations run: who wakes whom, and when.

Two threads that are awake at the same time take the interpreter from each other, which costs as
much as a small request. So each side is woken once for all that the other has for it by then.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tokenhouse.sharing import SharedThread

TOLD_AT_ONCE: Final = 64
"""A shared thread that does not come to rest wakes the event loop when so much is done."""


class Bridge:
    """Of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop: Final = loop
        self._coming: list[Callable[[], None]] = []
        self._done: deque[Callable[[], None]] = deque()
        self._woken = False

    def start(self, work: Callable[[], None], shared: SharedThread) -> None:
        """Have work done on a shared thread, when all was read that could be. From the loop."""
        if not self._coming:
            self.loop.call_soon(self.hand_over, shared)
        self._coming.append(work)

    def hand_over(self, shared: SharedThread) -> None:
        """Have all of it done now."""
        coming, self._coming = self._coming, []
        shared.start(*coming)

    def tell(self, told: Callable[[], None], shared: SharedThread | None) -> None:
        """Have something called on the event loop. From any thread; `shared` says which it is."""
        self._done.append(told)
        if self._woken:
            return
        if shared is None or len(self._done) >= TOLD_AT_ONCE:
            self._wake()
        else:
            shared.when_at_rest(self._wake)

    def _wake(self) -> None:
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # the loop has ended, and with it whoever asked
                self.loop.call_soon_threadsafe(self._tell_all)

    def _tell_all(self) -> None:
        self._woken = False  # before the look: who is done after it wakes the loop again
        while self._done:
            told = self._done.popleft()
            try:
                told()
            except BaseException:
                self.loop.call_soon(self._tell_all)
                raise
