"""All that an answer could tell by: what is sent, and which statements were run for it."""

from typing import Any, NamedTuple

from conformance.house import House
from conformance.wire import Reply
from tokenhouse.config import REVOCATION_REACH_MS
from tokenhouse.store.versions import Versions


class Seen(NamedTuple):
    """An answer but for its request id, and the SQL that it took."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    statements: tuple[str, ...]

    @property
    def reply(self) -> Reply:
        """The answer alone."""
        return Reply(self.status, self.headers, self.body.encode())


class Statements:
    """Which statements every connection of a house on SQLite runs."""

    def __init__(self, at: House) -> None:
        store: Any = at.switch._store
        # memory is trusted, however long this process did not look at the feed
        store.left_ms = store._followed.left_ms = lambda: REVOCATION_REACH_MS
        self._committer = store._committer
        self._run: list[str] = []
        self._remembered = store._standings, store._tokens, store._clients, store._keys
        idle = store._readers._idle
        for connection in [idle.get() for _ in range(store._readers._open)]:
            connection.set_exec_trace(self._note)
            idle.put(connection)
        store._committer._writer._connection.set_exec_trace(self._note)

    def _note(self, _cursor: object, sql: str, _values: object) -> bool:
        self._run.append(sql)
        return True

    def forget(self) -> None:
        """Begin anew, with nothing remembered that would save a statement."""
        self._run = []
        self._committer._versions = Versions()
        for one in self._remembered:
            one.clear()

    def seen(self, reply: Reply) -> Seen:
        """An answer with the statements that were run since, in one order.

        A commit reads the versions that it guards in any.
        """
        told = tuple(field for field in reply.headers if field[0] != "x-request-id")
        own = reply.header("x-request-id") or ""
        body = reply.body.decode().replace(own, "REQUEST")
        return Seen(reply.status, told, body, tuple(sorted(self._run)))
