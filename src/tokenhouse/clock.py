"""Clocks made fit to judge by: they never go backwards."""

import time
from threading import Lock
from typing import Final

import structlog

from tokenhouse.core.moment import SECOND, Moment
from tokenhouse.core.refusal import Unavailable

LARGEST_STEP: Final = 60 * SECOND
"""A shared clock that is set back by more than this is not followed."""

_NANOSECONDS: Final = 1000
_BOOT_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps, and nobody can set it."""

_log = structlog.get_logger(__name__)


class SystemClock:
    """Fulfils `Clock`: the machine's clock, or, where that was set back, the time that went by.

    A clock that stood still until the machine's caught up would let tokens live longer than they
    were given; so after a step backwards it goes on at its own pace, ahead of the machine's.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._last: Moment = 0
        self._read_at = _uptime()

    def now(self) -> Moment:
        """Microseconds since the epoch, never before an earlier answer or the floor."""
        with self._lock:
            uptime = _uptime()
            self._last = max(_machine(), self._last + uptime - self._read_at)
            self._read_at = uptime
            return self._last

    def hold_floor(self, moment: Moment) -> None:
        """Never answer before this moment, that of the last commit which was applied."""
        with self._lock:
            uptime = _uptime()
            self._last = max(moment, self._last + uptime - self._read_at)
            self._read_at = uptime


def _machine() -> Moment:
    return time.time_ns() // _NANOSECONDS


def _uptime() -> int:
    return time.clock_gettime_ns(_BOOT_CLOCK) // _NANOSECONDS


class StoreClock:
    """Fulfils `Clock` by the clock of the store that several machines share, and no machine's own.

    Between two looks at the store's clock it goes on by this machine's uptime. Where the store's
    is set back a little it waits for it; where by more than LARGEST_STEP it goes on at its own
    pace, since tokens would live longer than they were given.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._ahead: int | None = None
        self._last: Moment = 0
        self._follows = True

    def now(self) -> Moment:
        """Microseconds since the epoch, never before an earlier answer or the floor.

        Raises Unavailable before the first look at the store's clock.
        """
        with self._lock:
            if self._ahead is None:
                raise Unavailable("the store's clock was not read yet")
            self._last = max(self._last, _uptime() + self._ahead)
            return self._last

    def hold_floor(self, moment: Moment) -> None:
        """Never answer before this moment, that of the last commit which was applied."""
        with self._lock:
            if self._ahead is not None and moment > self._last:
                self._last = moment
                self._ahead = max(self._ahead, moment - _uptime())

    def measured(self, moment: Moment) -> None:
        """Take what the store's clock said just now."""
        with self._lock:
            ahead = moment - _uptime()
            back = 0 if self._ahead is None else self._ahead - ahead
            followed, self._follows = self._follows, back <= LARGEST_STEP
            if self._follows:
                self._ahead = ahead
        if followed and not self._follows:
            _log.error(
                "the store's clock was set back, and is not followed", seconds=back // SECOND
            )
