"""What was read is kept in memory, each for as long as nothing that it rests on was touched."""

from collections.abc import Hashable
from typing import Any, Final, Generic, TypeVar

from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.standing import Found, Standing
from tokenhouse.operations.set_up import CATALOGUE
from tokenhouse.store.followed import Followed

V = TypeVar("V")

MOST_CACHED: Final = 100_000
"""Tokens; of clients no more either."""

_TRIED: Final = 16
"""So many that were used since the last look are passed over for one that was not."""


class _Entry(Generic[V]):
    __slots__ = ("head", "rests_on", "used", "value", "version")

    def __init__(self, value: V, rests_on: tuple[int, ...], head: int) -> None:
        self.value = value
        self.rests_on = rests_on
        self.head = head
        self.version = -1
        self.used = False


class Cached(Generic[V]):
    """Values by key. Without a lock: what two threads do at once is done twice, never half."""

    def __init__(self, followed: Followed) -> None:
        self._followed = followed
        self._entries: dict[Hashable, _Entry[V]] = {}

    def get(self, key: Hashable) -> V | None:
        """What is kept and still stands. Whoever asks has seen to it that the feed is followed."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        followed = self._followed
        if entry.version != (version := followed.version):
            sequence = followed.sequence
            if not followed.stands(entry.rests_on, entry.head):
                self._entries.pop(key, None)
                return None
            entry.head = max(entry.head, sequence)  # it stood there, too
            entry.version = version
        entry.used = True
        followed.note(self, key, entry.value)
        return entry.value

    def keep(self, key: Hashable, value: V, rests_on: tuple[int, ...], head: int) -> None:
        """Keep what was read in a snapshot with this head, or in a later one."""
        if len(self._entries) >= MOST_CACHED:
            self._make_room()
        self._entries[key] = _Entry(value, rests_on, head)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def _make_room(self) -> None:
        for _ in range(_TRIED):
            oldest: Any = next(iter(self._entries), None)
            entry = self._entries.pop(oldest, None)
            if entry is None or not entry.used:
                return
            entry.used = False  # once more round
            self._entries[oldest] = entry
        self._entries.pop(next(iter(self._entries)), None)


def rests_on(standing: Standing) -> tuple[int, ...]:
    """The numbers of the ids of all that a standing was made of."""
    records = (
        *(standing.organization, standing.membership, standing.person),
        *(standing.client, standing.device, *standing.groups),
    )
    return (DEPLOYMENT.int, CATALOGUE.int, *(one.id.int for one in records if one is not None))


def found_rests_on(found: Found) -> tuple[int, ...]:
    """The same of all that the verdict on a token is made of."""
    return (found.token.id.int, found.token.family_id.int, *rests_on(found.standing))
