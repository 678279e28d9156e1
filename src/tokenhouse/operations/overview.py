"""All tokens of one holder at a glance: how many there are of each sort, and a page of them."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import inactive
from tokenhouse.core.moment import Moment
from tokenhouse.core.overview import LONG, Filter, LastUses, Order, ordered, searched, sifted
from tokenhouse.core.token import Outline
from tokenhouse.core.usage import Day, first_recent, recent_days
from tokenhouse.operations.admit import Actor, Admit, Asking
from tokenhouse.operations.describe import Described, described, with_last_use
from tokenhouse.operations.finding import find_member
from tokenhouse.operations.holding import Holding, find_several_held
from tokenhouse.operations.ports import Clock, Store, UsageStore
from tokenhouse.operations.revoke import MOST_AT_ONCE
from tokenhouse.operations.verify import Recogniser

MOST_OUTLINED: Final = 20_000
"""The newest tokens of a holder, of which an overview tells."""
ROWS: Final = 50
"""Of a page."""


class View(msgspec.Struct, frozen=True):
    """Which tokens are shown, and how they are sorted.

    `search` is text, or one whole token, and so never printed: the token alone is shown then,
    whatever the filter and the kind. `page` counts from 1; behind the last one is the last one.
    """

    filter: Filter = Filter.CURRENT
    kind: str | None = None
    search: Secret | None = None
    order: Order = Order.CREATED
    descending: bool = True
    page: int = 1
    size: int = ROWS


class ShownToken(msgspec.Struct, frozen=True):
    """A token of the page, and how often it was used in each of the last days, oldest first.

    `short` is what people know it by: how it begins and ends. `as_of` is when that was so.
    """

    described: Described
    short: str
    days: tuple[Day, ...]
    as_of: Moment


class Shown(msgspec.Struct, frozen=True):
    """A page of the tokens that match.

    `counts` tells how many of the searched tokens of the chosen kind each filter leaves. `seen`
    are all tokens of that kind; `more`: there are older ones, of which nothing here tells.
    `presented` is the token that was searched for by its whole string. `as_of` is when that was so.
    """

    rows: tuple[ShownToken, ...]
    matching: int
    page: int
    pages: int
    counts: Mapping[Filter, int]
    seen: int
    more: bool
    presented: UUID | None
    as_of: Moment


class _Looked(msgspec.Struct, frozen=True):
    """The same before a page is cut out: which tokens match, in their order."""

    matching: tuple[UUID, ...]
    counts: Mapping[Filter, int]
    seen: int
    more: bool
    presented: UUID | None


class Overview:
    """Shows the tokens that somebody manages, thousands of them."""

    def __init__(
        self, admit: Admit, store: Store, clock: Clock, uses: UsageStore, recogniser: Recogniser
    ) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock
        self._uses = uses
        self._recogniser = recogniser

    def __call__(self, caller: Asking, holding: Holding, view: View) -> Shown:
        """Show a page; raise Refused(NOT_FOUND) for the tokens of a membership that is none."""
        actor, now = self._admit(caller), self._clock.now()
        looked = self._look(actor, holding, view, now)
        matching = len(looked.matching)
        pages = max(1, -(-matching // view.size))
        page = min(max(view.page, 1), pages)
        ids = looked.matching[(page - 1) * view.size : page * view.size]
        return Shown(
            rows=self._rows(actor, holding, ids, now),
            matching=matching,
            page=page,
            pages=pages,
            counts=looked.counts,
            seen=looked.seen,
            more=looked.more,
            presented=looked.presented,
            as_of=now,
        )

    def matching(self, caller: Asking, holding: Holding, view: View) -> tuple[UUID, ...]:
        """All that match, in their order; no more than can be revoked at once."""
        actor, now = self._admit(caller), self._clock.now()
        return self._look(actor, holding, view, now).matching[:MOST_AT_ONCE]

    def chosen(
        self, caller: Asking, holding: Holding, ids: tuple[UUID, ...]
    ) -> tuple[ShownToken, ...]:
        """Those of some tokens that are in the holding; no more than can be revoked at once."""
        actor = self._admit(caller)
        return self._rows(actor, holding, ids[:MOST_AT_ONCE], self._clock.now())

    def _look(self, actor: Actor, holding: Holding, view: View, now: Moment) -> _Looked:
        text = "" if view.search is None else view.search.reveal().strip()
        presented = self._presented(actor, holding, text) if text else None
        outlines = self._outlines(actor, holding, None if presented else view.kind)
        seen = outlines[:MOST_OUTLINED]
        searched_for: Sequence[Outline] = seen
        if presented:
            searched_for = [outline for outline in seen if outline.id == presented]
        elif text:
            searched_for = searched(seen, text, self._prefixes(holding))
        last = self._last_uses(searched_for, view.order, now)
        parts = sifted(searched_for, last, now)
        listed = ordered(parts[view.filter], view.order, last, now, descending=view.descending)
        return _Looked(
            matching=(presented,) if presented else tuple(outline.id for outline in listed),
            counts={part: len(rows) for part, rows in parts.items()},
            seen=len(seen),
            more=len(outlines) > MOST_OUTLINED,
            presented=presented,
        )

    def _presented(self, actor: Actor, holding: Holding, text: str) -> UUID | None:
        """The token whose string this is, where it is one of the holding."""
        recognised = self._recogniser.find(Secret(text), self._store)
        if recognised is None:
            return None
        token_id = recognised[1].token.id
        return token_id if find_several_held(self._store, actor, holding, (token_id,)) else None

    def _outlines(self, actor: Actor, holding: Holding, chosen: str | None) -> tuple[Outline, ...]:
        """The newest of the chosen kind, and one more where there are too many."""
        within, holder_id = actor.organization_id, holding.holder_id(actor)
        if holding.member_id is not None:
            find_member(self._store, within, holding.member_id)
        kinds = tuple(kind for kind in holding.kinds if chosen in {None, kind.name})
        if not kinds or holder_id is None:
            return ()
        return self._store.outline_tokens(within, holder_id, kinds, MOST_OUTLINED + 1)

    def _last_uses(self, rows: Sequence[Outline], order: Order, now: Moment) -> LastUses:
        """When they were used last, as far as anything goes by it."""
        by_it = order is Order.LAST_USED
        ids = tuple(row.id for row in rows if by_it or row.created_at <= now - LONG)
        return self._uses.last_used(ids) if ids else {}

    def _rows(
        self, actor: Actor, holding: Holding, ids: tuple[UUID, ...], now: Moment
    ) -> tuple[ShownToken, ...]:
        held = find_several_held(self._store, actor, holding, ids) if ids else ()
        rows = with_last_use(
            self._uses,
            [
                described(one.found.token, one.found, inactive(one.kind, one.found, now))
                for one in held
            ],
        )
        days = self._uses.days_since(ids, first_recent(now)) if rows else {}
        prefixes = self._prefixes(holding)
        return tuple(
            ShownToken(
                described=row,
                short=f"{prefixes[row.token.kind]}…{row.token.hint}",
                days=recent_days(days.get(row.token.id, ()), now),
                as_of=now,
            )
            for row in rows
        )

    def _prefixes(self, holding: Holding) -> dict[str, str]:
        return {kind.name: self._recogniser.prefix(kind) for kind in holding.kinds}
