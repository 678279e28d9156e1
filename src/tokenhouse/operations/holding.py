"""Whose tokens somebody manages, and finding one among them."""

from collections.abc import Callable
from typing import TypeAlias
from uuid import UUID

import msgspec

from tokenhouse.core.identifier import NUMBERS_END
from tokenhouse.core.judge import revoked
from tokenhouse.core.kind import Kind, Numbering
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.standing import Found
from tokenhouse.operations.admit import Actor
from tokenhouse.operations.finding import find_member
from tokenhouse.operations.ports import Store


class Holding(msgspec.Struct, frozen=True):
    """The tokens of one holder, of some kinds that such holders have; revoked ones too.

    `member_id` is the membership that holds them; None: the caller's own, or those of his
    organization, as the kinds are held.
    """

    kinds: tuple[Kind, ...]
    member_id: UUID | None = None

    def holder_id(self, actor: Actor) -> UUID | None:
        """Who holds them, where this actor asks; None: nobody."""
        if self.member_id is not None:
            return self.member_id
        of_organization = self.kinds[0].holder is HolderKind.ORGANIZATION
        return actor.organization_id if of_organization else actor.holder_id


Whose: TypeAlias = Kind | Holding
"""A kind alone: the caller's own tokens of it, among which a revoked one is gone (gridX)."""

Named: TypeAlias = UUID | int
"""By what one of them is named: its id, or the number that stands for it or for its family."""


class Held(msgspec.Struct, frozen=True):
    """A token that an actor may manage, with its kind."""

    kind: Kind
    found: Found


def not_found() -> Refused:
    """One same refusal for an id that is unknown, foreign, of another kind or gone."""
    return Refused(Code.NOT_FOUND, "There is no such token.")


def find_held(store: Store, actor: Actor, whose: Whose, named: Named) -> Held:
    """Find one token; raise Refused(NOT_FOUND) for any that is not among them."""
    holding = _holding(whose)
    if holding.member_id is not None:
        find_member(store, actor.organization_id, holding.member_id)
    return _held(actor, whose, _find(store, actor.organization_id, holding, named))


def find_several_held(
    store: Store, actor: Actor, holding: Holding, ids: tuple[UUID, ...]
) -> tuple[Held, ...]:
    """Those of the named tokens that are among them, in this order, each once."""
    if holding.member_id is not None:
        find_member(store, actor.organization_id, holding.member_id)
    holder_id = holding.holder_id(actor)
    kinds = {kind.name: kind for kind in holding.kinds}
    return tuple(
        Held(kinds[found.token.kind], found)
        for found in store.find_tokens(actor.organization_id, ids)
        if found.token.holder_id == holder_id and found.token.kind in kinds
    )


def in_hand(actor: Actor, whose: Whose, named: Named) -> Held | None:
    """The token that the actor presented, where it is the one that is named; None elsewhere.

    It may be as old as the reach allows: whoever refuses by it asks anew before.
    """
    found = actor.found
    if found is None or isinstance(whose, Holding):
        return None
    token = found.token
    is_it = named == (token.id if isinstance(named, UUID) else token.number)
    return _held(actor, whose, found) if is_it and token.kind == whose.name else None


def _held(actor: Actor, whose: Whose, found: Found | None) -> Held:
    holding = _holding(whose)
    if found is None or found.token.holder_id != holding.holder_id(actor):
        raise not_found()
    kind = next((kind for kind in holding.kinds if kind.name == found.token.kind), None)
    if kind is None or (isinstance(whose, Kind) and revoked(kind, found)):
        raise not_found()
    return Held(kind, found)


def _holding(whose: Whose) -> Holding:
    return whose if isinstance(whose, Holding) else Holding((whose,))


def _find(store: Store, organization_id: UUID, holding: Holding, named: Named) -> Found | None:
    if isinstance(named, UUID):
        return store.find_token(organization_id, named)
    if not 0 < named < NUMBERS_END:
        return None
    numbered = (kind for kind in holding.kinds if kind.numbering is not Numbering.NONE)
    looked_for = (store.find_token_numbered(organization_id, kind.name, named) for kind in numbered)
    return next((found for found in looked_for if found is not None), None)


def refuse_ended(held: Held) -> None:
    """Raise Refused(UNPROCESSABLE) for a token that was revoked: that is for good."""
    if revoked(held.kind, held.found):
        raise Refused(Code.UNPROCESSABLE, "The token was revoked: nothing of it changes any more.")


def refuse_session(kind: Kind) -> None:
    """Raise Refused(UNPROCESSABLE) for what nobody changes: the token of a sign-in."""
    if kind.typ is not None:
        raise Refused(Code.UNPROCESSABLE, "A session is neither edited nor rotated: sign in again.")


def still_held(store: Store, actor: Actor, kind: Kind) -> Callable[[UUID], bool]:
    """Tells whether a token of this kind is still there for its managers, and not revoked."""

    def still(token_id: UUID) -> bool:
        found = store.find_token(actor.organization_id, token_id)
        return found is not None and found.token.kind == kind.name and not revoked(kind, found)

    return still
