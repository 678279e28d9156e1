"""Rotate a token: a successor under the terms of its kind, asked by someone who may manage it."""

from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Name
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import Lifetime
from tokenhouse.core.permission import NOTHING
from tokenhouse.core.standing import Found
from tokenhouse.core.succession import Successor, succeed
from tokenhouse.core.token import Token
from tokenhouse.operations.admit import Actor, Admit, Asking, guards
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.changes import Change, Put
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.describe import described, find_managed, still_managed
from tokenhouse.operations.issue import (
    Issued,
    issued_event,
    owner_of,
    refuse_stronger,
    written,
)
from tokenhouse.operations.keep import Keep
from tokenhouse.operations.mint import Mint, presented_as
from tokenhouse.operations.ports import Clock, Store


class Rotate:
    """Gives a token a successor. A token may always rotate itself; others need the permission."""

    def __init__(self, admit: Admit, store: Store, keep: Keep, mint: Mint, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._keep = keep
        self._mint = mint
        self._clock = clock

    def __call__(
        self, caller: Asking, kind: Kind, token_id: UUID, extension: Lifetime | None
    ) -> Issued:
        """Rotate a token of this kind; its expiry moves by `extension`, or stays.

        Raises Refused: NOT_FOUND for a token that is not the caller's to see, FORBIDDEN,
        UNPROCESSABLE where no living successor can come of it.
        """
        return decide(self._store, lambda: self._plan(caller, kind, token_id, extension))

    def _plan(
        self, caller: Asking, kind: Kind, token_id: UUID, extension: Lifetime | None
    ) -> Plan[Issued] | Settled[Issued]:
        actor = self._admit_for(caller, token_id)
        found = find_managed(self._store, actor, kind, token_id)
        refuse_stronger(actor, kind, found)
        if repeat := self._keep.find(caller, actor, still_managed(self._store, actor, kind)):
            again = find_managed(self._store, actor, kind, repeat.subject_id)
            refuse_stronger(actor, kind, again)
            return Settled(Issued(described(again.token, again), repeat.secret))
        now = self._clock.now()
        assert kind.succession is not None
        successor = succeed(found.token, kind.succession, extension, now)
        secret = self._mint.string(kind)
        first = self._mint.token(kind, owner_of(kind, actor), now)
        token = _succeeding(presented_as(first, secret), found.token, successor)
        kept = self._keep.plan(caller, actor, token.id, secret)
        old = successor.predecessor
        changed = () if old is None else (Put(replace(old, version=old.version + 1)),)
        change = Change(
            organization_id=actor.organization_id,
            guards=(*actor.guards, *guards(found)),
            writes=(Put(token), *changed, *kept),
            events=(issued_event(Name.TOKEN_ROTATED, actor, token),),
        )
        return Plan(change, lambda committed: _issued(written(committed), found, secret))

    def _admit_for(self, caller: Asking, token_id: UUID) -> Actor:
        if isinstance(caller, AtMachine):
            return self._admit(caller)
        demand = Demand(caller.demand.door, NOTHING, caller.demand.asker)
        actor = self._admit(replace(caller, demand=demand))
        return actor if actor.token_id == token_id else self._admit(caller)


def _issued(token: Token, found: Found, secret: Secret) -> Issued:
    return Issued(described(token, found), secret)


def _succeeding(token: Token, predecessor: Token, successor: Successor) -> Token:
    return replace(
        token,
        holder_id=predecessor.holder_id,
        family_id=successor.family_id,
        predecessor_id=successor.predecessor_id,
        description=predecessor.description,
        groups=predecessor.groups,
        expires_at=successor.expires_at,
    )
