"""The store in a PostgreSQL database, shared by all processes that are pointed at it."""

from collections.abc import Mapping
from typing import Final, Protocol

import psycopg

from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import Moment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.standing import Found
from tokenhouse.operations.changes import Change, Committed, Conflict
from tokenhouse.operations.ports import Clock, Entropy
from tokenhouse.sharing import Work
from tokenhouse.store.columns import Row
from tokenhouse.store.committer import Committer, Unknown
from tokenhouse.store.followed import Applied
from tokenhouse.store.found import CONDITIONS, FOUND_WITH_GROUPS, IN_ORDER, found_row, groups_of
from tokenhouse.store.opening import CannotOpen
from tokenhouse.store.postgres.connection import cause_of, connect
from tokenhouse.store.postgres.follower import Follower
from tokenhouse.store.postgres.readers import Readers
from tokenhouse.store.postgres.schema import clock_of, migrate, refuse_unfit
from tokenhouse.store.postgres.session import Connect, Session
from tokenhouse.store.postgres.writer import PostgresWriter
from tokenhouse.store.purging import Sweep
from tokenhouse.store.reads import Reads

_FOUND: Final = {one: FOUND_WITH_GROUPS + one + IN_ORDER for one in CONDITIONS}


class FollowingClock(Clock, Protocol):
    """A clock that is told what the server's says."""

    def measured(self, moment: Moment) -> None:
        """Take what the server's clock said just now."""

    def hold_floor(self, moment: Moment, accepted: int) -> None:
        """Never answer before this moment; a later acceptance has it count anew."""


def open_postgres(url: Secret, clock: FollowingClock, entropy: Entropy) -> "PostgresStore":
    """Open the store of a database, and set the clock by it.

    Raises CannotOpen for a database that cannot be reached or is not fit, and a newer schema.
    """
    try:
        with connect(url) as first:
            refuse_unfit(first)
            migrate(first)
            clock.measured(clock_of(first))
        return PostgresStore(url, clock, entropy)
    except psycopg.Error as error:
        raise CannotOpen(f"The database cannot be opened: {cause_of(error)}") from None


class PostgresStore(Reads):
    """Fulfils `Store`: one connection writes, a few read, one follows what others commit."""

    def __init__(self, url: Secret, clock: FollowingClock, entropy: Entropy) -> None:
        self._connect: Connect = lambda: Session(connect(url))
        self._measured = clock.measured
        self._sweep = Sweep()
        self._readers = Readers(self._connect)
        writer = PostgresWriter(self._connect, clock.measured)
        self._committer = Committer(writer, clock, entropy)

        def seen(moment: Moment, accepted: int, now: Moment) -> None:
            clock.measured(now)
            clock.hold_floor(moment, accepted)

        self._follower = Follower(self._connect, seen, self._committer.stop)
        self._committer.applied = self._follower.followed.applied
        super().__init__(self._readers, self._follower.followed)

    @property
    def broken(self) -> Exception | None:
        """Why everything is refused from now on; a server stops on it. None while all is well."""
        return self._committer.broken

    def tell(self, applied: Applied) -> None:
        """Have `applied` told of every commit: this process's own before they are answered.

        An own one may be told of twice.
        """
        self._committer.applied = self._follower.followed.and_then(applied)
        self._follower.applied = applied

    def close(self) -> None:
        """Finish what waits to be committed, and give the connections back."""
        self._committer.close()
        self._follower.close()
        self._readers.close()

    def commit(self, change: Change, meanwhile: Work | None = None) -> Committed | Conflict:
        """Write a change together with those of other callers; see `Committer.commit`."""
        outcome = self._committer.commit(change, meanwhile)
        self.written(change, outcome)
        return outcome

    def _found_whole(self, condition: str, values: Row) -> Found | None:
        statement = _FOUND[condition]
        rows = self._once(lambda reading: reading.execute(statement, values))
        if not rows:
            return None
        row, catalogue = found_row(rows[0]), self._catalogue
        if row.catalogue_version != catalogue.version:
            return super()._found_whole(condition, values)  # with the catalogue of its snapshot
        return self._remember(row.found(catalogue, groups_of(rows)))

    def purge(self, now: Moment, kept: Mapping[str, int], limit: int) -> int:
        """Forget what outlived its term, on a connection that stands in line with all writers."""
        if self.broken is not None:
            raise Unavailable("the store is broken and has to be opened anew") from self.broken
        try:
            writer = PostgresWriter(self._connect, self._measured)
        except psycopg.Error as error:
            raise Unavailable(f"the database cannot be reached: {cause_of(error)}") from None
        try:
            return writer.purge(now, kept, limit, self._sweep)
        except Unknown:
            raise Unavailable("the answer to a purge was lost") from None
        finally:
            writer.close()
