"""The machine's clock, made fit to judge by: it never goes backwards."""

import time
from threading import Lock
from typing import Final

from tokenhouse.core.moment import Moment

_NANOSECONDS: Final = 1000


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
    return time.monotonic_ns() // _NANOSECONDS


class StoreClock:
    """Fulfils `Clock` by the clock of the store that several machines share, and no machine's own.

    Between two looks at the store's clock it goes on by this machine's uptime.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._last: Moment = 0
        self._read_at = _uptime()

    def now(self) -> Moment:
        """Microseconds since the epoch, never before an earlier answer or the floor."""
        with self._lock:
            uptime = _uptime()
            self._last += uptime - self._read_at
            self._read_at = uptime
            return self._last

    def hold_floor(self, moment: Moment) -> None:
        """Never answer before this moment, that of the last commit which was applied."""
        now = self.now()
        with self._lock:
            self._last = max(moment, now)
