"""Follows what other processes commit: a notification at once, and a look behind it anyway."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Final

import psycopg
import structlog

from tokenhouse.clock import uptime
from tokenhouse.config import REVOCATION_REACH_MS
from tokenhouse.core.moment import Moment
from tokenhouse.operations.changes import FeedEntry
from tokenhouse.store import statements as sql
from tokenhouse.store.followed import Followed
from tokenhouse.store.postgres.connection import cause_of
from tokenhouse.store.postgres.session import Connect, Session
from tokenhouse.store.postgres.writer import CHANNEL
from tokenhouse.store.rows import entry_of

LOOK_SECONDS: Final = REVOCATION_REACH_MS / 1000 / 5
"""A lost notification delays what it told of by so much at most."""
PAUSE_SECONDS: Final = 0.01
"""Notifications that follow each other closer are answered by one look."""
ENTRIES: Final = 1000

_COLUMNS: Final = "sequence, moment, clock_accepted, feed_floor"
_LOOK: Final = f"SELECT {_COLUMNS}, ({sql.CLOCK}) FROM head WHERE one = 1"  # noqa: S608 -- ours

_log = structlog.get_logger(__name__)


class Follower:
    """Looks at the head on a thread of its own, over a connection of its own.

    `seen` is told the moment of the last commit, the sequence of the last acceptance and the
    server's clock at every look; `followed` the entries behind the last look, and `applied`,
    where somebody listens. Own commits may be among them.
    """

    def __init__(
        self,
        connect: Connect,
        seen: Callable[[Moment, int, Moment], None],
        lost: Callable[[Exception], None],
    ) -> None:
        self.applied: Callable[[tuple[FeedEntry, ...]], None] | None = None
        self._connect = connect
        self._seen = seen
        self._lost = lost
        self._stopping = Event()
        self._session = self._opened()
        self.followed = Followed(self._looked()[0])
        self._thread = Thread(target=self._work, name="follower", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._stopping.set()
        self._thread.join()
        self._session.close()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._session.await_notification(LOOK_SECONDS)
                self._look()
            except psycopg.Error as error:
                _log.warning("the store's feed cannot be followed", cause=cause_of(error))
                self._reopen()
            except Exception as cause:  # noqa: BLE001 -- who was not told must not go on
                _log.exception("what others committed could not be applied")
                self._lost(cause)
                return
            self._stopping.wait(PAUSE_SECONDS)

    def _look(self) -> None:
        followed, began, known = self.followed, uptime(), self.followed.sequence
        head, floor = self._looked()
        if head < known:
            followed.went_back()
        if followed.sequence < floor:
            if self.applied is not None:
                raise LookupError("the feed was forgotten before it was followed")
            followed.lost(head)
        while followed.sequence < head:
            wanted = {"after": followed.sequence, "limit": ENTRIES}
            entries = tuple(map(entry_of, self._session.rows(sql.FEED, wanted)))
            followed.applied(entries)
            if self.applied is not None:
                self.applied(entries)
        followed.confirmed(began)

    def _looked(self) -> tuple[int, int]:
        """The last sequence, and the last one that the feed forgot."""
        ((sequence, moment, accepted, floor, clock),) = self._session.rows(_LOOK, {})
        self._seen(moment, accepted, clock)
        return sequence, floor

    def _opened(self) -> Session:
        session = self._connect()
        session.command(f"LISTEN {CHANNEL}")
        return session

    def _reopen(self) -> None:
        self._session.close()
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                self._session = self._opened()
            except psycopg.Error:
                continue
            return
