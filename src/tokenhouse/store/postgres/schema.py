"""The schema of the database: brought up to this program under a lock, and what it must be like."""

from typing import Any, Final

from tokenhouse.core.moment import Moment
from tokenhouse.store import statements as sql
from tokenhouse.store.migrations import unseen
from tokenhouse.store.opening import CannotOpen
from tokenhouse.store.postgres.connection import SCHEMA, Connection

OLDEST_SERVER: Final = 14
LOCK: Final = 0x546F6B656E68
"""The advisory lock under which migrations run, so that two processes never run the same one."""
MIGRATION_SECONDS: Final = 300

_SEEN: Final = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.migrations (
    number BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL
)
"""


def refuse_unfit(connection: Connection) -> None:
    """Raise CannotOpen for a server on which we could not keep what we promise."""
    if connection.info.server_version < OLDEST_SERVER * 10_000:
        raise CannotOpen(
            f"PostgreSQL {connection.info.server_version // 10_000} is older than {OLDEST_SERVER}"
        )
    for setting, wanted, why in (
        ("server_encoding", "UTF8", "names in any writing are kept"),
        ("fsync", "on", "what was acknowledged has to survive a power cut"),
        ("full_page_writes", "on", "what was acknowledged has to survive a power cut"),
    ):
        found = _one(connection, f"SHOW {setting}")
        if found != wanted:
            raise CannotOpen(f"the database has {setting} = {found}; it must be {wanted}: {why}")


def migrate(connection: Connection) -> None:
    """Bring the schema up to this program, or raise CannotOpen where it is ahead of it."""
    with connection.transaction():
        connection.execute(f"SET LOCAL lock_timeout = '{MIGRATION_SECONDS}s'")
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
        connection.execute(_SEEN.format(schema=SCHEMA), prepare=False)
        seen = [number for (number,) in connection.execute("SELECT number FROM migrations")]
        for migration in unseen("tokenhouse.store.postgres", seen):
            connection.execute(migration.text, prepare=False)
            now = clock_of(connection)
            connection.execute("INSERT INTO migrations VALUES (%s, %s)", (migration.number, now))


def clock_of(connection: Connection) -> Moment:
    """The server's clock, in microseconds."""
    moment: Moment = _one(connection, sql.CLOCK)
    return moment


def _one(connection: Connection, statement: str) -> Any:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return row[0]
