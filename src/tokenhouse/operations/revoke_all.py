"""Revoke everything that was issued before now: to a holder, an organization, everybody.

One marker does it, however much there is; what is issued later is not reached.
"""

from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.events import Details, Name
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.principal import DEPLOYMENT, Deployment, Membership, Organization
from tokenhouse.operations.admit import Actor, Admit, Asking, Caller
from tokenhouse.operations.changes import Change, Put, guard_of
from tokenhouse.operations.decide import Plan, decide
from tokenhouse.operations.everywhere import events_of_person
from tokenhouse.operations.finding import find_member, find_organization, find_person
from tokenhouse.operations.operators import membership_guards
from tokenhouse.operations.ports import Clock, Store


class RevokeAll:
    """Sets marks. Once it has answered, no door of ours takes what they reach."""

    def __init__(self, admit: Admit, store: Store, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock

    def other_sessions(self, caller: Caller) -> None:
        """End every other session of the person, in whatever organization, but the presented one.

        What is no session goes on: personal tokens, and what applications hold.
        """

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            assert actor.person is not None
            record = find_person(self._store, actor.person.id)
            person = replace(
                record.person,
                version=record.person.version + 1,
                sessions_revoked_before=PENDING,
                spared_token_id=actor.token_id,
                updated_at=self._clock.now(),
            )
            relied_on = (*actor.guards, guard_of(record.person), *membership_guards(record))
            events = events_of_person(actor, record, Name.SESSIONS_ENDED, {})
            return Plan(Change(DEPLOYMENT, relied_on, (Put(person),), events), lambda _: None)

        decide(self._store, plan)

    def of_membership(self, caller: Asking, membership_id: UUID) -> None:
        """Revoke everything that was issued to a membership before now, by one marker."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            member = find_member(self._store, actor.organization_id, membership_id)
            return self._marking(actor, member.membership)

        decide(self._store, plan)

    def own(self, caller: Caller) -> None:
        """Revoke everything of the caller's own membership before now, this session too."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            assert actor.found is not None
            assert actor.found.standing.membership is not None
            return self._marking(actor, actor.found.standing.membership)

        decide(self._store, plan)

    def of_organization(self, caller: Asking, organization_id: UUID | None = None) -> None:
        """Revoke everything of an organization before now; None: of the caller's own.

        Raises Refused(NOT_FOUND). Naming one is for operators: the route demands it.
        """

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            named = organization_id or actor.organization_id
            return self._marking(actor, find_organization(self._store, named))

        decide(self._store, plan)

    def of_deployment(self, caller: Asking) -> None:
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
