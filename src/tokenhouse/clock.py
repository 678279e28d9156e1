"""Clocks made fit to judge by: they never go backwards, and follow no clock that jumps back."""

import time
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import Final, TypeAlias

from tokenhouse.core.moment import SECOND, Jump, Moment
from tokenhouse.core.refusal import Unavailable

LARGEST_STEP: Final = 60 * SECOND
"""A clock that jumps by more, or stands further behind the last commit, has to be accepted."""

NOTICED_STEP: Final = SECOND
"""A smaller step forwards is taken for time that passed."""

UNLOOKED_MS: Final = 1
"""For so long after a look at the clock it is taken to go as the boot clock does."""

Uptime: TypeAlias = int
"""Nanoseconds of the boot clock: it goes on while the machine sleeps, and nobody can set it."""

_NANOSECONDS: Final = 1000
_BOOT_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

uptime: Final[Callable[[], Uptime]] = partial(time.clock_gettime_ns, _BOOT_CLOCK)
"""Reads the boot clock; without a call of Python's, since it is read for each token presented."""


_Way: TypeAlias = tuple[Uptime, Uptime, int]
"""From one uptime until before another, answers are so many microseconds ahead of it."""

_NO_WAY: Final[_Way] = (0, 0, 0)


class _Followed:
    """A clock that is read, compared with the boot clock and the head, and followed where it may.

    A clock that stood still, or was set back and followed, would let tokens live longer than they
    were given. So a small step backwards is bridged, and a large one refuses everything until it
    is undone or an operator accepts it. A large step forwards is followed, and remembered.
    """

    _unlooked_ns = UNLOOKED_MS * 1_000_000

    def __init__(self) -> None:
        self._lock = Lock()
        self._way = _NO_WAY
        self._ahead: int | None = None
        self._last: Moment = 0
        self._floor: Moment = 0
        self._accepted: int | None = None
        self._leap: Jump | None = None
        self._skipped: Jump | None = None

    def now(self) -> Moment:
        """Microseconds since the epoch, never before an earlier answer or the floor.

        Raises Unavailable while the clock stands more than LARGEST_STEP behind either.
        """
        return self.at(uptime())

    def at(self, uptime: Uptime) -> Moment:
        """The same, for whoever has just read the boot clock; no sooner than `now` would be."""
        begin, end, ahead = self._way  # without the lock: this is asked for each token presented
        if begin <= uptime < end:
            return uptime // _NANOSECONDS + ahead
        with self._lock:
            expected, read = self._looked()
            behind = max(expected, self._floor) - read
            if behind > LARGEST_STEP:
                raise Unavailable(
                    f"The clock stands {behind // SECOND} seconds behind what was decided by it:"
                    " set it right, or run `tokenhouse clock accept` where it is right now."
                )
            return self._last

    def unjudged(self) -> Moment:
        """What the clock says, whatever it said before."""
        with self._lock:
            return self._read(_since_boot())

    def jump(self) -> Jump | None:
        """The step that waits to be accepted; None where this process saw none."""
        with self._lock:
            expected, read = self._looked()
            return Jump(expected, read) if expected - read > LARGEST_STEP else self._leap

    def skipped(self) -> Jump | None:
        """The last step forwards that this process saw since an acceptance, large or small."""
        with self._lock:
            self._looked()
            return self._skipped

    def hold_floor(self, moment: Moment, accepted: int = 0) -> None:
        """Never answer before this moment, that of the last commit which was applied.

        `accepted` is the sequence of the last acceptance: from a later one on the floor counts
        anew, and what was read before is forgotten. What was looked up before it changes nothing.
        """
        with self._lock:
            known = self._accepted
            if known is None or accepted == known:
                self._floor = max(moment, self._floor)
            elif accepted > known:
                self._floor, self._ahead, self._last, self._leap = moment, None, 0, None
                self._skipped = None
            self._accepted = max(accepted, known or 0)
            self._way = _NO_WAY

    def _looked(self) -> Jump:
        """Read the clock, and follow it where it may be."""
        since_boot = _since_boot()
        way, self._way = self._way, _NO_WAY
        if way is not _NO_WAY:  # which may have answered until now
            _, end, ahead = way
            answered = min(since_boot, end // _NANOSECONDS) + ahead
            self._last = max(self._last, answered)
        read = self._read(since_boot)
        expected = read if self._ahead is None else max(self._last, since_boot + self._ahead)
        if max(expected, self._floor) - read <= LARGEST_STEP:
            if read - expected > NOTICED_STEP:
                self._skipped = Jump(expected, read)
            if read - expected > LARGEST_STEP:
                self._leap = self._skipped
            self._ahead = self._followed(read, since_boot)
            self._last = max(self._last, self._floor, since_boot + self._ahead)
            if self._last == since_boot + self._ahead:
                begin = since_boot * _NANOSECONDS
                self._way = begin, begin + self._unlooked_ns, self._ahead
        return Jump(expected, read)

    def _read(self, since_boot: int) -> Moment:
        """What the clock says so many microseconds after the machine was started."""
        raise NotImplementedError

    def _followed(self, read: Moment, since_boot: int) -> int:
        """By how much answers are ahead of the boot clock from now on."""
        raise NotImplementedError


class SystemClock(_Followed):
    """Fulfils `Clock`: the machine's clock, bridged where it was set back a little.

    It goes on at its own pace then, ahead of the machine's.
    """

    def _read(self, since_boot: int) -> Moment:  # noqa: ARG002 -- the machine's is read by itself
        return time.time_ns() // _NANOSECONDS

    def _followed(self, read: Moment, since_boot: int) -> int:
        ahead = max(read, self._floor) - since_boot
        return ahead if self._ahead is None else max(ahead, self._ahead)


class StoreClock(_Followed):
    """Fulfils `Clock` by the clock of the store that several machines share, and no machine's own.

    Between two looks at the store's clock it goes on by this machine's uptime. Where the store's
    is set back a little it waits for it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._measured: int | None = None

    def measured(self, moment: Moment) -> None:
        """Take what the store's clock said just now."""
        with self._lock:
            self._measured = moment - _since_boot()

    def _read(self, since_boot: int) -> Moment:
        if self._measured is None:
            raise Unavailable("the store's clock was not read yet")
        return since_boot + self._measured

    def _followed(self, read: Moment, since_boot: int) -> int:
        return read - since_boot


def _since_boot() -> int:
    return uptime() // _NANOSECONDS
