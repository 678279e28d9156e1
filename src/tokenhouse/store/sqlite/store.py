"""The store in one SQLite file."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

import apsw

from tokenhouse.core.moment import Moment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.operations.changes import Change, Committed, Conflict
from tokenhouse.operations.ports import Clock, Entropy
from tokenhouse.sharing import Work
from tokenhouse.store.committer import Broken, Committer, Unknown
from tokenhouse.store.followed import Applied
from tokenhouse.store.opening import CannotOpen
from tokenhouse.store.purging import Sweep
from tokenhouse.store.reads import Reads
from tokenhouse.store.sqlite.file import (
    connect,
    make_file,
    migrate,
    refuse_old_library,
    use_log,
)
from tokenhouse.store.sqlite.follower import Follower
from tokenhouse.store.sqlite.readers import Readers
from tokenhouse.store.sqlite.writer import SqliteWriter

FILE: Final = "tokenhouse.db"


def open_sqlite(directory: Path, clock: Clock, entropy: Entropy) -> "SqliteStore":
    """Open the store of a directory, made with its owner's rights only where there is none.

    Raises CannotOpen for a file that others can read or that is no database of ours, a newer
    schema, and too old a library.
    """
    refuse_old_library()
    path = directory / FILE
    make_file(path)
    try:
        first = connect(path)
        use_log(first)
        migrate(first, clock.now())
        first.close()
    except apsw.Error as error:
        raise CannotOpen(f"{path} cannot be opened as a database: {error}") from error
    return SqliteStore(path, clock, entropy)


class SqliteStore(Reads):
    """Fulfils `Store`: one connection writes, a few read, and every read is one snapshot."""

    def __init__(self, path: Path, clock: Clock, entropy: Entropy) -> None:
        self._connect = partial(connect, path)
        self._sweep = Sweep()
        self._readers = Readers(self._connect)
        self._committer = Committer(SqliteWriter(self._connect), clock, entropy)
        self._follower = Follower(self._connect)
        self._committer.applied = self._follower.followed.applied
        super().__init__(self._readers, self._follower.followed)

    @property
    def broken(self) -> Exception | None:
        """Why everything is refused from now on; the server stops on it. None while all is well."""
        return self._committer.broken

    def tell(self, applied: Applied) -> None:
        """Have `applied` told of every commit of this process before it is answered."""
        self._committer.applied = self._follower.followed.and_then(applied)

    def close(self) -> None:
        """Finish what waits to be committed, and close the file."""
        self._committer.close()
        self._follower.close()
        self._readers.close()

    def commit(self, change: Change, meanwhile: Work | None = None) -> Committed | Conflict:
        """Write a change together with those of other callers; see `Committer.commit`."""
        outcome = self._committer.commit(change, meanwhile)
        self.written(change, outcome)
        return outcome

    def purge(self, now: Moment, kept: Mapping[str, int], limit: int) -> int:
        """Forget what outlived its term, on a connection that stands in line with all writers."""
        if self.broken is not None:
            raise Unavailable("the store is broken and has to be opened anew") from self.broken
        writer = SqliteWriter(self._connect)
        try:
            return writer.purge(now, kept, limit, self._sweep)
        except (Broken, Unknown) as cause:
            self._committer.stop(cause)
            raise Unavailable("the store broke during a purge") from cause
        finally:
            writer.close()
