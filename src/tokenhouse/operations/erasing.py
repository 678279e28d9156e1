"""Erase the string that the end of a family still keeps sealed, once the family is over."""

from typing import Final

from msgspec.structs import replace

from tokenhouse.core.moment import Moment
from tokenhouse.core.redemption import without_sealed
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Guard, Put, Stretch, Wanted, guard_of
from tokenhouse.operations.ports import Store

_AT_ONCE: Final = 250


def erasing(store: Store, ended: Token, now: Moment) -> tuple[tuple[Put, ...], tuple[Guard, ...]]:
    """What erases it, and the versions that this relies on; nothing where nothing is sealed.

    `ended` is any token of the family. One at most keeps a string sealed: the end, which was not
    redeemed.
    """
    keeps = _sealing(store, ended)
    if keeps is None:
        return (), ()
    erased = replace(without_sealed(keeps, now), version=keeps.version + 1)
    return (Put(erased),), (guard_of(keeps),)


def _sealing(store: Store, ended: Token) -> Token | None:
    if ended.sealed is not None:
        return ended
    if ended.superseded_at is None:
        return None
    wanted = Wanted((ended.kind,), None, ended.family_id)
    stretch = Stretch(_AT_ONCE, descending=True)
    while rows := store.list_tokens(ended.organization_id, wanted, stretch):
        for found in rows:
            if found.token.sealed is not None:
                return found.token
        stretch = replace(stretch, after=rows[-1].token.id)
    return None
