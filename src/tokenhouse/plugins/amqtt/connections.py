"""Who was let in, by what, and what is known of him since."""

import logging
from collections.abc import Iterator
from enum import StrEnum
from time import monotonic
from typing import Any, Final

from amqtt.adapters import WriterAdapter
from amqtt.session import Session

from tokenhouse.plugins.amqtt.authority import Admission, Credential, Leave

_log: Final = logging.getLogger(__name__)

_KEY: Final = "tokenhouse.connection"
"""Under which amqtt's session says whose it is."""
_KEPT: Final = 256
"""Answers about topics that are kept of one connection."""
_REACH: Final = 1.1
"""Seconds after which every process of the authority knows what one of them changed, and some."""


class Cause(StrEnum):
    """Why a connection was ended."""

    REFUSED = "refused"
    EXPIRED = "expired"
    UNCONFIRMED = "unconfirmed"
    """Nobody could be asked about it for too long."""
    TAKEN_OVER = "taken_over"
    """Somebody connected under the same name."""


class Connection:
    """One client's connection, and what was said about it.

    `look_at`: when to ask about it again (monotonic), None: not until something is touched.
    """

    def __init__(
        self,
        who: Credential,
        admission: Admission,
        writer: WriterAdapter,
        will_topic: str | None,
    ) -> None:
        self.who = who
        self.subject = admission.subject
        self.rests_on = admission.rests_on
        self.ends_at = None if admission.left is None else admission.sent + admission.left
        self.confirmed_at = admission.sent
        self.cause: Cause | None = None
        self.will_topic = will_topic
        self.look_at: float | None = None
        self._settles_at = 0.0
        self._session: Session | None = None
        self._writer = writer
        self._answers: dict[tuple[str, str], Leave] = {}
        self.touch()

    def touch(self) -> None:
        """Ask about it at once, and about a will once more.

        Who may stay is told from what is kept; what he may do on a topic may be told from memory.
        """
        self.look_at = monotonic()
        self._settles_at = self.look_at + (0 if self.will_topic is None else _REACH)
        self._answers.clear()

    def confirm(self, admission: Admission) -> None:
        """Keep a yes."""
        self.rests_on = admission.rests_on
        self.ends_at = None if admission.left is None else admission.sent + admission.left
        self.confirmed_at = admission.sent
        self.look_at = None if admission.sent >= self._settles_at else self._settles_at

    def belongs_to(self, session: Session) -> None:
        """Say so in amqtt's session, which may be an older one that goes on."""
        session.attributes[_KEY] = self
        self._session = session

    def kept(self, action: str, topic: str) -> Leave | None:
        """The answer to the same question, while it is good."""
        leave = self._answers.get((action, topic))
        return leave if leave is not None and monotonic() < leave.until else None

    def keep(self, action: str, topic: str, leave: Leave) -> None:
        """Keep an answer."""
        if len(self._answers) >= _KEPT:
            self._answers.clear()
        self._answers[action, topic] = leave

    @property
    def is_open(self) -> bool:
        """Whether somebody may still be at the other end."""
        transport = _transport(self._writer)
        return transport is not None and not transport.is_closing()

    def end(self, cause: Cause) -> None:
        """End it now, whatever waits to be sent; the rest amqtt does as for a line that broke.

        Its will is published only where it just had to make way: from then on others may not.
        """
        if self.cause is not None:
            return
        self.cause = cause
        if cause is not Cause.TAKEN_OVER and self._session is not None:
            self._session.will_flag = False
        transport = _transport(self._writer)
        if transport is not None:
            transport.abort()
        _log.info("%r of %s was ended: %s", self.who.client_id, self.subject, cause)


def _transport(writer: WriterAdapter) -> Any:
    inner = getattr(writer, "_writer", None) or getattr(writer, "_protocol", None)
    return getattr(inner, "transport", None)


def connection_of(session: Session | None) -> Connection | None:
    """Who was let in with what amqtt keeps as this session; None: nobody."""
    found = None if session is None else session.attributes.get(_KEY)
    return found if isinstance(found, Connection) else None


class Connections:
    """All that are there, by the name that they have at the broker."""

    def __init__(self) -> None:
        self._by_name: dict[str, Connection] = {}

    def add(self, name: str, connection: Connection) -> None:
        """Somebody came; whoever had the name has to leave."""
        before = self._by_name.get(name)
        if before is not None and before is not connection:
            before.end(Cause.TAKEN_OVER)
        self._by_name[name] = connection

    def __iter__(self) -> Iterator[Connection]:
        """Those that are still there."""
        for name, connection in list(self._by_name.items()):
            if connection.cause is not None or not connection.is_open:
                self._by_name.pop(name, None)
            else:
                yield connection
