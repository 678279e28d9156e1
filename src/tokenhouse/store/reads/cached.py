"""What was read is kept in memory, each for as long as nothing that it rests on was touched."""

from collections.abc import Hashable
from typing import Final, Generic, TypeAlias, TypeVar
from uuid import UUID

import msgspec

from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.standing import Found, Standing
from tokenhouse.core.token import Token
from tokenhouse.operations.kept import Kept
from tokenhouse.operations.set_up import CATALOGUE
from tokenhouse.store.followed import Followed

V = TypeVar("V")

MOST_CACHED: Final = 50_000
"""Tokens, and twice so many at most; of clients, and of what tokens rest on, no more either."""

Key: TypeAlias = tuple[int, int, int | None, tuple[UUID, ...] | None]


class Entry(msgspec.Struct, Generic[V], gc=False):
    """A value that is kept."""

    value: V
    rests_on: tuple[int, ...]
    head: int
    version: int = -1


class Cached(Generic[V]):
    """Values by key. Without a lock: what two threads do at once is done twice, never half."""

    def __init__(self, followed: Followed) -> None:
        self._followed = followed
        self._entries: Kept[Entry[V]] = Kept(MOST_CACHED)

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> V | None:
        """What is kept and still stands. Whoever asks has seen to it that the feed is followed."""
        entry = self.entry(key)
        return None if entry is None else entry.value

    def entry(self, key: Hashable) -> Entry[V] | None:
        """The same, with what it rests on."""
        entry = self._entries.lately[key]
        if entry is None:
            return None
        followed = self._followed
        if entry.version != (version := followed.version):
            sequence = followed.sequence
            if not followed.stands(entry.rests_on, entry.head):
                return None
            entry.head = max(entry.head, sequence)  # it stood there, too
            entry.version = version
        followed.note(self, key, entry.value)
        return entry

    def keep(self, key: Hashable, value: V, rests_on: tuple[int, ...], head: int) -> None:
        """Keep what was read in a snapshot with this head, or in a later one."""
        self._entries.keep(key, Entry(value, rests_on, head))

    def clear(self) -> None:
        """Forget everything."""
        self._entries = Kept(MOST_CACHED)


def resting_on(token: Token) -> Key:
    """What names all that a token rests on, but the end of its family."""
    at = None if token.client_id is None else token.client_id.int
    return token.organization_id.int, token.holder_id.int, at, token.groups


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
