"""Counts guesses, apart from everything durable: a stranger must not make us sync.

A bucket that leaks (GCRA): one number a key says from when on nothing is counted any more. The
oldest numbers are forgotten first, once there are too many: they are the nearest to nothing.
"""

from typing import Final, NamedTuple

from tokenhouse.core.moment import Moment

MOST_KEYS: Final = 100_000
"""So many keys are remembered."""
FORGOTTEN_AT_ONCE: Final = MOST_KEYS // 10
LOOKS_AT_EVERY: Final = 1000
"""After so many new keys a process looks whether there are too many."""


class Counted(NamedTuple):
    """What comes of one attempt: the wait until it is allowed, and from when the key is free."""

    wait: int
    free_at: Moment


def counted(free_at: Moment, burst: int, interval: int, now: Moment) -> Counted:
    """Count an attempt under a key that is free from `free_at` on.

    An attempt that has to wait is not counted, and no clock that was set back makes it wait
    longer than a whole burst takes: whoever guesses on must not lock anybody out.
    """
    free_at = min(max(free_at, now), now + burst * interval)
    wait = free_at + interval - burst * interval - now
    if wait > 0:
        return Counted(wait, free_at)
    return Counted(0, free_at + interval)
