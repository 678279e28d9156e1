"""Connections to PostgreSQL: how they are bounded, how statements and errors are told."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, TypeAlias

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Unavailable
from tokenhouse.store.committer import Taken
from tokenhouse.store.opening import CannotOpen

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

SCHEMA: Final = "tokenhouse"
STOPPED_MS: Final = 2_000
"""Milliseconds after which the server ends a transaction whose process stands still."""
LOCK_MS: Final = 3_000
"""Milliseconds of waiting for the writers' lock: longer than a stopped process can hold it."""
STATEMENT_MS: Final = 5_000
"""Milliseconds that one statement may take. COMMIT is not bound by it."""
CONNECT_SECONDS: Final = 3
SILENCE_MS: Final = 2_000
"""Milliseconds without a sign of life from the other machine, then the connection is given up."""

_SETTINGS: Final = (
    f"search_path={SCHEMA}",
    f"lock_timeout={LOCK_MS}",
    f"idle_in_transaction_session_timeout={STOPPED_MS}",
    f"statement_timeout={STATEMENT_MS}",
    f"tcp_user_timeout={SILENCE_MS}",
    "default_transaction_isolation=read\\ committed",
    # Every statement goes by a key. A plan that was made while a table was small and is kept must
    # not read all of it once it is large.
    "enable_seqscan=off",
    "jit=off",
)
_DURABLE: Final = "synchronous_commit=on"
_HASTY: Final = "synchronous_commit=off"

_PARAMETER: Final = re.compile(r"(?<!:):(\w+)")


def connect(url: Secret, *, durable: bool = True) -> Connection:
    """Open one connection that commits by itself what is not within BEGIN and COMMIT.

    `durable` False: its commits are not synced, for what may be lost. Raises psycopg.Error.
    """
    return psycopg.connect(_conninfo(url, durable=durable), autocommit=True)


def _conninfo(url: Secret, *, durable: bool) -> str:
    """The connection string with our bounds; raises CannotOpen for one that cannot be read."""
    try:
        given = conninfo_to_dict(url.reveal())
    except psycopg.Error:  # what it says may quote the password
        raise CannotOpen(
            "The store's URL cannot be read: it should look like"
            " postgresql://user@host:5432/database"
        ) from None
    settings = (*_SETTINGS, _DURABLE if durable else _HASTY)
    ours: dict[str, Any] = {
        "options": " ".join([str(given.get("options", "")), *(f"-c {one}" for one in settings)]),
        "application_name": "tokenhouse",
        "client_encoding": "UTF8",
    }
    defaults = {
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": SILENCE_MS,
        "keepalives_idle": 2,
        "keepalives_interval": 1,
        "keepalives_count": 3,
        "target_session_attrs": "read-write",  # answers that a revocation counts for, and writes
    }
    return make_conninfo(**{**defaults, **given, **ours})


@cache
def spoken(statement: str) -> tuple[str, tuple[str, ...]]:
    """A statement of ours, whose parameters are `:name`, as the server wants it, and their names.

    A name that stands twice is one parameter.
    """
    names = dict.fromkeys(_PARAMETER.findall(statement))
    places = {name: f"${place}" for place, name in enumerate(names, 1)}
    return _PARAMETER.sub(lambda match: places[match[1]], statement), tuple(names)


@contextmanager
def told() -> Iterator[None]:
    """Say the engine's errors in the committer's words. None quotes a row: rows hold hashes."""
    try:
        yield
    except psycopg.errors.UniqueViolation:
        raise Taken from None
    except psycopg.IntegrityError as error:
        raise ValueError(
            f"the schema refuses a record: {error.diag.constraint_name or error.diag.column_name}"
        ) from None
    except psycopg.DataError as error:
        raise ValueError(f"the schema refuses a value: {error.sqlstate or 'NUL in it'}") from None
    except psycopg.Error as error:
        raise Unavailable(f"the database cannot tell: {cause_of(error)}") from None


def cause_of(error: psycopg.Error) -> str:
    """What went wrong, in one line without any row or credential."""
    said = error.diag.message_primary or str(error)
    return " ".join(said.split())
