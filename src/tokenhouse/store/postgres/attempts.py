"""Counts guesses in a table whose commits are never waited for."""

from collections.abc import Callable
from threading import Lock
from typing import Any, Final, TypeVar

import psycopg

from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import Moment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.store import attempts
from tokenhouse.store.opening import CannotOpen
from tokenhouse.store.postgres.connection import Connection, cause_of, connect

T = TypeVar("T")

_ADD: Final = "INSERT INTO attempts (key, free_at) VALUES (%(key)s, 0) ON CONFLICT DO NOTHING"
_READ: Final = "SELECT free_at FROM attempts WHERE key = %(key)s FOR UPDATE"
_LOOK: Final = "SELECT key, free_at FROM attempts WHERE key = ANY(%(keys)s)"
_WRITE: Final = "UPDATE attempts SET free_at = %(free_at)s WHERE key = %(key)s"
_GIVE_BACK: Final = "UPDATE attempts SET free_at = free_at - %(interval)s WHERE key = %(key)s"
_COUNT: Final = "SELECT count(*) FROM attempts"
_FORGET: Final = """
DELETE FROM attempts WHERE key IN (
    SELECT key FROM attempts ORDER BY free_at LIMIT %(number)s FOR UPDATE SKIP LOCKED
)
"""


class PostgresAttempts:
    """Fulfils `Attempts` for all processes over one database.

    The schema is there once the store was opened. Raises CannotOpen when it cannot be reached.
    """

    def __init__(self, url: Secret) -> None:
        self._url = url
        self._lock = Lock()
        self._added = 0
        try:
            self._connection = self._opened()
        except psycopg.Error as error:
            raise CannotOpen(f"The database cannot be opened: {cause_of(error)}") from None

    def _opened(self) -> Connection:
        return connect(self._url, durable=False)

    def take(self, key: bytes, burst: int, interval: int, now: Moment) -> int:
        """Count one attempt; give the microseconds to wait until it would be allowed."""

        def counted(connection: Connection) -> int:
            with connection.transaction():
                self._added += connection.execute(_ADD, {"key": key}).rowcount
                row: Any = connection.execute(_READ, {"key": key}).fetchone()
                taken = attempts.counted(row[0] if row else 0, burst, interval, now)
                connection.execute(_WRITE, {"key": key, "free_at": taken.free_at})
            self._forget(connection)
            return taken.wait

        return self._alone(counted)

    def _forget(self, connection: Connection) -> None:
        if self._added < attempts.LOOKS_AT_EVERY:
            return  # counting rows costs more than everything else here
        self._added = 0
        row: Any = connection.execute(_COUNT).fetchone()
        if row[0] > attempts.MOST_KEYS:
            connection.execute(_FORGET, {"number": attempts.FORGOTTEN_AT_ONCE})

    def waits(self, asked: tuple[tuple[bytes, int, int], ...], now: Moment) -> list[int]:
        """What `take` would give for each key, burst and interval."""
        keys = [key for key, _, _ in asked]
        rows: list[Any] = self._alone(
            lambda connection: connection.execute(_LOOK, {"keys": keys}).fetchall()
        )
        free_at = {bytes(key): moment for key, moment in rows}
        return [
            attempts.counted(free_at.get(key, 0), burst, interval, now).wait
            for key, burst, interval in asked
        ]

    def give_back(self, key: bytes, interval: int) -> None:
        """Take back one counted attempt."""
        values = {"key": key, "interval": interval}
        self._alone(lambda connection: connection.execute(_GIVE_BACK, values))

    def _alone(self, act: Callable[[Connection], T]) -> T:
        with self._lock:
            try:
                if self._connection.broken:
                    self._connection = self._opened()
                try:
                    return act(self._connection)
                except psycopg.Error:  # of several classes, where the server ended the connection
                    if not self._connection.broken:
                        raise
                    self._connection = self._opened()
                    return act(self._connection)
            except psycopg.Error as error:
                raise Unavailable(f"attempts cannot be counted: {cause_of(error)}") from None

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._connection.close()
