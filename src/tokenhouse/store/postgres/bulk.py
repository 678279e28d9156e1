"""Statements that write many rows at once: each column comes as one array."""
# ruff: noqa: S608 -- statements are put together from names of our schema, values are bound

from collections.abc import Iterable, Sequence
from enum import Enum, auto
from typing import Final, NamedTuple

from tokenhouse.store.columns import Row
from tokenhouse.store.postgres.arrays import ARRAYS
from tokenhouse.store.postgres.connection import SCHEMA
from tokenhouse.store.postgres.session import Session

_TYPES: Final = """
SELECT table_name, column_name, udt_name FROM information_schema.columns
 WHERE table_schema = :schema ORDER BY table_name, ordinal_position
"""


class Verb(Enum):
    """What is done with rows."""

    INSERT = auto()
    UPDATE = auto()
    DELETE = auto()


class Line(NamedTuple):
    """One row to be written: the same columns of each for a verb, the `id` alone to remove it."""

    verb: Verb
    table: str
    row: Row


class Run(NamedTuple):
    """Rows that one statement writes."""

    verb: Verb
    table: str
    rows: list[Row]


class Bulk:
    """Writes rows of any table; the types of columns are those of the schema itself."""

    def __init__(self, session: Session) -> None:
        self._types: dict[str, dict[str, str]] = {}
        for table, column, kind in session.rows(_TYPES, {"schema": SCHEMA}):
            self._types.setdefault(table, {})[column] = kind
        self._statements: dict[tuple[Verb, str], str] = {}

    def write(self, session: Session, verb: Verb, table: str, rows: Sequence[Row]) -> None:
        """Write rows in one statement; no `id` stands twice among them."""
        if not rows:
            return
        known = self._types[table]
        columns = {name: known[name] for name in rows[0]}
        if (statement := self._statements.get((verb, table))) is None:
            statement = self._statements[verb, table] = _WRITE[verb](table, columns)
        values = {name: ARRAYS[kind]([row[name] for row in rows]) for name, kind in columns.items()}
        session.rows(statement, values)


def runs(lines: Iterable[Line]) -> list[Run]:
    """Gather lines that can be written at once, in their order.

    A run ends where verb or table change, or a row comes again: the later line is to win.
    """
    gathered: list[Run] = []
    seen: set[object] = set()
    for verb, table, row in lines:
        last = gathered[-1] if gathered else None
        if last is None or (last.verb, last.table) != (verb, table) or row["id"] in seen:
            gathered.append(Run(verb, table, []))
            seen = set()
        gathered[-1].rows.append(row)
        seen.add(row["id"])
    return gathered


def _insert(table: str, columns: dict[str, str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM {_arrays(columns)}"


def _update(table: str, columns: dict[str, str]) -> str:
    changed = ", ".join(f"{one} = new.{one}" for one in columns if one != "id")
    arrays = f"{_arrays(columns)} AS new ({', '.join(columns)})"
    return f"UPDATE {table} SET {changed} FROM {arrays} WHERE {table}.id = new.id"


def _delete(table: str, _: dict[str, str]) -> str:
    return f"DELETE FROM {table} WHERE id = ANY(:id::bytea[])"


_WRITE: Final = {Verb.INSERT: _insert, Verb.UPDATE: _update, Verb.DELETE: _delete}


def _arrays(columns: dict[str, str]) -> str:
    return f"unnest({', '.join(f':{name}::{kind}[]' for name, kind in columns.items())})"
