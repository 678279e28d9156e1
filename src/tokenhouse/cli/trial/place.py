"""Where a trial keeps its store: a new directory, and on PostgreSQL a database of its own."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Unavailable

_PREFIX: Final = "tokenhouse_trial_"


class Place(msgspec.Struct, frozen=True):
    """`store` is the URL of a PostgreSQL database; None: SQLite in `directory`."""

    directory: Path
    store: Secret | None = None


@contextmanager
def new_place(server: Secret | None) -> Iterator[Place]:
    """A place with nothing in it, removed at the end.

    `server` is the URL of any database of a PostgreSQL server: what is in it is left alone, and the
    trial gets a database of its own beside it.
    """
    with tempfile.TemporaryDirectory(prefix="tokenhouse-trial-") as directory:
        if server is None:
            yield Place(Path(directory))
            return
        with _new_database(server) as store:
            yield Place(Path(directory), store)


@contextmanager
def _new_database(server: Secret) -> Iterator[Secret]:
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict

        from tokenhouse.store.postgres.connection import cause_of
    except ModuleNotFoundError:
        raise Unavailable(
            "PostgreSQL needs its own parts: pip install 'tokenhouse[postgres]'"
        ) from None
    name = _PREFIX + secrets.token_hex(8)
    beside = _beside(server, name)
    try:
        if conninfo_to_dict(beside.reveal()).get("dbname") != name:
            raise Stopped("Name the database in the path of --store.", Exit.NOT_UNDERSTOOD)
        with psycopg.connect(server.reveal(), autocommit=True, connect_timeout=3) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING UTF8')
            try:
                yield beside
            finally:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    except psycopg.Error as error:
        raise Unavailable(f"The database cannot be made: {cause_of(error)}") from None


def _beside(server: Secret, name: str) -> Secret:
    """The URL of another database of the same server."""
    head, mark, query = server.reveal().partition("?")
    scheme, _, rest = head.partition("://")
    return Secret(f"{scheme}://{rest.partition('/')[0]}/{name}{mark}{query}")
