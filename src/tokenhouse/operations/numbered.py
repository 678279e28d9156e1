"""The tokens that somebody has under numbers of their families: one row each to its holder."""

from typing import Final

from tokenhouse.core.kind import Kind, Numbering
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.token import Token
from tokenhouse.operations.admit import Actor
from tokenhouse.operations.changes import Page
from tokenhouse.operations.holding import Holding
from tokenhouse.operations.ports import Store

MOST_NUMBERED: Final = 1_000
"""Families of one kind that somebody may have: they are listed, and ended, all at once."""
_AT_ONCE: Final = 256
"""How many could be issued at the same moment, each before it sees another."""


def numbered(store: Store, actor: Actor, kind: Kind) -> tuple[Token, ...]:
    """The actor's own tokens of a kind that stand for their families, by number, not revoked."""
    return _page(store, actor, kind, 0, MOST_NUMBERED + _AT_ONCE)


def refuse_more(store: Store, actor: Actor, kind: Kind) -> None:
    """Raise Refused(UNPROCESSABLE) where the actor has as many families as anybody may."""
    of_families = kind.numbering is Numbering.FAMILY
    if of_families and _page(store, actor, kind, MOST_NUMBERED - 1, 1):
        raise Refused(
            Code.UNPROCESSABLE,
            f"You have {MOST_NUMBERED:,} tokens of this kind, as many as there may be: remove some"
            " first.",
        )


def _page(store: Store, actor: Actor, kind: Kind, offset: int, size: int) -> tuple[Token, ...]:
    holder_id = Holding((kind,)).holder_id(actor)
    page = Page("number", descending=False, offset=offset, size=size)
    return store.page_tokens(actor.organization_id, kind.name, holder_id, page)
