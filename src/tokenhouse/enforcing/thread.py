"""Looks at a broker whenever something was touched, on a thread of its own."""

import time
from threading import Event, Thread
from typing import Final, Self
from uuid import UUID

import structlog

from tokenhouse.core.refusal import Unavailable
from tokenhouse.enforcing.api import Unreachable
from tokenhouse.enforcing.listed import Broker
from tokenhouse.enforcing.look import Look
from tokenhouse.enforcing.watch import Watch
from tokenhouse.operations.mqtt_staying import MqttStaying
from tokenhouse.operations.ports import Clock, Store

POLL_SECONDS: Final = 0.2
"""How often the feed is looked at."""
AGAIN_SECONDS: Final = 0.5
"""How often the broker is, at most, where nothing of a connection that is known was touched."""
AFTERWARDS_SECONDS: Final = 3.0
"""So long after a change it is looked at again and again: somebody may still be let in by what
another process remembers, or another broker's node."""
ALL_SECONDS: Final = 30.0
"""How often all are judged, whatever was touched."""
LONGEST_PAUSE_SECONDS: Final = 4.0
"""Between two tries while something fails; the first follow sooner."""

_log = structlog.get_logger(__name__)


class Enforcing:
    """Ends connections at brokers while the block lasts, from `begin` on."""

    def __init__(self, brokers: tuple[Broker, ...], store: Store, clock: Clock) -> None:
        self._enforcers = [_Enforcer(broker, store, clock) for broker in brokers]
        self._begun = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._enforcers:
            one.stop()
        for one in self._enforcers:
            one.wait()

    def begin(self, staying: MqttStaying) -> None:
        """Work from now on, since there is a deployment."""
        if not self._begun:
            for one in self._enforcers:
                one.start(staying)
        self._begun = True


class _Enforcer:
    """Ends connections at one broker; an outage of one is none of another's."""

    def __init__(self, broker: Broker, store: Store, clock: Clock) -> None:
        self._broker = broker
        self._watch = Watch(store)
        self._clock = clock
        self._stopping = Event()
        self._thread: Thread | None = None
        self._owed: frozenset[UUID] | None = None
        self._is_owed_soon = True
        self._tries = 0
        self._not_before = self._looked_at = self._all_at = self._changed_at = -ALL_SECONDS

    def start(self, staying: MqttStaying) -> None:
        """Look for the first time soon, and from then on."""
        look = Look(self._broker, staying)
        name = f"enforcing {self._broker.name}"
        self._thread = Thread(target=self._work, args=(look,), name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing any more."""
        self._stopping.set()

    def wait(self) -> None:
        """Until what was begun is done."""
        if self._thread is not None:
            self._thread.join()

    def _work(self, look: Look) -> None:
        while not self._stopping.wait(POLL_SECONDS):
            try:
                self._turn(look)
            except Unreachable as cause:
                self._failed(f"the broker's management is not reached: {cause}")
            except Unavailable as cause:
                self._failed(f"nobody can be judged: {cause}")
            except Exception:  # noqa: BLE001 -- a fault here must not end all later looks
                _log.exception("connections could not be looked at, and are again")
                self._failed("a fault of ours")
        self._broker.close()

    def _turn(self, look: Look) -> None:
        now = time.monotonic()
        self._owe(look, self._watch.touched(), now)
        if now - self._all_at >= ALL_SECONDS:
            self._owed, self._is_owed_soon = None, True
        if now < self._not_before or not self._is_due(look, now):
            return
        is_all = self._owed is None
        looked = look(self._owed, self._clock.now())
        self._looked_at = now
        if is_all:
            self._all_at = now
        if looked.pending:
            self._changed_at = now
        self._owed, self._is_owed_soon = frozenset(), False
        self._works()

    def _owe(self, look: Look, touched: frozenset[UUID] | None, now: float) -> None:
        """Remember what was touched until a look has come to its end."""
        if touched is not None and not touched:
            return
        self._changed_at = now
        if touched is None or self._owed is None:
            self._owed, self._is_owed_soon = None, True
        else:
            self._owed |= touched
            self._is_owed_soon = self._is_owed_soon or look.concerns(touched)

    def _is_due(self, look: Look, now: float) -> bool:
        if self._is_owed_soon or look.is_due(self._clock.now()):
            return True
        is_soon_after = now - self._changed_at <= AFTERWARDS_SECONDS
        return is_soon_after and now - self._looked_at >= AGAIN_SECONDS

    def _failed(self, cause: str) -> None:
        if not self._tries:
            _log.warning(
                "connections of whoever may not go on are not ended",
                broker=self._broker.name,
                cause=cause,
            )
        pause = min(LONGEST_PAUSE_SECONDS, POLL_SECONDS * 2**self._tries)
        self._tries = min(self._tries + 1, 16)
        self._not_before = time.monotonic() + pause
        self._is_owed_soon = True

    def _works(self) -> None:
        if self._tries:
            _log.warning("connections are ended again", broker=self._broker.name)
        self._tries, self._not_before = 0, 0.0
