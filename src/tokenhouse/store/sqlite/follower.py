"""Follows what other processes commit to the file: SQLite tells a connection that it changed."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Any, Final

import apsw
import structlog

from tokenhouse.clock import uptime
from tokenhouse.store import statements as sql
from tokenhouse.store.followed import Followed
from tokenhouse.store.rows import entry_of

LOOK_SECONDS: Final = 0.05
"""How long what another process commits stays unseen at most, while this one runs."""
ENTRIES: Final = 1000

_CHANGED: Final = "PRAGMA data_version"
_HEAD: Final = "SELECT sequence, feed_floor FROM head WHERE one = 1"

_log = structlog.get_logger(__name__)


class Follower:
    """Looks at the file on a thread of its own, over a connection of its own.

    Where it cannot look nothing is confirmed, and soon nothing is taken from memory any more.
    """

    def __init__(self, connect: Callable[[], apsw.Connection]) -> None:
        self._connection = connect()
        self._version: Any = None
        (((sequence, _),)) = self._rows(_HEAD)
        self.followed = Followed(sequence)
        self._stopping = Event()
        self._thread = Thread(target=self._work, name="follower", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._stopping.set()
        self._thread.join()
        self._connection.close()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._look()
            except apsw.Error as error:
                _log.warning("the store's feed cannot be followed", cause=str(error))
            self._stopping.wait(LOOK_SECONDS)

    def _look(self) -> None:
        began = uptime()
        version = self._rows(_CHANGED)
        if version != self._version:
            self._catch_up()
            self._version = version
        self.followed.confirmed(began)

    def _catch_up(self) -> None:
        followed, known = self.followed, self.followed.sequence
        ((head, floor),) = self._rows(_HEAD)
        if head < known:
            followed.went_back()
        if followed.sequence < floor:
            followed.lost(head)
        while followed.sequence < head:
            wanted = {"after": followed.sequence, "limit": ENTRIES}
            followed.applied(map(entry_of, self._rows(sql.FEED, wanted)))

    def _rows(self, statement: str, values: dict[str, int] | None = None) -> list[Any]:
        return self._connection.execute(statement, values or {}).fetchall()
