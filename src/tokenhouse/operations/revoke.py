"""Revoke: one token, its family, or everything of a holder before now. For good."""

from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.events import Details, Name
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.judge import revoked
from tokenhouse.core.principal import DEPLOYMENT, Deployment, Membership, Organization
from tokenhouse.core.standing import Found
from tokenhouse.core.token import FamilyEnd
from tokenhouse.operations.admit import Actor, Admit, Asking, Caller, guards
from tokenhouse.operations.changes import Change, Put, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.finding import find_member, find_organization
from tokenhouse.operations.holding import Whose, find_held
from tokenhouse.operations.ports import Clock, Store


class Revoke:
    """Ends tokens. Once it has answered, no door of ours takes them again."""

    def __init__(self, admit: Admit, store: Store, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock

    def one(self, caller: Asking, whose: Whose, token_id: UUID) -> None:
        """Revoke one token alone; its predecessors and successors go on.

        What is over already stays so, and nothing is written.
        """

        def plan() -> Plan[None] | Settled[None]:
            actor = self._admit(caller)
            held = find_held(self._store, actor, whose, token_id)
            if revoked(held.kind, held.found):
                return Settled(None)
            return self._ending(actor, held.found, Name.TOKEN_REVOKED)

        decide(self._store, plan)

    def family(self, caller: Asking, whose: Whose, token_id: UUID) -> None:
        """Revoke a token with all its predecessors and successors, those to come included."""

        def plan() -> Plan[None] | Settled[None]:
            actor = self._admit(caller)
            found = find_held(self._store, actor, whose, token_id).found
            token = found.token
            if found.standing.family_end is not None:
                return Settled(None)
            end = FamilyEnd(token.family_id, 1, actor.organization_id, self._clock.now())
            details: Details = {"kind": token.kind, "token": str(token_id)}
            event = actor.event(
                Name.FAMILY_REVOKED, actor.organization_id, token.family_id, details
            )
            relied_on = (*actor.guards, *guards(found))
            change = Change(actor.organization_id, relied_on, (Put(end),), (event,))
            return Plan(change, lambda _: None)

        decide(self._store, plan)

    def own_session(self, caller: Asking) -> None:
        """Sign out: revoke the session token that the caller presented."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            assert actor.found is not None
            return self._ending(actor, actor.found, Name.SIGNED_OUT)

        decide(self._store, plan)

    def all_of_membership(self, caller: Asking, membership_id: UUID) -> None:
        """Revoke everything that was issued to a membership before now, by one marker."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            member = find_member(self._store, actor.organization_id, membership_id)
            return self._marking(actor, member.membership)

        decide(self._store, plan)

    def all_own(self, caller: Caller) -> None:
        """Revoke everything of the caller's own membership before now, this session too."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            assert actor.found is not None
            assert actor.found.standing.membership is not None
            return self._marking(actor, actor.found.standing.membership)

        decide(self._store, plan)

    def all_of_organization(self, caller: Asking, organization_id: UUID | None = None) -> None:
        """Revoke everything of an organization before now; None: of the caller's own.

        Raises Refused(NOT_FOUND). Naming one is for operators: the route demands it.
        """

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            named = organization_id or actor.organization_id
            return self._marking(actor, find_organization(self._store, named))

        decide(self._store, plan)

    def all_of_deployment(self, caller: Asking) -> None:
        """Revoke everything that was issued before now, to whomever."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            deployment = self._store.deployment()
            assert deployment is not None
            return self._marking(actor, deployment)

        decide(self._store, plan)

    def _marking(self, actor: Actor, kept: Membership | Organization | Deployment) -> Plan[None]:
        marked = replace(kept, version=kept.version + 1, revoked_before=PENDING)
        within, name, details = DEPLOYMENT, Name.DEPLOYMENT_REVOKED, Details()
        if isinstance(marked, Organization):
            within, name = marked.id, Name.ORGANIZATION_REVOKED
        elif isinstance(marked, Membership):
            within, name = marked.organization_id, Name.HOLDER_REVOKED
            details = {"person": str(marked.person_id)}
        if not isinstance(marked, Deployment):
            marked = replace(marked, updated_at=self._clock.now())
        event = actor.event(name, within, kept.id, details)
        relied_on = (*actor.guards, guard_of(kept))
        return Plan(Change(within, relied_on, (Put(marked),), (event,)), lambda _: None)

    def _ending(self, actor: Actor, found: Found, name: Name) -> Plan[None]:
        now, token = self._clock.now(), found.token
        ended = replace(token, version=token.version + 1, revoked_at=now, updated_at=now)
        details = {
            "kind": token.kind,
            "description": token.description,
            **_told(actor, found),
        }
        event = actor.event(name, token.organization_id, token.id, details)
        relied_on = (*actor.guards, *guards(found))
        change = Change(actor.organization_id, relied_on, (Put(ended),), (event,))
        return Plan(change, lambda _: None)


def _told(actor: Actor, found: Found) -> Details:
    """The person whose token somebody else ends is told of it."""
    person = found.standing.person
    if person is None or person.id == actor.principal_id:
        return {}
    return {"person": str(person.id)}
