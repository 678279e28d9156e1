"""Counts guesses in an SQLite file of its own that is never synced."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import apsw

from tokenhouse.core.moment import Moment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.store import attempts
from tokenhouse.store.sqlite.file import beside, connect, make_file, use_log

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS attempts (
    key BLOB PRIMARY KEY, free_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS attempts_free_at ON attempts (free_at);
"""
_READ: Final = "SELECT free_at FROM attempts WHERE key = :key"
_WRITE: Final = """
INSERT INTO attempts (key, free_at) VALUES (:key, :free_at)
ON CONFLICT (key) DO UPDATE SET free_at = excluded.free_at
"""
_GIVE_BACK: Final = "UPDATE attempts SET free_at = free_at - :interval WHERE key = :key"
_COUNT: Final = "SELECT count(*) FROM attempts"
_FORGET: Final = """
DELETE FROM attempts WHERE key IN (SELECT key FROM attempts ORDER BY free_at LIMIT :number)
"""


@cache
def _look(keys: int) -> str:
    return f"SELECT key, free_at FROM attempts WHERE key IN ({', '.join('?' * keys)})"  # noqa: S608


def _opened(path: Path) -> apsw.Connection:
    make_file(path)
    connection = connect(path)
    use_log(connection)
    connection.execute("PRAGMA synchronous = OFF").fetchall()
    if (found := connection.execute("PRAGMA quick_check").get) != "ok":
        raise apsw.CorruptError(str(found))
    connection.execute(_SCHEMA)
    return connection


@contextmanager
def _alone(connection: apsw.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


class SqliteAttempts:
    """Fulfils `Attempts` for all processes over one directory, in a file that is never synced."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._added = 0
        try:
            self._connection = _opened(path)
        except (apsw.CorruptError, apsw.NotADBError):  # a power cut may do that, and it is no loss
            for name in (path, *beside(path)):
                name.unlink(missing_ok=True)
            self._connection = _opened(path)

    def take(self, key: bytes, burst: int, interval: int, now: Moment) -> int:
        """Count one attempt; give the microseconds to wait until it would be allowed."""
        with self._lock:
            try:
                return self._take(key, burst, interval, now)
            except apsw.Error as error:
                raise Unavailable("attempts cannot be counted") from error

    def _take(self, key: bytes, burst: int, interval: int, now: Moment) -> int:
        with _alone(self._connection):
            rows: list[Any] = self._connection.execute(_READ, {"key": key}).fetchall()
            free_at = rows[0][0] if rows else 0
            wait, free_at = attempts.counted(free_at, burst, interval, now)
            self._connection.execute(_WRITE, {"key": key, "free_at": free_at})
            if not rows:
                self._added += 1
                self._forget()
            return wait

    def _forget(self) -> None:
        if self._added % attempts.LOOKS_AT_EVERY:
            return  # counting rows costs more than everything else here
        number: Any = self._connection.execute(_COUNT).get
        if number > attempts.MOST_KEYS:
            self._connection.execute(_FORGET, {"number": attempts.FORGOTTEN_AT_ONCE})

    def waits(self, asked: tuple[tuple[bytes, int, int], ...], now: Moment) -> list[int]:
        """What `take` would give for each key, burst and interval."""
        keys = tuple(key for key, _, _ in asked)
        with self._lock:
            try:
                rows: list[Any] = self._connection.execute(_look(len(asked)), keys).fetchall()
            except apsw.Error as error:
                raise Unavailable("attempts cannot be counted") from error
        free_at = dict(rows)
        return [
            attempts.counted(free_at.get(key, 0), burst, interval, now).wait
            for key, burst, interval in asked
        ]

    def give_back(self, key: bytes, interval: int) -> None:
        """Take back one counted attempt."""
        with self._lock:
            try:
                self._connection.execute(_GIVE_BACK, {"key": key, "interval": interval})
            except apsw.Error as error:
                raise Unavailable("attempts cannot be counted") from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
