"""The one connection of a process that writes to PostgreSQL."""
# ruff: noqa: S608 -- statements are put together from names of our schema, values are bound

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final, TypeAlias
from uuid import UUID

import psycopg

from tokenhouse.core.moment import Moment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.operations.changes import Drop, Put
from tokenhouse.store import statements as sql
from tokenhouse.store.columns import Row, uuid_of
from tokenhouse.store.committer import Unknown
from tokenhouse.store.gathered import gathered
from tokenhouse.store.head import Head
from tokenhouse.store.postgres.arrays import Byteas
from tokenhouse.store.postgres.bulk import Bulk, Line, Verb, runs
from tokenhouse.store.postgres.connection import cause_of, told
from tokenhouse.store.postgres.session import Connect
from tokenhouse.store.purging import Sweep, purged
from tokenhouse.store.rows import entry_row, event_row, head_of, head_row
from tokenhouse.store.settle import Known, Settlement
from tokenhouse.store.shape import Ref
from tokenhouse.store.tables import TABLES

CHANNEL: Final = "tokenhouse"
"""What a commit is made known on; one for each database."""

# As one message: however a process is stopped, it never holds the lock in the midst of sending.
_BEGIN: Final = f"BEGIN; SELECT FROM head WHERE one = 1 FOR UPDATE; {sql.HEAD_AND_CLOCK}"
_ADVANCE: Final = f"{sql.ADVANCE} RETURNING pg_notify('{CHANNEL}', '')"
_KNOWN: Final = " UNION ALL ".join(
    f"SELECT '{table.name}', id, version, {table.boundary}::bytea FROM {table.name}"
    f" WHERE id = ANY(:{table.name}::bytea[])"
    for table in TABLES.values()
)
_RECORDS: Final = {table.name: record for record, table in TABLES.items()}

Measured: TypeAlias = Callable[[Moment], None]


class PostgresWriter:
    """Fulfils `Writer`: every transaction begins with the row of the head, the writers' lock.

    At READ COMMITTED each statement sees what was committed before it began; so what is read
    behind the lock is the newest. `measured` is told the server's clock each time it was read.
    """

    def __init__(self, connect: Connect, measured: Measured) -> None:
        self._connect = connect
        self._measured = measured
        self._session = connect()
        self._bulk = Bulk(self._session)
        self._head_was = self._head_is = self._transaction = 0
        """By which transaction the head was written when it was looked at or left last, by which
        it is written now, and the present one."""

    def begin(self) -> Head:
        """Take the lock, then read the head; raise Unavailable when it cannot be had in time."""
        with told():
            if not self._session.idle:
                self._renew()
            try:
                return self._begun()
            except psycopg.OperationalError:
                if not self._session.broken:
                    self.rollback()
                    raise
                self._renew()
                return self._begun()

    def _renew(self) -> None:
        self._session.close()
        self._session = self._connect()

    def _begun(self) -> Head:
        _, ((*head, moment, self._head_is, self._transaction),) = self._session.command(_BEGIN)
        self._measured(moment)
        return head_of(head)

    def undisturbed(self) -> bool:
        """By the row of the head, which whoever writes writes as well."""
        before, self._head_was = self._head_was, self._head_is
        return before == self._head_is

    def known(self, refs: Iterable[Ref]) -> dict[Ref, Known]:
        """Read the versions of all these records in one statement."""
        wanted: dict[str, list[bytes]] = {table.name: [] for table in TABLES.values()}
        for record, number in refs:
            wanted[TABLES[record].name].append(number.to_bytes(16, "big"))
        arrays = {name: Byteas.of(ids) for name, ids in wanted.items()}
        with told():
            rows = self._session.rows(_KNOWN, arrays)
        known: dict[Ref, Known] = {}
        for name, record_id, version, organization_id in rows:
            within = None if organization_id is None else uuid_of(organization_id)
            known[_RECORDS[name], int.from_bytes(record_id, "big")] = Known(version, within)
        return known

    def write(self, settled: Settlement) -> None:
        """Carry a settlement out, in its order."""
        with told():
            for verb, table, rows in runs(map(_line, gathered(settled.writes))):
                self._bulk.write(self._session, verb, table, rows)
            events, entries = map(event_row, settled.events), map(entry_row, settled.entries)
            self._bulk.write(self._session, Verb.INSERT, "events", [*events])
            self._bulk.write(self._session, Verb.INSERT, "feed", [*entries])
            self._session.rows(_ADVANCE, head_row(settled.head))

    def commit(self) -> None:
        """Commit with a sync; raise Unknown where the answer is lost."""
        try:
            said, _ = self._session.command("COMMIT")
        except psycopg.Error as error:
            if self._session.broken:
                raise Unknown from None
            self.rollback()
            raise Unavailable(f"the database did not commit: {cause_of(error)}") from None
        if said != b"COMMIT":  # a transaction that failed before is rolled back without an error
            raise Unavailable("the database rolled back instead of committing")
        self._head_was = self._transaction

    def rollback(self) -> None:
        """Leave the transaction; a broken connection has left it, and `begin` replaces it."""
        with suppress(psycopg.Error):
            if not self._session.broken:
                self._session.command("ROLLBACK")

    def committed(self, operation_id: UUID, after: int) -> bool:
        """Look for a batch in the feed on a new connection, once nobody can be committing it."""
        with told():
            self._renew()
            self._begun()
            try:
                wanted: Row = {"operation_id": operation_id.bytes, "after": after}
                return bool(self._session.rows(sql.FEED_HOLDS, wanted))
            finally:
                self.rollback()

    def tidy(self) -> None:
        """Nothing: the server tidies up by itself."""

    def purge(self, now: Moment, kept: Mapping[str, int], limit: int, sweep: Sweep) -> int:
        """Forget what outlived its term, in one transaction; raise Unknown as `commit` does."""
        before = self.begin()
        with self._rolling_back(), told():
            number, head = purged(self._session.rows, before, now, kept, limit, sweep)
            if not number and head == before:
                self.rollback()
                return 0
            self._session.rows(_ADVANCE, head_row(head))
        self.commit()
        return number

    @contextmanager
    def _rolling_back(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.rollback()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._session.close()


def _line(write: Put | Drop) -> Line:
    if isinstance(write, Drop):
        return Line(Verb.DELETE, TABLES[write.record].name, {"id": write.id.bytes})
    table = TABLES[type(write.record)]
    if write.record.version == 1:
        return Line(Verb.INSERT, table.name, table.row_of(write.record))
    return Line(Verb.UPDATE, table.name, table.changed_row_of(write.record))
