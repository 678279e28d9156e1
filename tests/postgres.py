"""Runs a PostgreSQL server of the tests' own: Debian's programs, a new cluster, a loopback port."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import psycopg

from tokenhouse.core.credential import Secret

USER: Final = "postgres"
SETTINGS: Final = (
    "max_connections=200",
    "shared_buffers=64MB",
    "log_min_messages=fatal",
    "log_min_error_statement=panic",
)
_numbers = count(1)


class Server:
    """A server that runs, and the databases in it."""

    def __init__(self, directory: Path, settings: tuple[str, ...]) -> None:
        self.directory = directory
        self.data = directory / "data"
        self._settings = settings
        self._clean: list[str] = []

    def start(self) -> None:
        """Serve, until `stop`."""
        options = [f"-c {one}" for one in self._settings]
        options += ["-c listen_addresses=''", f"-k {self.directory}"]
        log = self.directory / "log"
        control = programs() / "pg_ctl"
        _run(control, "-D", self.data, "-l", log, "-w", "-o", " ".join(options), "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop; `immediate` is as sudden as the death of all its processes."""
        _run(programs() / "pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def url(self, database: str = "postgres") -> Secret:
        """Where a database is to be found, over a socket in the server's own directory."""
        return Secret(f"postgresql://{USER}@/{database}?host={self.directory}")

    def new_database(self) -> str:
        """The name of a new database with nothing in it."""
        name = f"d{next(_numbers)}"
        with self.connect() as connection:
            connection.execute(
                f"CREATE DATABASE {name} TEMPLATE template0 ENCODING UTF8 LOCALE 'C.UTF-8'"
            )
        return name

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        """A connection past the product, as an operator's."""
        return psycopg.connect(self.url(database).reveal(), autocommit=True)

    @contextmanager
    def database(self) -> Iterator[Secret]:
        """Where a database without any records is to be found; emptied afterwards for the next."""
        name = self._clean.pop() if self._clean else self.new_database()
        yield self.url(name)
        with self.connect(name) as connection:
            connection.execute(_ALONE)
            (number,) = connection.execute(_TABLES_THERE).fetchone() or (0,)
            if number:
                connection.execute(_EMPTY)
        self._clean.append(name)


_ALONE: Final = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_TABLES_THERE: Final = """
SELECT count(*) FROM information_schema.tables WHERE table_schema = 'tokenhouse'
"""
_EMPTY: Final = """
DO $$
DECLARE one RECORD;
BEGIN
    FOR one IN SELECT table_name FROM information_schema.tables WHERE table_schema = 'tokenhouse'
        AND table_name NOT IN ('head', 'migrations')
    LOOP EXECUTE format('DELETE FROM tokenhouse.%I', one.table_name); END LOOP;
    UPDATE tokenhouse.head SET sequence = 0, moment = 0, numbers = '{}', statuses = 0,
        feed_floor = 0, clock_accepted = 0, clock_jumped = 0,
        link = decode(repeat('00', 32), 'hex'),
        spent = decode(repeat('00', 16), 'hex');
END $$
"""


def programs() -> Path:
    """Where Debian keeps the programs of the newest PostgreSQL that is installed."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )
    assert found, "PostgreSQL is missing: make test installs it"
    return found[-1]


def as_user(*command: str) -> list[str]:
    """A command as PostgreSQL wants to be run: never by root."""
    return ["runuser", "-u", USER, "--", *command] if os.geteuid() == 0 else list(command)


@contextmanager
def server(*settings: str) -> Iterator[Server]:
    """A new cluster that is served while the block lasts, with these settings beside ours."""
    directory = Path(tempfile.mkdtemp(prefix="tokenhouse-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(directory, USER)
    running = Server(directory, (*SETTINGS, *settings))
    try:
        _run(programs() / "initdb", "-D", running.data, "-U", USER, "-A", "trust", "-E", "UTF8")
        running.start()
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(directory)


def _run(*command: object) -> None:
    subprocess.run(
        as_user(*map(str, command)), check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=60
    )
