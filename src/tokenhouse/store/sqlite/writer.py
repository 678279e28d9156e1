"""The one connection of a process that writes to SQLite."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import Final, TypeAlias
from uuid import UUID

import apsw

from tokenhouse.core.moment import Moment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.operations.changes import Drop, Put, Record
from tokenhouse.store import statements as sql
from tokenhouse.store.columns import Column, Row, uuid_of
from tokenhouse.store.committer import Broken, Taken, Unknown
from tokenhouse.store.gathered import gathered
from tokenhouse.store.head import Head
from tokenhouse.store.purging import Sweep, purged
from tokenhouse.store.rows import entry_row, event_row, head_of, head_row
from tokenhouse.store.settle import Known, Settlement
from tokenhouse.store.shape import Ref
from tokenhouse.store.tables import TABLES

MAX_CACHE_BYTES: Final = 8 * 1024 * 1024
"""So much of the database is kept in memory for writing: the indexes are met all over.

More costs more than it saves: at a commit SQLite walks through all of it.
"""
CHECKPOINT_PAGES: Final = 2500
"""A log of so many pages is copied into the database between two batches."""
RESTART_PAGES: Final = 8000
"""A log of so many pages waits for its readers, so that it starts again from its beginning."""

_UNIQUE: Final = frozenset({apsw.SQLITE_CONSTRAINT_UNIQUE, apsw.SQLITE_CONSTRAINT_PRIMARYKEY})
_ONE: Final = 1

_Bound: TypeAlias = Row | tuple[Column, ...]
"""What is written by name; or, with far less work, in the order in which a statement names it."""


class SqliteWriter:
    """Fulfils `Writer`. Syncs at every commit, and checkpoints by itself, where errors are seen.

    SQLite's own checkpoints swallow the error of a failed sync.
    """

    def __init__(self, connect: Callable[[], apsw.Connection]) -> None:
        self._connect = connect
        self._pages = 0
        self._data_version: int | None = None
        self._connection = self._opened()

    def _opened(self) -> apsw.Connection:
        connection = self._connect()
        self._data_version = None  # each connection has numbers of its own
        for pragma in (
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            "wal_autocheckpoint = 0",
            f"cache_size = -{MAX_CACHE_BYTES // 1024}",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        connection.set_wal_hook(self._note_pages)
        return connection

    def _note_pages(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._pages = pages
        return apsw.SQLITE_OK

    def begin(self) -> Head:
        """Take the write lock, then read the head; raise Unavailable when others hold the lock."""
        with _told():
            if self._connection.in_transaction:
                self._connection = self._opened()
            self._connection.execute("BEGIN IMMEDIATE")
            (row,) = self._connection.execute(sql.HEAD).fetchall()
        return head_of(row)

    def undisturbed(self) -> bool:
        """By a number that is another one after whatever another connection committed."""
        before = self._data_version
        with _told():
            self._data_version = self._connection.execute("PRAGMA data_version").get
        return self._data_version == before

    def known(self, refs: Iterable[Ref]) -> dict[Ref, Known]:
        """Look every record up by its key: nobody else writes meanwhile, so one by one is right."""
        wanted: defaultdict[type[Record], list[bytes]] = defaultdict(list)
        for record, number in refs:
            wanted[record].append(number.to_bytes(16, "big"))
        known: dict[Ref, Known] = {}
        with _told():
            for record, ids in wanted.items():
                for row in self._connection.executemany(TABLES[record].known, zip(ids)):
                    record_id, version, organization_id = row
                    known[record, int.from_bytes(record_id, "big")] = Known(
                        version, uuid_of(organization_id) if organization_id is not None else None
                    )
        return known

    def write(self, settled: Settlement) -> None:
        """Carry a settlement out, in its order."""
        with _told():
            lines_in_order = map(_line, gathered(settled.writes))
            for statement, lines in groupby(lines_in_order, key=lambda line: line[0]):
                self._many(statement, (row for _, row in lines))
            self._many(sql.EVENTS_ADD, (tuple(event_row(one).values()) for one in settled.events))
            self._many(sql.FEED_ADD, (tuple(entry_row(one).values()) for one in settled.entries))
            self._connection.execute(sql.ADVANCE, head_row(settled.head))

    def _many(self, statement: str, rows: Iterable[_Bound]) -> None:
        self._connection.executemany(statement, rows)

    def commit(self) -> None:
        """Commit with a sync. SQLite takes a commit back that found the disk full or a lock."""
        try:
            self._connection.execute("COMMIT")
        except apsw.IOError as cause:
            raise Broken("a sync failed") from cause
        except (apsw.FullError, apsw.BusyError) as cause:
            self.rollback()
            raise Unavailable("the database is full or locked") from cause
        except apsw.Error as cause:
            raise Unknown from cause

    def rollback(self) -> None:
        """Leave the transaction; a connection that cannot is replaced by the next `begin`."""
        with suppress(apsw.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def committed(self, operation_id: UUID, after: int) -> bool:
        """Look for a batch in the feed, on a new connection."""
        with _told():
            self._connection = self._opened()
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                wanted = {"operation_id": operation_id.bytes, "after": after}
                return bool(self._connection.execute(sql.FEED_HOLDS, wanted).fetchall())
            finally:
                self._connection.execute("ROLLBACK")

    def tidy(self) -> None:
        """Copy a long log into the database."""
        if self._pages < CHECKPOINT_PAGES:
            return
        passive = self._pages < RESTART_PAGES
        mode = apsw.SQLITE_CHECKPOINT_PASSIVE if passive else apsw.SQLITE_CHECKPOINT_RESTART
        try:
            self._connection.wal_checkpoint(mode=mode)
        except apsw.IOError as cause:
            raise Broken("a sync failed") from cause
        except apsw.Error:
            pass  # busy, or the disk is full: the log is still whole, and the next batch tries
        self._pages = 0

    def purge(self, now: Moment, kept: Mapping[str, int], limit: int, sweep: Sweep) -> int:
        """Forget what outlived its term, in one transaction; write nothing where nothing did."""
        before = self.begin()
        try:
            with _told():
                number, head = purged(
                    lambda statement, values: self._connection.execute(
                        statement, values
                    ).fetchall(),
                    before,
                    now,
                    kept,
                    limit,
                    sweep,
                )
                if not number and head == before:
                    self.rollback()
                    return 0
                self._connection.execute(sql.ADVANCE, head_row(head))
        except BaseException:
            self.rollback()
            raise
        self.commit()
        return number

    def close(self) -> None:
        """Close the connection; the last one of all copies the log into the database."""
        self._connection.close()


def _line(write: Put | Drop) -> tuple[str, _Bound]:
    if isinstance(write, Drop):
        return TABLES[write.record].delete, {"id": write.id.bytes}
    table = TABLES[type(write.record)]
    if write.record.version == _ONE:
        return table.insert, table.values_of(write.record)
    return table.update_of(write.record, write.before)


@contextmanager
def _told() -> Iterator[None]:
    """Say an engine's error in the committer's words."""
    try:
        yield
    except apsw.ConstraintError as error:
        if getattr(error, "extendedresult", 0) in _UNIQUE:
            raise Taken from error
        raise ValueError(f"the schema refuses a record: {error}") from error
    except apsw.MismatchError as error:
        raise ValueError(f"the schema refuses a record: {error}") from error
    except apsw.Error as error:
        raise Unavailable("the database cannot tell") from error
