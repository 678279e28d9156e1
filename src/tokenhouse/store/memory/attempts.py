"""Counts guesses in memory."""

import heapq
from threading import Lock

from tokenhouse.core.moment import Moment
from tokenhouse.store import attempts


class MemoryAttempts:
    """Fulfils `Attempts` in one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._free_at: dict[bytes, Moment] = {}

    def take(self, key: bytes, burst: int, interval: int, now: Moment) -> int:
        """Count one attempt; give the microseconds to wait until it would be allowed."""
        with self._lock:
            wait, free_at = attempts.counted(self._free_at.get(key, 0), burst, interval, now)
            self._free_at[key] = free_at
            if len(self._free_at) > attempts.MOST_KEYS:
                for old in heapq.nsmallest(
                    attempts.FORGOTTEN_AT_ONCE, self._free_at, key=self._free_at.__getitem__
                ):
                    del self._free_at[old]
            return wait

    def waits(self, asked: tuple[tuple[bytes, int, int], ...], now: Moment) -> list[int]:
        """What `take` would give for each key, burst and interval."""
        with self._lock:
            return [
                attempts.counted(self._free_at.get(key, 0), burst, interval, now).wait
                for key, burst, interval in asked
            ]

    def give_back(self, key: bytes, interval: int) -> None:
        """Take back one counted attempt."""
        with self._lock:
            if key in self._free_at:
                self._free_at[key] -= interval

    def close(self) -> None:
        """Nothing is held open."""
