"""Waiting for one of a few things that are lent: connections, or turns."""

from queue import Empty, SimpleQueue
from typing import Final, TypeVar

from tokenhouse.core.refusal import Unavailable

T = TypeVar("T")

PATIENCE: Final = 2.0
"""Seconds that a thread waits."""

_LOOKS: Final = 20


def taken(lent: SimpleQueue[T]) -> T:
    """Take the next one; raise Unavailable where none is given back in time.

    Time that the whole process stood still ends one look, not the wait: else everybody who waited
    would be refused at its end, with the things that they waited for about to come back.
    """
    for _ in range(_LOOKS):
        try:
            return lent.get(timeout=PATIENCE / _LOOKS)
        except Empty:
            continue
    raise Unavailable("too many reads wait for the database")
