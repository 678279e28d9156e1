"""A few connections that read SQLite, each read in one snapshot."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Final, TypeVar

import apsw

from tokenhouse.core.refusal import Unavailable
from tokenhouse.store.columns import Row
from tokenhouse.store.reads import Reading
from tokenhouse.store.turns import taken

T = TypeVar("T")

READERS: Final = 4
"""Connections; more threads than that wait for one."""


class _Reading:
    """Fulfils `Reading`. Rows are fetched whole: none is read after its snapshot has ended."""

    __slots__ = ("_connection",)

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Row) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()

    def executemany(self, statement: str, values: Iterable[Row]) -> list[Any]:
        return self._connection.executemany(statement, values).fetchall()


class Readers:
    """Lends connections to whoever reads."""

    def __init__(self, connect: Callable[[], apsw.Connection]) -> None:
        self._open = READERS
        self._idle: SimpleQueue[apsw.Connection] = SimpleQueue()
        for _ in range(READERS):
            connection = connect()
            connection.execute("PRAGMA query_only = ON").fetchall()
            self._idle.put(connection)

    def read(self, ask: Callable[[Reading], T]) -> T:
        """Run `ask` in one snapshot; raise Unavailable when the database cannot tell.

        A connection that cannot leave its snapshot refuses to begin another one: nothing is ever
        read from a snapshot that is not of this call.
        """

        def within(connection: apsw.Connection) -> T:
            connection.execute("BEGIN")
            try:
                return ask(_Reading(connection))
            finally:
                connection.execute("COMMIT")

        return self._lent(within)

    def once(self, ask: Callable[[Reading], T]) -> T:
        """The same for an `ask` of one statement, which is a snapshot by itself."""

        def within(connection: apsw.Connection) -> T:
            if connection.in_transaction:
                raise Unavailable("a connection did not leave its last snapshot")
            return ask(_Reading(connection))

        return self._lent(within)

    def _lent(self, ask: Callable[[apsw.Connection], T]) -> T:
        connection = taken(self._idle)
        try:
            return ask(connection)
        except apsw.Error as error:
            with suppress(apsw.Error):
                connection.execute("ROLLBACK")
            raise Unavailable("the database cannot tell") from error
        finally:
            self._idle.put(connection)

    def close(self) -> None:
        """Close the connections once they are given back."""
        for _ in range(self._open):
            with suppress(Unavailable):
                taken(self._idle).close()
        self._open = 0
