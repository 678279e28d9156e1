"""Stands before what amqtt does with a CONNECT, and beside what it does without asking anybody.

Of amqtt 0.12.1, whose own parts are replaced here (so no other version is taken):
- it deletes or changes what it keeps of a client before it asks who is there;
- a connection that is taken over goes on beside the new one, or leaves it without messages;
- whoever connects is sent what is retained for anybody's subscriptions;
- a subscription that comes while it waits for an answer makes it lose the message it works on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import amqtt
from amqtt.adapters import BufferReader, ReaderAdapter, WriterAdapter
from amqtt.broker import Broker
from amqtt.errors import MQTTError
from amqtt.mqtt.connack import NOT_AUTHORIZED, SERVER_UNAVAILABLE, ConnackPacket
from amqtt.mqtt.connect import ConnectPacket
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.session import Session

from tokenhouse.plugins.amqtt.authority import Admission, Authority, Credential, Refusal
from tokenhouse.plugins.amqtt.connections import Cause, Connection, Connections, connection_of
from tokenhouse.plugins.amqtt.http import SECONDS, UnansweredError

VERSION: Final = "0.12.1"
_SILENCE: Final = 10.0
"""Seconds within which a client has to say who it is."""
_GOODBYE: Final = 1.0
"""Seconds that whoever is refused has to read it."""
_WAY: Final = SECONDS + 0.5
"""Seconds that an ended connection has to leave: a question about it may be on its way."""

Asks = Callable[[Session, str], Awaitable[bool]]


class _Noting(ReaderAdapter):
    """Reads, and keeps what was read."""

    def __init__(self, reader: ReaderAdapter) -> None:
        self._reader = reader
        self.read_so_far = b""

    async def read(self, n: int = -1) -> bytes:
        data = await self._reader.read(n)
        self.read_so_far += data
        return data

    def feed_eof(self) -> None:
        self._reader.feed_eof()


class _Steady(dict[str, list[Any]]):
    """Subscriptions that may change while somebody goes through them."""

    def __iter__(self) -> Any:
        return iter(list(super().keys()))

    def items(self) -> Any:
        return [(name, list(held)) for name, held in super().items()]


class Door:
    """Lets clients in at one broker."""

    def __init__(
        self, broker: Broker, authority: Authority, connections: Connections, may_have: Asks
    ) -> None:
        if amqtt.__version__ != VERSION:
            raise ValueError(f"This plugin is for amqtt {VERSION}, and no other.")
        whole: Any = broker
        self._broker = whole
        self._authority = authority
        self._connections = connections
        self._may_have = may_have
        self._begin = self._broker._initialize_client_session
        self._retained = self._broker._publish_retained_messages_for_subscription
        self._broker._initialize_client_session = self._enter
        self._broker._publish_retained_messages_for_subscription = self._give_retained
        self._broker._subscriptions = _Steady(self._broker._subscriptions)

    async def _enter(
        self, reader: ReaderAdapter, writer: WriterAdapter, address: str, port: int
    ) -> tuple[BrokerProtocolHandler, Session]:
        try:
            return await self._let_in(reader, writer, address, port)
        except MQTTError:
            await _close(writer)
            raise
        except Exception as failed:  # noqa: BLE001 -- amqtt goes on with its own kind alone
            await _close(writer)
            raise MQTTError(f"nobody was let in: {type(failed).__name__}") from None

    async def _let_in(
        self, reader: ReaderAdapter, writer: WriterAdapter, address: str, port: int
    ) -> tuple[BrokerProtocolHandler, Session]:
        noting = _Noting(reader)
        async with asyncio.timeout(_SILENCE):
            connect = await ConnectPacket.from_stream(noting)
        connection = await self._admitted(connect, writer, address)
        again = BufferReader(noting.read_so_far)
        handler, session = await self._begin(again, writer, address, port)
        if connection is None:
            raise MQTTError("nobody was asked about it")
        connection.belongs_to(session)
        self._connections.add(session.client_id or "", connection)
        return handler, session

    async def _admitted(
        self, connect: ConnectPacket, writer: WriterAdapter, address: str
    ) -> Connection | None:
        """The connection of somebody who is let in; None where amqtt itself will refuse."""
        if connect.proto_name != "MQTT" or connect.proto_level != 4:
            return None
        who = _credential(connect, address)
        will_topic = connect.will_topic or "" if connect.will_flag else None
        try:
            told = await self._authority.connect(who)
            if isinstance(told, Admission) and will_topic is not None:
                leave = await self._authority.topic(who, "publish", will_topic)
                told = told if leave.allowed else Refusal("will")
        except UnansweredError:
            await _refuse(writer, SERVER_UNAVAILABLE)
            raise
        if isinstance(told, Refusal):
            await _refuse(writer, NOT_AUTHORIZED)
            raise MQTTError(f"refused: {told.reason}")
        await self._make_way(who.client_id, told.subject, connect.clean_session_flag)
        return Connection(who, told, writer, will_topic)

    async def _make_way(self, client_id: str, subject: str, clean: bool) -> None:
        """End whatever is there under this name, and forget it where it does not go on."""
        session: Session | None = self._broker._sessions.get(client_id, (None, None))[0]
        if session is None:
            return
        before = connection_of(session)
        if before is not None and before.is_open:
            before.end(Cause.TAKEN_OVER)
        goes_on = not clean and before is not None and before.subject == subject
        if not goes_on or not await _has_left(session):
            await self._broker._cleanup_session(client_id)

    async def _give_retained(self, subscription: tuple[str, int], session: Session) -> None:
        """Send what is retained for a subscription that is his, and that he still may have."""
        held = self._broker._subscriptions.get(subscription[0], ())
        if any(one is session for one, _ in held) and await self._may_have(
            session, subscription[0]
        ):
            await self._retained(subscription, session)


def _credential(connect: ConnectPacket, address: str) -> Credential:
    return Credential(
        user_name=connect.username or "" if connect.username_flag else "",
        password=connect.password or "" if connect.password_flag else "",
        client_id="" if connect.client_id_is_random else connect.client_id or "",
        address=address,
    )


async def _has_left(session: Session) -> bool:
    """Whether amqtt is done with whoever had it: else it would end the new connection for him."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_WAY):
            while session.transitions.state == "connected":  # noqa: ASYNC110 -- nothing tells
                await asyncio.sleep(0.01)
    return bool(session.transitions.state != "connected")


async def _refuse(writer: WriterAdapter, code: int) -> None:
    with suppress(Exception):
        async with asyncio.timeout(_GOODBYE):
            await ConnackPacket.build(0, code).to_stream(writer)


async def _close(writer: WriterAdapter) -> None:
    with suppress(Exception):
        async with asyncio.timeout(_GOODBYE):
            await writer.close()
