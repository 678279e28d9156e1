"""Erase the string that a redeemed token still keeps sealed, once its family is over."""

from typing import Final
from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.moment import Moment
from tokenhouse.core.redemption import without_sealed
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Guard, Put, Stretch, Wanted, guard_of
from tokenhouse.operations.ports import Store

_AT_ONCE: Final = 250


def erasing(store: Store, ended: Token, now: Moment) -> tuple[tuple[Put, ...], tuple[Guard, ...]]:
    """What erases it, and the versions that this relies on; nothing where nothing is sealed.

    `ended` is any token of the family. One at most keeps a string sealed: the predecessor of the
    end that was not redeemed.
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
        return _kept(store, ended.organization_id, ended.predecessor_id)
    wanted = Wanted((ended.kind,), None, ended.family_id)
    stretch = Stretch(_AT_ONCE, descending=True)
    while rows := store.list_tokens(ended.organization_id, wanted, stretch):
        for found in rows:
            if found.token.sealed is not None:
                return found.token
        stretch = replace(stretch, after=rows[-1].token.id)
    return None


def _kept(store: Store, organization_id: UUID, token_id: UUID | None) -> Token | None:
    found = None if token_id is None else store.find_token(organization_id, token_id)
    return found.token if found is not None and found.token.sealed is not None else None
