"""RabbitMQ's management: its list of connections, and the end of one.

The list without statistics is there at once, and tells no more than a name and a user. When a
connection began, under which client id and by which protocol stands in the statistics alone: they
come later, and RabbitMQ repeats a list of them for some time. So what they tell is kept, and of one
connection it is asked for by its name.
"""

import time
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import SECOND, Moment
from tokenhouse.enforcing.api import Api, Unreachable
from tokenhouse.enforcing.listed import Listed
from tokenhouse.operations.mqtt_staying import Connection

T = TypeVar("T")

_LIST: Final = "/api/connections"
_USERS: Final = f"{_LIST}?disable_stats=true&columns=name,user"
_ALL: Final = f"{_LIST}?columns=name,protocol,client_properties,connected_at"
_ALL_AGAIN_SECONDS: Final = 1.0
"""Far more often RabbitMQ would give the same list."""
_MQTT: Final = "MQTT"
_ENDED, _GONE = 204, 404


class _Row(msgspec.Struct, frozen=True):
    """What the list tells at once."""

    name: str
    user: str = ""


class _Properties(msgspec.Struct, frozen=True):
    client_id: str | None = None


class _Statistics(msgspec.Struct, frozen=True):
    """What the statistics tell. `protocol` None: they tell nothing yet."""

    name: str = ""
    protocol: str | None = None
    client_properties: _Properties | list[object] = _Properties()
    connected_at: int | None = None


_ROWS: Final = msgspec.json.Decoder(list[_Row])
_STATISTICS: Final = msgspec.json.Decoder(list[_Statistics])
_ONE: Final = msgspec.json.Decoder(_Statistics)


class RabbitMq:
    """RabbitMQ, as far as connections go."""

    name: Final = "rabbitmq"

    def __init__(self, url: Secret) -> None:
        self._api = Api(url)
        self._known: dict[str, _Statistics] = {}
        self._asked_for_all = -_ALL_AGAIN_SECONDS

    def listed(self) -> list[Listed]:
        """Every connection by whatever protocol; raises Unreachable."""
        rows = _decoded(_ROWS, self._api.get(_USERS))
        names = {row.name for row in rows}
        self._known = {name: one for name, one in self._known.items() if name in names}
        if len(self._known) < len(names):
            self._learn()
        return [self._listed(row.name, row.user) for row in rows]

    def described(self, listed: Listed) -> Listed | None:
        """The same with all that can be told of it; None where that is not known yet."""
        if listed.is_mqtt is not None:
            return listed
        status, body = self._api.ask("GET", _of(listed))
        if status == _GONE:  # or its statistics are still to come
            return None
        if status != 200:
            raise Unreachable(f"answered {status}")
        one = _decoded(_ONE, body)
        if one.protocol is None:
            return None
        self._known[listed.connection.name] = one
        return self._listed(listed.connection.name, listed.connection.user_name.reveal())

    def end(self, listed: Listed) -> bool:
        """End it; tell whether it was there to be ended. Raises Unreachable."""
        status, _ = self._api.ask("DELETE", _of(listed))
        if status not in {_ENDED, _GONE}:
            raise Unreachable(f"answered {status}")
        return status == _ENDED

    def close(self) -> None:
        """Give the line back."""
        self._api.close()

    def _learn(self) -> None:
        now = time.monotonic()
        if now - self._asked_for_all < _ALL_AGAIN_SECONDS:
            return
        self._asked_for_all = now
        for one in _decoded(_STATISTICS, self._api.get(_ALL)):
            if one.protocol is not None:
                self._known[one.name] = one

    def _listed(self, name: str, user: str) -> Listed:
        known = self._known.get(name)
        if known is None or known.protocol is None:
            return Listed(Connection(name, Secret(user)), None)
        properties, since = known.client_properties, known.connected_at
        client_id = properties.client_id if isinstance(properties, _Properties) else None
        connection = Connection(name, Secret(user), client_id or "", since=_moment(since))
        return Listed(connection, _MQTT in known.protocol)


def _of(listed: Listed) -> str:
    """A connection's own place. Its name is made of addresses and ports, never of a user's."""
    return f"{_LIST}/{quote(listed.connection.name, safe='')}"


def _moment(milliseconds: int | None) -> Moment | None:
    return None if milliseconds is None else milliseconds * SECOND // 1000


def _decoded(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, ValueError):
        raise Unreachable("answered what is no list of connections") from None
