"""The database file: who may read it, how it is opened, and which migrations it has seen."""

import os
import stat
import time
from pathlib import Path
from typing import Final

import apsw

from tokenhouse.core.moment import Moment
from tokenhouse.store.migrations import unseen
from tokenhouse.store.opening import CannotOpen

OLDEST_LIBRARY: Final = (3, 51, 3)
"""Versions before it can corrupt a write-ahead log under racing checkpoints."""
PATIENCE: Final = 2.0
"""Seconds that a connection waits for another one's lock."""

_PAUSE: Final = 0.001
_FILE_MODE: Final = 0o600
_DIRECTORY_MODE: Final = 0o700


def make_file(path: Path) -> None:
    """Make an empty file that only its owner can read, or look that an old one is such."""
    path.parent.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _FILE_MODE))
    except FileExistsError:
        _refuse_loose(path)


def beside(path: Path) -> tuple[Path, Path]:
    """The files that SQLite keeps beside a database: its log and the index over it."""
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def _refuse_loose(path: Path) -> None:
    for name in (path, *beside(path)):
        if name.exists() and stat.S_IMODE(name.stat().st_mode) & ~_FILE_MODE:
            raise CannotOpen(
                f"{name} can be read by others: chmod 600 it, and think of what they have read"
            )


def refuse_old_library() -> None:
    """Raise CannotOpen for an SQLite that can corrupt a database."""
    version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    if version < OLDEST_LIBRARY:
        wanted = ".".join(map(str, OLDEST_LIBRARY))
        raise CannotOpen(f"SQLite {apsw.sqlite_lib_version()} is older than {wanted}: update apsw")


def connect(path: Path) -> apsw.Connection:
    """Open one connection that waits at most PATIENCE for the locks of others."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_busy_handler(_Waiting())
    # Else a statement with a join is planned anew for every other value that is bound to it.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    return connection


class _Waiting:
    """Looks often: SQLite's own handler sleeps so long that a busy writer starves the others."""

    def __init__(self) -> None:
        self._until = 0.0

    def __call__(self, looks: int) -> bool:
        if looks == 0:
            self._until = time.monotonic() + PATIENCE
        time.sleep(_PAUSE)
        return time.monotonic() < self._until


def use_log(connection: apsw.Connection) -> None:
    """Switch the file to a write-ahead log; the switch does not wait by itself."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
        except apsw.BusyError:
            if time.monotonic() > until:
                raise
            time.sleep(_PAUSE)
        else:
            return


def migrate(connection: apsw.Connection, now: Moment) -> None:
    """Bring the schema up to this program, or raise CannotOpen where it is ahead of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations"
            " (number INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT"
        )
        seen = {number for (number,) in connection.execute("SELECT number FROM migrations")}
        for migration in unseen("tokenhouse.store.sqlite", seen):
            connection.execute(migration.text)
            connection.execute("INSERT INTO migrations VALUES (?, ?)", (migration.number, now))
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
