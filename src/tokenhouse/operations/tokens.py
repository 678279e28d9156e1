"""Show and list tokens in whatever state; the state is the judge's word."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.judge import Reason, inactive
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import Moment
from tokenhouse.core.standing import Found
from tokenhouse.operations.admit import Actor, Admit, Asking
from tokenhouse.operations.changes import Stretch, Wanted
from tokenhouse.operations.describe import Described, described, with_last_use
from tokenhouse.operations.finding import find_member
from tokenhouse.operations.holding import Holding, Named, find_held
from tokenhouse.operations.numbered import numbered
from tokenhouse.operations.ports import Clock, Store, UsageStore
from tokenhouse.operations.sliced import Sliced

MOST_LOOKED_AT: Final = 1_000
"""Tokens that one list looks at."""
_AT_ONCE: Final = 250

ACTIVE: Final = "active"
STATES: Final = (
    ACTIVE,
    *("expired", "superseded", "revoked", "family_ended", "not_yet_valid"),
    *("holder_suspended", "membership_ended", "organization_suspended", "client_suspended"),
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


class Tokens:
    """Shows the tokens that somebody manages."""

    def __init__(self, admit: Admit, store: Store, clock: Clock, uses: UsageStore) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock
        self._uses = uses

    def one(self, caller: Asking, holding: Holding, named: Named) -> Described:
        """Show one token; raise Refused(NOT_FOUND) for any that is not among them."""
        actor = self._admit(caller)
        held = find_held(self._store, actor, holding, named)
        reason = inactive(held.kind, held.found, self._clock.now())
        return self._used(described(held.found.token, held.found, reason))[0]

    def rows(self, caller: Asking, kind: Kind) -> tuple[Described, ...]:
        """The caller's own tokens of a kind that has one number for a family, by that number.

        Active and expired ones, one for each family; what was revoked is gone.
        """
        actor, now = self._admit(caller), self._clock.now()
        assert actor.found is not None
        standing = replace(actor.found.standing, family_end=None)
        shown = []
        for token in numbered(self._store, actor, kind):
            found = replace(actor.found, token=token, standing=standing)
            shown.append(described(token, found, inactive(kind, found, now)))
        return self._used(*shown)

    def page(self, caller: Asking, holding: Holding, sought: Sought) -> Sliced[Described]:
        """List the tokens that are sought; looks at MOST_LOOKED_AT of them at most.

        So a slice may be shorter than was asked, even empty, and the list go on.
        """
        actor = self._admit(caller)
        if holding.member_id is not None:
            find_member(self._store, actor.organization_id, holding.member_id)
        now, kinds = self._clock.now(), {kind.name: kind for kind in holding.kinds}
        shown: list[Described] = []
        last = sought.after
        for looked_at, found in enumerate(self._stretches(actor, holding, sought)):
            if looked_at == MOST_LOOKED_AT:
                return Sliced(self._used(*shown), last)
            reason = inactive(kinds[found.token.kind], found, now)
            if _fits(found, reason, sought):
                if len(shown) == sought.limit:
                    return Sliced(self._used(*shown), last)
                shown.append(described(found.token, found, reason))
            last = found.token.id
        return Sliced(self._used(*shown))

    def _used(self, *shown: Described) -> tuple[Described, ...]:
        return with_last_use(self._uses, shown)

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
