"""The change feed: what a verifier that keeps answers has to forget."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.client import Client
from tokenhouse.core.device import Device
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import DEPLOYMENT, Deployment, Membership, Organization, Person
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.core.token import FamilyEnd, Token
from tokenhouse.operations.admit import Admit, Asking
from tokenhouse.operations.changes import FeedEntry, FeedGone
from tokenhouse.operations.ports import Store
from tokenhouse.operations.verifier import Verifier, Verifiers

SCANNED: Final = 1_000
"""Entries of the deployment's feed that one request looks at."""

_OF_ALL: Final = frozenset(record.__name__ for record in (Deployment, Catalogue, SigningKey))
_OF_ONE: Final = _OF_ALL | {
    record.__name__
    for record in (
        *(Organization, Person, Membership, PolicyGroup, Client, Device),
        *(Token, FamilyEnd),
    )
}
"""What a verdict can rest on; nobody keeps an answer about anything else."""


class Fed(msgspec.Struct, frozen=True):
    """What happened, oldest first. `following`: the sequence to go on behind."""

    entries: tuple[FeedEntry, ...]
    following: int


class Feed:
    """Tells an organization's verifiers what changed there, and in the deployment as a whole."""

    def __init__(self, admit: Admit, store: Store) -> None:
        self._admit = admit
        self._store = store

    def __call__(self, caller: Asking, after: int | None) -> Fed:
        """What changed behind a sequence; None: nothing yet, but where to begin.

        Raises Refused(GONE) when the feed does not reach back to it, or never came so far: what
        was kept until then can be trusted no longer.
        """
        actor = self._admit(caller)
        return follow(self._store, after, lambda of: of == actor.organization_id)


class FollowFeed:
    """Tells the same to verifiers that may present themselves as clients do."""

    def __init__(self, verifiers: Verifiers, store: Store) -> None:
        self._verifiers = verifiers
        self._store = store

    def __call__(self, verifier: Verifier, after: int | None) -> Fed:
        """What changed behind a sequence for whoever sees it; raises what `Feed` does."""
        return follow(self._store, after, self._verifiers(verifier).sees)


def follow(store: Store, after: int | None, sees: Callable[[UUID], bool]) -> Fed:
    """The feed behind a sequence, as far as it is about organizations that somebody `sees`."""
    if after is None:
        return Fed((), store.head()[0])
    try:
        entries = store.feed(after, SCANNED)
    except FeedGone:
        raise Refused(
            Code.GONE,
            "The feed does not reach back to this place: forget every answer that you keep,"
            " then begin anew without `after`.",
        ) from None
    told = tuple(shown for entry in entries if (shown := _shown(entry, sees)) is not None)
    return Fed(told, entries[-1].sequence if entries else after)


def _shown(entry: FeedEntry, sees: Callable[[UUID], bool]) -> FeedEntry | None:
    """The entry as somebody may see it; None where nothing in it is for him."""
    is_all = entry.organization_id == DEPLOYMENT
    if not is_all and not sees(entry.organization_id):
        return None
    shown = _OF_ALL if is_all else _OF_ONE
    touched = tuple(one for one in entry.touched if one[0] in shown)
    return msgspec.structs.replace(entry, touched=touched) if touched else None
