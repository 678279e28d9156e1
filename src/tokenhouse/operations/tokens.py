"""Show and list tokens in whatever state; the state is the judge's word."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.judge import Reason, inactive
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import Moment
from tokenhouse.core.standing import Found
from tokenhouse.operations.admit import Actor, Admit, Asking
from tokenhouse.operations.changes import Stretch, Wanted
from tokenhouse.operations.describe import Described, described
from tokenhouse.operations.holding import Holding, find_held, find_member
from tokenhouse.operations.ports import Clock, Store

MOST_LOOKED_AT: Final = 1_000
"""Tokens that one list looks at."""
_AT_ONCE: Final = 250

ACTIVE: Final = "active"
STATES: Final = (
    ACTIVE,
    *("expired", "superseded", "revoked", "family_ended", "not_yet_valid"),
    *("holder_suspended", "membership_ended", "organization_suspended"),
)
"""What the judge can say of a token as such, whatever is demanded of it."""


class Sought(msgspec.Struct, frozen=True):
    """Which tokens a list shows, the newest first; what is None does not matter.

    `search` stands in the description, case aside. `after` is the last one that was seen, and
    `limit` how many are given at most.
    """

    limit: int
    kind: str | None = None
    state: str | None = None
    family_id: UUID | None = None
    search: str | None = None
    expires_before: Moment | None = None
    after: UUID | None = None

    @property
    def is_everything(self) -> bool:
        """Whether every token is shown, so that as many are looked at as are shown."""
        named = (self.kind, self.state, self.search, self.expires_before)
        return all(one is None for one in named)


class Shown(msgspec.Struct, frozen=True):
    """A slice of a list. `after`: behind which token it goes on; None when nothing follows.

    It may be shorter than was asked, even empty, and go on: only so many tokens are looked at.
    """

    tokens: tuple[Described, ...]
    after: UUID | None


class Tokens:
    """Shows the tokens that somebody manages."""

    def __init__(self, admit: Admit, store: Store, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock

    def one(self, caller: Asking, holding: Holding, token_id: UUID) -> Described:
        """Show one token; raise Refused(NOT_FOUND) for any that is not among them."""
        actor = self._admit(caller)
        held = find_held(self._store, actor, holding, token_id)
        reason = inactive(held.kind, held.found, self._clock.now())
        return described(held.found.token, held.found, reason)

    def page(self, caller: Asking, holding: Holding, sought: Sought) -> Shown:
        """List the tokens that are sought; looks at MOST_LOOKED_AT of them at most."""
        actor = self._admit(caller)
        if holding.member_id is not None:
            find_member(self._store, actor, holding.member_id)
        now, kinds = self._clock.now(), {kind.name: kind for kind in holding.kinds}
        shown: list[Described] = []
        last = sought.after
        for looked_at, found in enumerate(self._stretches(actor, holding, sought)):
            if looked_at == MOST_LOOKED_AT:
                return Shown(tuple(shown), last)
            reason = inactive(kinds[found.token.kind], found, now)
            if _fits(found, reason, sought):
                if len(shown) == sought.limit:
                    return Shown(tuple(shown), last)
                shown.append(described(found.token, found, reason))
            last = found.token.id
        return Shown(tuple(shown), None)

    def _stretches(self, actor: Actor, holding: Holding, sought: Sought) -> Iterator[Found]:
        """Every token of the holder behind the last one seen, read in stretches."""
        holder_id, names = holding.holder_id(actor), _names(holding.kinds, sought.kind)
        if not names or holder_id is None:
            return
        wanted = Wanted(names, holder_id, sought.family_id)
        size = sought.limit + 1 if sought.is_everything else _AT_ONCE
        after = sought.after
        while True:
            stretch = Stretch(size, after, descending=True)
            read = self._store.list_tokens(actor.organization_id, wanted, stretch)
            yield from (found for found in read if found.token.holder_id == holder_id)
            if len(read) < size:
                return
            after = read[-1].token.id


def _names(kinds: tuple[Kind, ...], chosen: str | None) -> tuple[str, ...]:
    return tuple(kind.name for kind in kinds if chosen in {None, kind.name})


def _fits(found: Found, reason: Reason | None, sought: Sought) -> bool:
    token = found.token
    if sought.state is not None and sought.state != (reason or ACTIVE):
        return False
    if sought.expires_before is not None and (
        token.expires_at is None or token.expires_at >= sought.expires_before
    ):
        return False
    return sought.search is None or sought.search.casefold() in token.description.casefold()
