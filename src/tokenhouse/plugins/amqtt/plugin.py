"""What amqtt loads: answers who is there and what he may do, with a no where nobody says yes."""

import asyncio
import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from amqtt.broker import Broker
from amqtt.contexts import Action, BaseContext
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import ApplicationMessage, Session

from tokenhouse.plugins.amqtt.authority import Authority
from tokenhouse.plugins.amqtt.connections import Cause, Connections, connection_of
from tokenhouse.plugins.amqtt.door import Door
from tokenhouse.plugins.amqtt.http import UnansweredError
from tokenhouse.plugins.amqtt.watch import Watch

_log: Final = logging.getLogger(__name__)

_CLIENT_IDS: Final = frozenset({"bound", "free"})
_NOWHERE: Final = re.compile(r"^\$|[+#]")
_ACTIONS: Final = {
    Action.PUBLISH: "publish",
    Action.SUBSCRIBE: "subscribe",
    Action.RECEIVE: "receive",
}


class TokenhousePlugin(BaseAuthPlugin, BaseTopicPlugin):
    """Asks Tokenhouse about all that clients do at this broker."""

    @dataclass
    class Config:
        """What stands under the plugin's name in the broker's file."""

        url: str
        """Where Tokenhouse is, as the broker reaches it."""
        client_id: str
        """The client that the broker is there."""
        secret_file: str
        """The file with nothing but the client's secret in it."""
        client_ids: str = "bound"
        """`bound`: a device connects under its own number alone; `free`: under any name."""

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        config: TokenhousePlugin.Config = self.config
        if config.client_ids not in _CLIENT_IDS:
            raise ValueError("client_ids is bound or free.")
        broker = getattr(context, "_broker_instance", None)
        if not isinstance(broker, Broker):
            raise TypeError("This plugin is for a broker.")
        self._sessions = broker.sessions
        secret = Path(config.secret_file).read_text(encoding="utf-8").strip()
        self._authority = Authority(config.url, config.client_id, secret, config.client_ids)
        self._connections = Connections()
        self._watch = Watch(self._authority, self._connections)
        self._watching: asyncio.Task[None] | None = None
        self._door = Door(broker, self._authority, self._connections, self._may_have)

    async def on_broker_pre_start(self) -> None:
        """Begin to watch before anybody comes."""
        self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Leave, after the broker."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        self._authority.close()

    @property
    def _is_watched(self) -> bool:
        return self._watching is not None and not self._watching.done()

    async def authenticate(self, *, session: Session) -> bool | None:
        """Whether the door let him in."""
        connection = connection_of(session)
        return self._is_watched and connection is not None and connection.cause is None

    async def topic_filtering(
        self,
        *,
        session: Session | None = None,
        topic: str | None = None,
        action: Action | None = None,
    ) -> bool | None:
        """Whether he may do so, as long as he is let in; never neither yes nor no."""
        try:
            return action is not None and await self._may(session, topic or "", _ACTIONS[action])
        except UnansweredError:
            return False
        except Exception:  # noqa: BLE001 -- amqtt would leave the client, or lose the message
            _log.exception("A question failed")
            return False

    async def on_broker_message_received(
        self, *, client_id: str, message: ApplicationMessage | None
    ) -> None:
        """End whoever publishes where nobody can: amqtt hears him no more and does not say so."""
        if message is None or (message.topic and not _NOWHERE.search(message.topic)):
            return
        found = self._sessions.get(client_id)
        connection = None if found is None else connection_of(found[0])
        if connection is not None:
            connection.end(Cause.REFUSED)

    async def _may(self, session: Session | None, topic: str, action: str) -> bool:
        connection = connection_of(session)
        if connection is None or connection.cause is not None or not self._is_watched:
            return False
        if topic.startswith("$"):  # amqtt's own, and shared subscriptions, which it does not know
            return False
        leave = connection.kept(action, topic)
        if leave is None:
            leave = await self._authority.topic(connection.who, action, topic)
            connection.keep(action, topic, leave)
        return leave.allowed and connection.cause is None

    async def _may_have(self, session: Session, topic_filter: str) -> bool:
        return bool(
            await self.topic_filtering(session=session, topic=topic_filter, action=Action.SUBSCRIBE)
        )
