"""A few connections that read PostgreSQL, each read in one snapshot."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import Empty, LifoQueue
from typing import Any, Final, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from tokenhouse.core.refusal import Unavailable
from tokenhouse.store.postgres.connection import Connection, cause_of, spoken
from tokenhouse.store.reads import Reading
from tokenhouse.store.tables import Row

T = TypeVar("T")

READERS: Final = 8
"""Connections at most, opened when they are needed; more threads than that wait for one."""
PATIENCE: Final = 2.0
"""Seconds that a thread waits for a connection."""

_SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class _Reading:
    """Fulfils `Reading` on one connection."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Row) -> list[Any]:
        return self._connection.execute(spoken(statement), values, binary=True).fetchall()

    def executemany(self, statement: str, values: Iterable[Row]) -> list[Any]:
        return [row for one in values for row in self.execute(statement, one)]


class Readers:
    """Lends connections to whoever reads. One that broke is opened anew when it is next lent."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._idle: LifoQueue[Connection | None] = LifoQueue()
        for _ in range(READERS - 1):
            self._idle.put(None)
        self._idle.put(connect())

    def read(self, ask: Callable[[Reading], T]) -> T:
        """Run `ask` in one snapshot; raise Unavailable when the database cannot tell."""

        def within(connection: Connection) -> T:
            connection.execute(_SNAPSHOT, prepare=False)
            try:
                return ask(_Reading(connection))
            finally:
                if not connection.broken:
                    connection.execute("ROLLBACK", prepare=False)

        return self._lent(within)

    def once(self, ask: Callable[[Reading], T]) -> T:
        """The same for an `ask` of one statement, which is a snapshot by itself."""
        return self._lent(lambda connection: ask(_Reading(connection)))

    def _lent(self, act: Callable[[Connection], T]) -> T:
        try:
            connection = self._idle.get(timeout=PATIENCE)
        except Empty:
            raise Unavailable("too many reads wait for the database") from None
        try:
            if connection is None:
                connection = self._connect()
            try:
                return act(connection)
            except psycopg.OperationalError:
                if not connection.broken:
                    raise
                # A restart breaks every idle connection: that is no answer to this question.
                connection = self._connect()
                return act(connection)
        except psycopg.Error as error:
            raise Unavailable(f"the database cannot tell: {cause_of(error)}") from None
        finally:
            self._idle.put(_fit(connection))

    def close(self) -> None:
        """Close the connections once they are given back."""
        for _ in range(READERS):
            with suppress(Empty):
                connection = self._idle.get(timeout=PATIENCE)
                if connection is not None:
                    connection.close()


def _fit(connection: Connection | None) -> Connection | None:
    """The connection if it can be lent again: it works, and has left its last snapshot."""
    if connection is None or connection.info.transaction_status is TransactionStatus.IDLE:
        return connection
    connection.close()
    return None
