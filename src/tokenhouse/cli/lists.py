"""Whole lists, which operations give in slices."""

from collections.abc import Callable
from typing import Final, TypeVar

from tokenhouse.operations.changes import Stretch
from tokenhouse.operations.sliced import Sliced

_STEP: Final = 500

T = TypeVar("T")


def whole(slice_of: Callable[[Stretch], Sliced[T]]) -> list[T]:
    """All rows of a list, slice after slice."""
    part = slice_of(Stretch(_STEP))
    rows = list(part.rows)
    while part.after is not None:
        part = slice_of(Stretch(_STEP, part.after))
        rows += part.rows
    return rows
