"""A list in slices: some rows, and where the next ones begin."""

from collections.abc import Callable
from typing import Generic, TypeVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.operations.changes import Stretch

T = TypeVar("T")
U = TypeVar("U")


class Sliced(msgspec.Struct, Generic[T], frozen=True):
    """Rows of a list. `after`: the id behind which it goes on; None when this is the end."""

    rows: tuple[T, ...]
    after: UUID | None = None


def sliced(
    read: Callable[[Stretch], tuple[T, ...]], stretch: Stretch, id_of: Callable[[T], UUID]
) -> Sliced[T]:
    """A stretch of a list; one row more is read, to know whether the list goes on."""
    rows = read(replace(stretch, size=stretch.size + 1))
    if len(rows) <= stretch.size:
        return Sliced(rows)
    kept = rows[: stretch.size]
    return Sliced(kept, id_of(kept[-1]))


def each(listed: Sliced[T], turn: Callable[[T], U]) -> Sliced[U]:
    """The same slice of what its rows turn into."""
    return Sliced(tuple(map(turn, listed.rows)), listed.after)
