"""A connection to an MQTT broker, shown as the rest of a walk is."""

from collections.abc import Callable
from typing import Final, Self

import msgspec

from tokenhouse.demo.walk.guide import Guide
from tokenhouse.demo.walk.mqtt import Connection, Message
from tokenhouse.demo.walk.told import Mqtt

_ENDED: Final = "(the broker ended the connection)"
_NOTHING: Final = "(nothing)"
_MOST_SECONDS: Final = 2
"""How long a connection may outlive what it rests on."""
_PATIENCE_SECONDS: Final = 30
_QUIET_SECONDS: Final = 0.5
_STATE: Final = b'{"volts":230}'


class Name(msgspec.Struct, frozen=True):
    """Under which name somebody connects, and the token by which he does."""

    client_id: str
    token: str


class Line:
    """A connection, as people are shown it; a context manager."""

    def __init__(self, guide: Guide, at: Mqtt) -> None:
        self._guide = guide
        self._at = at
        self._connection = guide.reached(at.url, lambda: Connection(at.host, at.port))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def connect(self, says: str, name: Name) -> None:
        """Be let in."""
        self._show(
            says,
            (f"CONNECT {name.client_id}", f"user name: {name.token}"),
            lambda: _code("CONNACK", self._connection.connect(name.client_id, name.token)),
            _code("CONNACK", 0),
        )

    def subscribe(self, says: str, prefix: str, code: int = 0) -> None:
        """Ask to be sent what is published below a prefix, and be answered so."""
        self._show(
            says,
            (f"SUBSCRIBE {prefix}#",),
            lambda: _code("SUBACK", self._connection.subscribe(f"{prefix}#")),
            _code("SUBACK", code),
        )

    def publish(self, says: str, prefix: str, to: "Line", *, arrives: bool) -> None:
        """Publish below a prefix, and see whether it arrives where somebody listens there."""
        sent = Message(f"{prefix}state", _STATE)

        def answer() -> str:
            self._connection.publish(sent)
            return _told(to._connection.message(_PATIENCE_SECONDS if arrives else _QUIET_SECONDS))

        self._show(says, (_told(sent),), answer, _told(sent) if arrives else _NOTHING)

    def is_ended(self, says: str) -> None:
        """See that the broker ends it by itself."""

        def answer() -> str:
            return _ENDED if self._connection.ends_within(_MOST_SECONDS) else _NOTHING

        self._show(says, (), answer, _ENDED)

    def _show(
        self, says: str, sent: tuple[str, ...], answer: Callable[[], str], wanted: str
    ) -> None:
        self._guide.exchange(says, sent, lambda: self._guide.reached(self._at.url, answer), wanted)


def _code(packet: str, code: int) -> str:
    return f"{packet} {code}, {'refused' if code else 'accepted'}"


def _told(message: Message | None) -> str:
    if message is None:
        return _NOTHING
    return f"PUBLISH {message.topic} {message.payload.decode()}"
