"""Follows the feed, and tells what was touched that a connection can rest on."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from tokenhouse.core.client import Client
from tokenhouse.core.device import Device
from tokenhouse.core.identifier import made_at
from tokenhouse.core.moment import SECOND, Moment
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Deployment, Membership, Organization, Person
from tokenhouse.core.token import FamilyEnd, Token
from tokenhouse.operations.changes import FeedEntry, FeedGone
from tokenhouse.operations.ports import Store

_ENTRIES: Final = 1_000
_YOUNG: Final = 10 * SECOND
"""So long it is remembered that a token was made: that it is touched then ends nothing."""
_TOKEN: Final = Token.__name__
_RESTED_ON: Final = frozenset(
    record.__name__
    for record in (
        *(Token, FamilyEnd, Device, Person, Membership),
        *(PolicyGroup, Organization, Client, Deployment),
    )
)


class Watch:
    """Where we are in the feed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._after: int | None = None
        self._since: Moment = 0
        self._made: dict[UUID, Moment] = {}

    def touched(self) -> frozenset[UUID] | None:
        """What was touched since the last time; None: it can be anything.

        That is so at the first time, and where the feed does not reach back. Raises Unavailable.
        """
        if self._after is None:
            self._after, self._since = self._store.head()
            return None
        found: set[UUID] = set()
        while True:
            try:
                entries = self._store.feed(self._after, _ENTRIES)
            except FeedGone:
                self._after = None
                return self.touched()
            for entry in entries:
                found.update(self._of(entry))
            if entries:
                self._after = entries[-1].sequence
            if len(entries) < _ENTRIES:
                return frozenset(found)

    def _of(self, entry: FeedEntry) -> Iterator[UUID]:
        for name, touched in entry.touched:
            if name in _RESTED_ON and not (name == _TOKEN and self._is_made(touched, entry.moment)):
                yield touched

    def _is_made(self, token_id: UUID, moment: Moment) -> bool:
        """Whether a token is touched for the first time, by which it is made: people sign in often.

        Whatever was made before we followed is touched for another time.
        """
        self._made = {one: at for one, at in self._made.items() if at > moment - _YOUNG}
        if token_id in self._made or made_at(token_id) <= max(self._since, moment - _YOUNG):
            return False
        self._made[token_id] = moment
        return True
