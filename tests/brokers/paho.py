"""An MQTT client that somebody else wrote, and what it saw."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from patience import awake

SECONDS = 5.0
NOT_AUTHORIZED = 135
UNAVAILABLE = 136
"""What paho makes of CONNACK 5 and 3, in the numbers of MQTT 5."""


class Peer:
    """One client. `code` of CONNACK (0: let in).

    `ended_at` is on the monotonic clock, for what lasts so long at least; `ended_awake` is on that
    of `awake`, for what lasts so long at most.
    """

    def __init__(self, client_id: str, user_name: str, password: str, clean: bool) -> None:
        self.code: int | None = None
        self.ended_at: float | None = None
        self.ended_awake: float | None = None
        self.messages: list[tuple[str, bytes]] = []
        self._granted: dict[int, int] = {}
        self._published: set[int] = set()
        self._told = threading.Condition()
        self.client = Client(
            CallbackAPIVersion.VERSION2, client_id, clean_session=clean, reconnect_on_failure=False
        )
        self.client.username_pw_set(user_name, password)
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = self._on_disconnect
        self.client.on_message = self._on_message
        self.client.on_subscribe = self._on_subscribe
        self.client.on_publish = self._on_publish

    def _on_connect(self, _c: Any, _u: Any, _f: Any, reason: Any, _p: Any) -> None:
        with self._told:
            self.code = reason.value
            self._told.notify_all()

    def _on_disconnect(self, *_: Any) -> None:
        with self._told:
            self.ended_at, self.ended_awake = time.monotonic(), awake()
            self._told.notify_all()

    def _on_message(self, _c: Any, _u: Any, message: MQTTMessage) -> None:
        with self._told:
            self.messages.append((message.topic, message.payload))
            self._told.notify_all()

    def _on_subscribe(self, _c: Any, _u: Any, mid: int, reasons: Any, _p: Any) -> None:
        with self._told:
            self._granted[mid] = reasons[0].value
            self._told.notify_all()

    def _on_publish(self, _c: Any, _u: Any, mid: int, *_: Any) -> None:
        with self._told:
            self._published.add(mid)
            self._told.notify_all()

    def wait(self, until: Callable[[], bool], seconds: float = SECONDS) -> bool:
        end = awake() + seconds
        with self._told:
            while not until():
                if (left := end - awake()) <= 0:
                    return False
                self._told.wait(left)
            return True

    @property
    def is_in(self) -> bool:
        return self.code == 0 and self.ended_at is None

    def subscribe(self, topic_filter: str) -> bool:
        """Whether it is granted."""
        _, mid = self.client.subscribe(topic_filter, 1)
        assert mid is not None, topic_filter
        assert self.wait(lambda: mid in self._granted), topic_filter
        return self._granted[mid] < 128

    def publish(self, topic: str, payload: bytes = b"x", *, retain: bool = False) -> None:
        """Hand it over to the broker, which says so whether it may be or not."""
        mid = self.client.publish(topic, payload, 1, retain).mid
        assert self.wait(lambda: mid in self._published or self.ended_at is not None)

    def got(self, topic: str, payload: bytes | None = None, seconds: float = SECONDS) -> bool:
        """Whether it comes."""
        return self.wait(
            lambda: any(
                name == topic and (payload is None or said == payload)
                for name, said in self.messages
            ),
            seconds,
        )

    def ended(self, seconds: float) -> bool:
        return self.wait(lambda: self.ended_at is not None, seconds)


Will = tuple[str, bytes, bool]
"""Topic, payload, and whether it is retained."""


@contextmanager
def peer(
    port: int,
    client_id: object,
    user_name: str = "",
    password: str = "",
    *,
    clean: bool = True,
    will: Will | None = None,
) -> Iterator[Peer]:
    """A client whose CONNECT was answered, or whose line was closed instead."""
    made = Peer(str(client_id), user_name, password, clean)
    if will is not None:
        made.client.will_set(will[0], will[1], 1, will[2])
    made.client.connect("127.0.0.1", port)
    made.client.loop_start()
    try:
        assert made.wait(lambda: made.code is not None or made.ended_at is not None, 15)
        yield made
    finally:
        made.client.disconnect()
        made.client.loop_stop()


def cut(one: Peer) -> None:
    """Break the line, as the network does."""
    sock: Any = one.client.socket()
    sock.shutdown(2)
    assert one.ended(SECONDS)
