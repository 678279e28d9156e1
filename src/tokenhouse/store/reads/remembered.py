"""What tokens rest on, remembered as long as the epoch says that it is the same.

Every read learns the epoch in its own snapshot, so what is remembered is what the snapshot holds:
nothing here goes out of date, it only is no longer asked for.
"""

from collections.abc import Sequence
from typing import Any, Final, Generic, TypeAlias, TypeVar

from tokenhouse.store.tables import TOKENS

V = TypeVar("V")

MOST_REMEMBERED: Final = 4096
"""Holders, clients and the like; when there are more, all are read anew."""

Key: TypeAlias = tuple[object, ...]
"""Columns as the database gave them, which together name what is remembered."""

_KEY: Final = tuple(
    TOKENS.columns.index(column)
    for column in ("organization_id", "holder_id", "client_id", "groups")
)


def resting_on(row: Sequence[Any]) -> Key:
    """What names all that the token of this row rests on, but the end of its family."""
    organization, holder, client, groups = _KEY
    return row[organization], row[holder], row[client], row[groups]


class Remembered(Generic[V]):
    """Values by key, each good for one epoch."""

    def __init__(self) -> None:
        self._kept: dict[Key, tuple[int, V]] = {}

    def get(self, key: Key, epoch: int) -> V | None:
        """What was kept under this key at this epoch."""
        kept = self._kept.get(key)
        return kept[1] if kept is not None and kept[0] == epoch else None

    def keep(self, key: Key, epoch: int, value: V) -> None:
        """Keep what was read in one snapshot with this epoch."""
        if len(self._kept) >= MOST_REMEMBERED:
            self._kept.clear()
        self._kept[key] = epoch, value
