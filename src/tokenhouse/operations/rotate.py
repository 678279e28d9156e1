"""Rotate a token: a successor under the terms of its kind, asked by someone who may manage it."""

from contextlib import suppress

import msgspec
from msgspec.structs import replace

from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Name
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import Lifetime, Moment, format_duration
from tokenhouse.core.permission import NOTHING
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.standing import Found
from tokenhouse.core.succession import Expiry, Fate, Successor, Terms, succeed
from tokenhouse.core.token import Token
from tokenhouse.operations.admit import Actor, Admit, Asking, guards
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.changes import Change, Put
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.describe import described
from tokenhouse.operations.holding import (
    Held,
    Named,
    Whose,
    find_held,
    in_hand,
    refuse_ended,
    refuse_session,
    still_held,
)
from tokenhouse.operations.issue import (
    Issued,
    issued_event,
    owner_of,
    refuse_stronger,
)
from tokenhouse.operations.keep import REPEATED_FOR, Keep
from tokenhouse.operations.mint import Mint, presented_as
from tokenhouse.operations.narrowing import refuse_against_policy, refuse_wider
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.succeeding import left_behind, refuse_succeeded, succeeding


class Rotate:
    """Gives a token a successor. A token may always rotate itself; others need the permission."""

    def __init__(self, admit: Admit, store: Store, keep: Keep, mint: Mint, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._keep = keep
        self._mint = mint
        self._clock = clock

    def __call__(
        self,
        caller: Asking,
        whose: Whose,
        named: Named,
        expiry: Expiry,
        overlap: Lifetime | None = None,
    ) -> Issued:
        """Rotate a token; the successor inherits all that it may do, and where it may be used.

        The old one stays good for `overlap`; None: as its kind has it, to its own expiry. Raises
        Refused: NOT_FOUND for a token that is not the caller's to see, FORBIDDEN, UNPROCESSABLE
        where no living successor can come of it.
        """
        rotation = _Rotation(expiry, overlap)
        return decide(self._store, lambda: self._plan(caller, whose, named, rotation))

    def _plan(
        self, caller: Asking, whose: Whose, named: Named, rotation: "_Rotation"
    ) -> Plan[Issued] | Settled[Issued]:
        actor = self._admit_for(caller, named)
        if (held := in_hand(actor, whose, named)) is not None:
            with suppress(Refused):  # it may be as old as the reach allows: no no is taken from it
                return self._planned(caller, actor, whose, held, rotation)
        held = find_held(self._store, actor, whose, named)
        return self._planned(caller, actor, whose, held, rotation)

    def _planned(
        self, caller: Asking, actor: Actor, whose: Whose, held: Held, rotation: "_Rotation"
    ) -> Plan[Issued] | Settled[Issued]:
        kind, found = held.kind, held.found
        _refuse_more_than_own(actor, held)
        if repeat := self._keep.find(caller, actor, still_held(self._store, actor, kind)):
            again = find_held(self._store, actor, whose, repeat.subject_id)
            _refuse_more_than_own(actor, again)
            return Settled(Issued(described(again.found.token, again.found), repeat.secret))
        refuse_ended(held)
        refuse_session(kind)
        refuse_succeeded(kind, found.token)
        now = self._clock.now()
        if actor.token_id == found.token.id:
            rotation.refuse_lockout(now)
        successor = rotation.successor(held, now)
        secret = self._mint.string(kind)
        first = self._mint.token(kind, owner_of(kind, actor), now)
        token = succeeding(kind, presented_as(first, secret), found.token, successor)
        kept = self._keep.plan(caller, actor, token.id, secret)
        change = Change(
            organization_id=actor.organization_id,
            guards=(*actor.guards, *guards(found)),
            writes=(Put(token), *left_behind(kind, successor), *kept),
            events=(issued_event(Name.TOKEN_ROTATED, actor, token),),
        )
        return Plan(change, lambda committed: _issued(committed.written(Token), found, secret))

    def _admit_for(self, caller: Asking, named: Named) -> Actor:
        if isinstance(caller, AtMachine) or not caller.demand.permissions:
            return self._admit(caller)
        demand = replace(caller.demand, permissions=NOTHING)
        actor = self._admit(replace(caller, demand=demand))
        return actor if actor.token_id == named else self._admit(caller)


class _Rotation(msgspec.Struct, frozen=True):
    """What is asked: of the expiry, and for how long the old one stays good."""

    expiry: Expiry
    overlap: Lifetime | None

    def successor(self, held: Held, now: Moment) -> Successor:
        """What comes of it now; raise Refused(UNPROCESSABLE) where nothing can."""
        token = held.found.token
        successor = succeed(token, self._terms(held.kind, now), self.expiry, now)
        organization = held.found.standing.organization
        field = "lifetime" if isinstance(self.expiry, Lifetime) else "expires_at"
        code, expires_at = Code.UNPROCESSABLE, successor.expires_at
        refuse_against_policy(organization, held.kind, now, expires_at, code, field)
        return successor

    def refuse_lockout(self, now: Moment) -> None:
        """Of a token that rotates itself, refuse to end it before a lost answer can be asked for.

        Raises Refused(UNPROCESSABLE): nobody else may be there to help.
        """
        if self.overlap is not None and self._lasting(self.overlap, now) < REPEATED_FOR:
            told = f"is shorter than {format_duration(REPEATED_FOR)}, in which a token that rotates"
            problem = Problem("overlap", f"{told} itself can ask again for an answer that was lost")
            raise Refused(Code.UNPROCESSABLE, "The overlap is too short.", (problem,))

    def _terms(self, kind: Kind, now: Moment) -> Terms:
        if self.overlap is None:
            return kind.succession or Terms(Fate.LIVES)
        return Terms(Fate.ENDS, self._lasting(self.overlap, now))

    @staticmethod
    def _lasting(overlap: Lifetime, now: Moment) -> int:
        try:
            return overlap.after(now) - now
        except ValueError as error:
            problem = Problem("overlap", str(error))
            raise Refused(Code.UNPROCESSABLE, "The overlap is too long.", (problem,)) from None


def _refuse_more_than_own(actor: Actor, held: Held) -> None:
    """Nobody gets a string that may do more than he, or be used from where he may not."""
    refuse_stronger(actor, held.kind, held.found)
    refuse_wider(actor, held.found.token.addresses)


def _issued(token: Token, found: Found, secret: Secret) -> Issued:
    return Issued(described(token, found), secret)
