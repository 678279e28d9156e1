"""Revoke: one token, its family, or everything of a holder before now. For good."""

from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.events import Name
from tokenhouse.core.kind import Kind
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.token import PENDING, FamilyEnd, Token
from tokenhouse.operations.admit import Actor, Admit, Asking, guards, standing_guards
from tokenhouse.operations.changes import Change, Guard, Put
from tokenhouse.operations.decide import Plan, decide
from tokenhouse.operations.describe import find_managed
from tokenhouse.operations.ports import Clock, Store


class Revoke:
    """Ends tokens. Once it has answered, no door of ours takes them again."""

    def __init__(self, admit: Admit, store: Store, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock

    def one(self, caller: Asking, kind: Kind, token_id: UUID) -> None:
        """Revoke one token alone; its predecessors and successors go on."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            found = find_managed(self._store, actor, kind, token_id)
            return self._ending(actor, found.token, guards(found), Name.TOKEN_REVOKED)

        decide(self._store, plan)

    def family(self, caller: Asking, kind: Kind, token_id: UUID) -> None:
        """Revoke a token with all its predecessors and successors, those to come included."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            found = find_managed(self._store, actor, kind, token_id)
            family_id = found.token.family_id
            end = FamilyEnd(family_id, 1, actor.organization_id, self._clock.now())
            event = actor.event(
                Name.FAMILY_REVOKED,
                actor.organization_id,
                family_id,
                {"kind": kind.name, "token": str(token_id)},
            )
            relied_on = (*actor.guards, *guards(found))
            change = Change(actor.organization_id, relied_on, (Put(end),), (event,))
            return Plan(change, lambda _: None)

        decide(self._store, plan)

    def own_session(self, caller: Asking) -> None:
        """Sign out: revoke the session token that the caller presented."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            return self._ending(actor, actor.token, actor.guards, Name.SIGNED_OUT)

        decide(self._store, plan)

    def all_of_membership(self, caller: Asking, membership_id: UUID) -> None:
        """Revoke everything that was issued to a membership before now, by one marker."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            standing = self._store.standing(membership_id)
            membership = standing.membership if standing is not None else None
            if (
                standing is None
                or membership is None
                or membership.organization_id != actor.organization_id
            ):
                raise Refused(Code.NOT_FOUND, "There is no such membership.")
            marked = replace(
                membership,
                version=membership.version + 1,
                revoked_before=PENDING,
                updated_at=self._clock.now(),
            )
            event = actor.event(
                Name.HOLDER_REVOKED,
                actor.organization_id,
                membership.id,
                {"person": str(membership.person_id)},
            )
            change = Change(
                actor.organization_id,
                (*actor.guards, *standing_guards(standing)),
                (Put(marked),),
                (event,),
            )
            return Plan(change, lambda _: None)

        decide(self._store, plan)

    def _ending(
        self, actor: Actor, token: Token, relied_on: tuple[Guard, ...], name: Name
    ) -> Plan[None]:
        now = self._clock.now()
        ended = replace(token, version=token.version + 1, revoked_at=now, updated_at=now)
        event = actor.event(
            name,
            token.organization_id,
            token.id,
            {"kind": token.kind, "description": token.description},
        )
        change = Change(actor.organization_id, (*actor.guards, *relied_on), (Put(ended),), (event,))
        return Plan(change, lambda _: None)
