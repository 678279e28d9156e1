"""What a server does by itself in the background: tell of refusals, forget what is over."""

import os
import signal
from threading import Event, Thread
from typing import Final, Self

import structlog

from tokenhouse.core.refusal import Unavailable
from tokenhouse.kinds import ALL
from tokenhouse.operations.clock import Clocks
from tokenhouse.operations.note import Notes
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.token_usage import ForgetUsage

LOOK_SECONDS: Final = 1.0
LOOKS_A_ROUND: Final = 10
AT_ONCE: Final = 500
"""Records of each sort that one round forgets, so that callers never wait long for it."""

_log = structlog.get_logger(__name__)


class Housekeeping:
    """Runs rounds on a thread of its own while the block lasts, and a last one at its end."""

    def __init__(
        self, store: Store, notes: Notes, clocks: Clocks, clock: Clock, forget_usage: ForgetUsage
    ) -> None:
        self._store = store
        self._notes = notes
        self._clocks = clocks
        self._forget_usage = forget_usage
        self._doubted = False
        self._refused = False
        self._clock = clock
        self._kept = {kind.name: kind.kept_after_end for kind in ALL}
        self._stopping = Event()
        self._thread = Thread(target=self._work, name="housekeeping", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        self._round(ending=True)

    def _work(self) -> None:
        looks = 0
        while not self._stopping.wait(LOOK_SECONDS):
            if self._store.broken is not None:
                # Nobody knows any more what is durable: only a fresh start finds out.
                _log.error("the store is broken, so the server stops")
                os.kill(os.getpid(), signal.SIGTERM)
                return
            self._look_at_the_clock()
            looks += 1
            if looks % LOOKS_A_ROUND == 0:
                self._round(ending=False)

    def _round(self, *, ending: bool) -> None:
        try:
            self._notes.write(all_of_them=ending)
            while not ending and self._forgotten() >= AT_ONCE and not self._stopping.is_set():
                pass
        except Unavailable as cause:
            _log.warning("housekeeping was put off", cause=str(cause))
        except Exception:  # noqa: BLE001 -- a fault here must not end all later rounds
            _log.exception("housekeeping failed, and goes on with the next round")

    def _look_at_the_clock(self) -> None:
        """Notice what befell the clock, and that it was accepted. Fails as a round does."""
        try:
            doubted = self._clocks.watch()
        except Unavailable:
            return  # the next round tells
        except Exception:  # noqa: BLE001 -- as for a round
            _log.exception("the clock could not be looked at")
            return
        if doubted and not self._doubted:
            _log.warning(
                "the clock jumped, so nothing is forgotten until `tokenhouse clock accept`"
            )
        self._doubted = doubted
        self._tell_of_the_clock()

    def _tell_of_the_clock(self) -> None:
        """Log when the clock begins to be refused, and when that is over."""
        try:
            self._clock.now()
        except Unavailable as cause:
            if not self._refused:
                _log.error("the clock is refused", cause=str(cause))
            self._refused = True
        else:
            if self._refused:
                _log.warning("the clock is followed again")
            self._refused = False

    def _forgotten(self) -> int:
        now = self._clock.now()
        if self._clocks.watch():  # asked after the moment was read: so that is no jump's either
            return 0
        records = self._store.purge(now, self._kept, AT_ONCE)
        return max(records, self._forget_usage(now, AT_ONCE))
