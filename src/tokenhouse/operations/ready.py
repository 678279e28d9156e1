"""Whether this process can do its work now, for whoever decides if requests are sent to it."""

from collections.abc import Callable
from enum import StrEnum
from threading import Lock
from typing import Final, TypeAlias

from tokenhouse.core.moment import SECOND, Moment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.operations.ports import Clock, Store

LOOK_EVERY: Final = SECOND
"""Microseconds for which one look counts, however often it is asked."""


class Unready(StrEnum):
    """The closed set of causes for which requests had better go elsewhere."""

    NOT_SET_UP = "not_set_up"
    STORE = "store"
    KEYS = "keys"
    CLOCK = "clock"
    STOPPING = "stopping"


Cause: TypeAlias = Unready | None


class Ready:
    """Looks at the store and the signing keys. Asking is cheap, and nobody waits for another.

    `refuse_unable` raises Unavailable when nothing can be signed.
    """

    def __init__(self, store: Store, refuse_unable: Callable[[], None], clock: Clock) -> None:
        self._store = store
        self._refuse_unable = refuse_unable
        self._clock = clock
        self._looking = Lock()
        self._seen: tuple[Moment, Cause] | None = None
        self._stopping = False

    def stop(self) -> None:
        """Be unready from now on. Safe in a signal."""
        self._stopping = True

    def look_again(self) -> None:
        """Forget what was seen: something is known to have changed."""
        self._seen = None

    def __call__(self) -> Cause:
        """The cause for which this process is not ready; None when it is. Never raises."""
        if self._stopping:
            return Unready.STOPPING
        try:
            return self._seen_lately()
        except Unavailable:
            return Unready.CLOCK

    def _seen_lately(self) -> Cause:
        """The cause by a look that still counts; raises Unavailable where the clock is refused."""
        seen, now = self._seen, self._clock.now()
        if seen is not None and seen[0] <= now < seen[0] + LOOK_EVERY:
            return seen[1]
        if not self._looking.acquire(blocking=False):
            return Unready.STORE if seen is None else seen[1]
        try:
            cause = self._look()
            # A store that made us wait is not looked at again before its time.
            self._seen = self._clock.now(), cause
            return cause
        finally:
            self._looking.release()

    def _look(self) -> Cause:
        try:
            if self._store.broken is not None:
                return Unready.STORE
            if self._store.deployment() is None:
                return Unready.NOT_SET_UP
        except Unavailable:
            return Unready.STORE
        try:
            self._refuse_unable()
        except Unavailable:
            return Unready.KEYS
        return None
