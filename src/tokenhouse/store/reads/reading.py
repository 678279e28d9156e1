"""What every read is made of: a snapshot, and rows that become records."""

from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.operations.changes import Record, Stretch
from tokenhouse.operations.set_up import CATALOGUE
from tokenhouse.store import statements as sql
from tokenhouse.store.columns import Column, Row
from tokenhouse.store.followed import Followed
from tokenhouse.store.tables import GROUPS, Table

R = TypeVar("R", bound=Record)
T = TypeVar("T")

WHOSE: Final = {"deployment": DEPLOYMENT.bytes, "catalogue": CATALOGUE.bytes}


class Reading(Protocol):
    """A connection within one snapshot."""

    def execute(self, statement: str, values: Row) -> list[Any]:
        """All rows of one statement."""

    def executemany(self, statement: str, values: Iterable[Row]) -> list[Any]:
        """All rows of one statement for one set of values after the other."""


class Snapshots(Protocol):
    """Gives snapshots to read from."""

    def read(self, ask: Callable[[Reading], T]) -> T:
        """Run `ask` in one snapshot; raise Unavailable when the engine cannot tell."""

    def once(self, ask: Callable[[Reading], T]) -> T:
        """The same for an `ask` of one statement, which is a snapshot by itself."""


class Asked:
    """What the reads of every subject share."""

    def __init__(self, snapshots: Snapshots, followed: Followed) -> None:
        self._snapshots = snapshots
        self._followed = followed

    def _read(self, ask: Callable[[Reading], T]) -> T:
        self._followed.beyond_memory()
        return self._snapshots.read(ask)

    def _once(self, ask: Callable[[Reading], T]) -> T:
        self._followed.beyond_memory()
        return self._snapshots.once(ask)


def one(reading: Reading, table: Table[R], record_id: UUID) -> R | None:
    """The record of this id."""
    for row in reading.execute(table.select, {"id": record_id.bytes}):
        return table.record_of(row)
    return None


def rows(reading: Reading, table: Table[R], statement: str, values: Row) -> tuple[R, ...]:
    """All records of a statement that lists a table's columns."""
    return tuple(map(table.record_of, reading.execute(statement, values)))


def first(records: tuple[T, ...]) -> T | None:
    """The first of some records."""
    return records[0] if records else None


def groups_among(
    reading: Reading, organization_id: UUID, ids: tuple[UUID, ...]
) -> tuple[PolicyGroup, ...]:
    """Those of the named groups that the organization has, in the order of the names."""
    keys: list[Row] = [
        {"organization": organization_id.bytes, "id": one.bytes} for one in dict.fromkeys(ids)
    ]
    return tuple(map(GROUPS.record_of, reading.executemany(sql.GROUP_OF, keys)))


def along(stretch: Stretch) -> tuple[tuple[bool, bool], dict[str, Column]]:
    """Which of the statements that go by ids a stretch asks for, and with which values."""
    values: dict[str, Column] = {"size": stretch.size}
    if stretch.after is not None:
        values["after"] = stretch.after.bytes
    return (stretch.descending, stretch.after is not None), values
