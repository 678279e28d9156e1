"""Keeps how often tokens were presented in an SQLite file of its own.

Its log is never synced at a commit: a power cut takes the last batches with it, and leaves the
rest whole. It is another file than that of the records, so that no commit waits for a batch, and
another than that of the guesses, which is not worth keeping.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, Final, TypeVar
from uuid import UUID

import apsw
import msgspec

from tokenhouse.core.moment import DAY, Moment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.usage import Batch, Count, Usage, day_of, over_days, over_hours
from tokenhouse.store import usage as sql
from tokenhouse.store.sqlite.file import beside, connect, make_file, use_log

T = TypeVar("T")

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS usage_hours (
    token_id BLOB NOT NULL, hour INTEGER NOT NULL, outcome TEXT NOT NULL, uses INTEGER NOT NULL,
    PRIMARY KEY (token_id, hour, outcome)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS usage_hours_hour ON usage_hours (hour);
CREATE TABLE IF NOT EXISTS usage_days (
    token_id BLOB NOT NULL, day INTEGER NOT NULL, outcome TEXT NOT NULL, uses INTEGER NOT NULL,
    PRIMARY KEY (token_id, day, outcome)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS usage_days_day ON usage_days (day);
CREATE TABLE IF NOT EXISTS last_uses (
    id BLOB PRIMARY KEY, used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS usage_batches (
    process_id BLOB PRIMARY KEY, number INTEGER NOT NULL, moment INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
_ADD: Final = """
INSERT INTO usage_hours VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET uses = uses + excluded.uses
"""
_LAST: Final = """
INSERT INTO last_uses VALUES (?, ?)
ON CONFLICT DO UPDATE SET used_at = max(used_at, excluded.used_at)
"""
_OVER: Final = """
SELECT token_id, hour, outcome, uses FROM usage_hours WHERE hour <= ?
 ORDER BY hour, token_id, outcome LIMIT ?
"""
_GONE: Final = "DELETE FROM usage_hours WHERE token_id = ? AND hour = ? AND outcome = ?"
_FORGET: Final = (
    "DELETE FROM usage_hours WHERE token_id = :id",
    "DELETE FROM usage_days WHERE token_id = :id",
    "DELETE FROM last_uses WHERE id = :id",
)
# Thousands of ids come as one value: a statement of so many would be another for each number.
_LOOK: Final = """
SELECT j.key, u.used_at FROM json_each(:ids) j CROSS JOIN last_uses u ON u.id = unhex(j.value, '-')
"""
_DAYS: Final = sql.days_since("IN (SELECT unhex(value, '-') FROM json_each(:ids))")
_INTO_DAY: Final = """
INSERT INTO usage_days VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET uses = uses + excluded.uses
"""


def _listed(ids: tuple[UUID, ...]) -> str:
    return msgspec.json.encode(ids).decode()


def _opened(path: Path) -> apsw.Connection:
    make_file(path)
    connection = connect(path)
    use_log(connection)
    connection.execute("PRAGMA synchronous = NORMAL").fetchall()
    connection.execute(_SCHEMA)
    return connection


class SqliteUsage:
    """Fulfils `UsageStore` for all processes over one directory."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._reading = Lock()
        try:
            self._connection = _opened(path)
        except (apsw.CorruptError, apsw.NotADBError):  # better no history than no server
            for name in (path, *beside(path)):
                name.unlink(missing_ok=True)
            self._connection = _opened(path)
        self._reader = connect(path)

    def add(self, batch: Batch) -> None:
        """Add what a process counted, if it was not added before."""
        numbered = {
            "process": batch.process_id.bytes,
            "number": batch.number,
            "moment": batch.moment,
        }
        hours = [(one.token_id.bytes, one.hour, one.outcome.value, one.uses) for one in batch.uses]
        last = [(one.bytes, at) for one, at in batch.last_uses()]

        def add(connection: apsw.Connection) -> None:
            if connection.execute(sql.NUMBERED, numbered).fetchall():
                connection.executemany(_ADD, hours).fetchall()
                connection.executemany(_LAST, last).fetchall()

        self._alone(add)

    def last_used(self, ids: tuple[UUID, ...]) -> Mapping[UUID, Moment]:
        """When each of these was accepted last."""
        rows = self._read(_LOOK, {"ids": _listed(ids)})
        return {ids[place]: at for place, at in rows}

    def usage_of(self, token_id: UUID) -> Usage:
        """All that is kept of one token; one statement is one snapshot."""
        return sql.usage_of(self._read(sql.OF_TOKEN, {"token": token_id.bytes}))

    def days_since(self, ids: tuple[UUID, ...], since: Moment) -> Mapping[UUID, tuple[Count, ...]]:
        """What is kept of each of these by the day; one statement is one snapshot."""
        asked = {"ids": _listed(ids), "since": since, "length": DAY}
        return sql.days_of(self._read(_DAYS, asked))

    def roll(self, now: Moment, limit: int) -> int:
        """Make days of hours that are over, and forget days that are."""

        def roll(connection: apsw.Connection) -> int:
            over: list[Any] = connection.execute(_OVER, (over_hours(now), limit)).fetchall()
            into = [(token, day_of(hour), outcome, uses) for token, hour, outcome, uses in over]
            connection.executemany(_INTO_DAY, into).fetchall()
            connection.executemany(_GONE, [row[:3] for row in over]).fetchall()
            horizon = {"horizon": over_days(now), "limit": limit}
            gone = connection.execute(sql.OVER_DAYS, horizon).fetchall()
            connection.execute(sql.OVER_BATCHES, {"horizon": over_days(now)}).fetchall()
            return len(over) + len(gone)

        return self._alone(roll)

    def used_after(self, last: UUID | None, limit: int) -> tuple[UUID, ...]:
        """Ids of which a last use is kept, in their order."""
        asked = {"last": b"" if last is None else last.bytes, "limit": limit}
        rows = self._read(sql.AFTER, asked)
        return tuple(UUID(bytes=one) for (one,) in rows)

    def forget(self, ids: tuple[UUID, ...]) -> None:
        """Forget all that is kept of these."""
        gone = [{"id": one.bytes} for one in ids]

        def forget(connection: apsw.Connection) -> None:
            for statement in _FORGET:
                connection.executemany(statement, gone).fetchall()

        self._alone(forget)

    def _alone(self, act: Callable[[apsw.Connection], T]) -> T:
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    done = act(self._connection)
                    self._connection.execute("COMMIT")
                except BaseException:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise
            except apsw.Error as error:
                raise Unavailable("usage cannot be written") from error
            return done

    def _read(self, statement: str, values: Any) -> list[Any]:
        with self._reading:
            try:
                return self._reader.execute(statement, values).fetchall()
            except apsw.Error as error:
                raise Unavailable("usage cannot be read") from error

    def close(self) -> None:
        """Close the file."""
        with self._lock, self._reading:
            self._reader.close()
            self._connection.close()
