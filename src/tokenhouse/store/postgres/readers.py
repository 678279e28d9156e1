"""A few connections that read PostgreSQL, each read in one snapshot."""

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Unavailable
from tokenhouse.store.postgres.connection import Connection, cause_of, conninfo, prepare, spoken
from tokenhouse.store.reads import Reading
from tokenhouse.store.tables import Row

T = TypeVar("T")

READERS: Final = 8
"""Connections at most; more threads than that wait for one."""
PATIENCE: Final = 2.0
"""Seconds that a thread waits for a connection."""

_SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class _BrokenOff(Exception):  # noqa: N818 -- named for what is the case
    """The connection is no more; another one may tell."""


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
    """Lends connections to whoever reads, and replaces those that a restart has broken."""

    def __init__(self, url: Secret) -> None:
        self._pool = ConnectionPool(
            conninfo(url),
            min_size=1,
            max_size=READERS,
            timeout=PATIENCE,
            kwargs={"autocommit": True},
            configure=prepare,
            open=True,
        )

    def read(self, ask: Callable[[Reading], T]) -> T:
        """Run `ask` in one snapshot; raise Unavailable when the database cannot tell."""

        def within(connection: Connection) -> T:
            connection.execute(_SNAPSHOT)
            try:
                return ask(_Reading(connection))
            finally:
                if not connection.broken:
                    connection.execute("ROLLBACK")

        return self._lent(within)

    def once(self, ask: Callable[[Reading], T]) -> T:
        """The same for an `ask` of one statement, which is a snapshot by itself."""
        return self._lent(lambda connection: ask(_Reading(connection)))

    def _lent(self, act: Callable[[Connection], T]) -> T:
        try:
            try:
                return self._with_one(act)
            except _BrokenOff:
                # A restart breaks every idle connection at once: look at them all, ask once more.
                self._pool.check()
                return self._with_one(act)
        except PoolTimeout:
            raise Unavailable("the database cannot be reached, or too many reads wait") from None
        except _BrokenOff:
            raise Unavailable("the database broke off") from None
        except psycopg.Error as error:
            raise Unavailable(f"the database cannot tell: {cause_of(error)}") from None

    def _with_one(self, act: Callable[[Connection], T]) -> T:
        connection = self._pool.getconn()
        try:
            return act(connection)
        except psycopg.OperationalError:
            if connection.broken:
                raise _BrokenOff from None
            raise
        finally:
            self._pool.putconn(connection)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()
