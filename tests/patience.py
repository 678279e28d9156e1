"""What the tests bear: a machine may stand still for seconds, and nothing is wrong with that."""

import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Final, TypeVar

from tokenhouse.boundary import pool

T = TypeVar("T")

LONGEST_PAUSE: Final = 60.0
"""For how many seconds a machine may stand still in the midst of a test."""
_LOOK: Final = 0.02
_SEEN: Final = 0.5
"""Seconds between two looks that count; of a longer time the machine stood still."""
_TRIES: Final = 3


def be_patient() -> None:
    """Refuse nobody for having waited for a thread, in this process."""
    pool.WAIT_SECONDS = LONGEST_PAUSE  # type: ignore[misc]


def awake() -> float:
    """Seconds on a clock that stands still while the machine does.

    It is this process's: what may hold this process up is measured by another clock.
    """
    return _clock().seconds


def steady(act: Callable[[], T]) -> T:
    """What comes of it while the machine does not stand still; the last of a few tries counts."""
    for _ in range(_TRIES - 1):
        begun, begun_awake = time.monotonic(), awake()
        came = act()
        if time.monotonic() - begun - (awake() - begun_awake) < _LOOK * 3:
            return came
    return act()


class _Awake:
    def __init__(self) -> None:
        self.seconds = 0.0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        seen = time.monotonic()
        while True:
            time.sleep(_LOOK)
            now = time.monotonic()
            self.seconds += min(now - seen, _SEEN)
            seen = now


_clock = cache(_Awake)
