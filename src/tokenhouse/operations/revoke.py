"""Revoke: one token, its family, or everything of a holder before now. For good."""

from typing import Final
from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.events import Details, Event, Name
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.judge import revoked
from tokenhouse.core.kind import Kind
from tokenhouse.core.principal import DEPLOYMENT, Deployment, Membership, Organization
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.standing import Found
from tokenhouse.core.token import FamilyEnd
from tokenhouse.operations.admit import Actor, Admit, Asking, Caller, guards
from tokenhouse.operations.changes import Change, Put, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.everywhere import events_of_person
from tokenhouse.operations.finding import find_member, find_organization, find_person
from tokenhouse.operations.holding import (
    Holding,
    Named,
    Whose,
    find_held,
    find_several_held,
    not_found,
)
from tokenhouse.operations.numbered import MOST_NUMBERED, numbered
from tokenhouse.operations.operators import membership_guards
from tokenhouse.operations.ports import Clock, Store

MOST_AT_ONCE: Final = 500
"""Tokens of any kinds that end in one commit."""


class Revoke:
    """Ends tokens. Once it has answered, no door of ours takes them again."""

    def __init__(self, admit: Admit, store: Store, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock

    def one(self, caller: Asking, whose: Whose, named: Named) -> None:
        """Revoke one token alone; its predecessors and successors go on.

        Of some kinds the whole family ends: it is one thing to its holder, and no older string of
        it may be what is left, nor renew. What is over already stays so, and nothing is written.
        """

        def plan() -> Plan[None] | Settled[None]:
            actor = self._admit(caller)
            held = find_held(self._store, actor, whose, named)
            if revoked(held.kind, held.found):
                return Settled(None)
            if held.kind.ends_with_family:
                return self._ending_families(actor, (held.found,))
            return self._ending(actor, held.found, Name.TOKEN_REVOKED)

        decide(self._store, plan)

    def family(self, caller: Asking, whose: Whose, named: Named) -> None:
        """Revoke a token with all its predecessors and successors, those to come included."""

        def plan() -> Plan[None] | Settled[None]:
            actor = self._admit(caller)
            found = find_held(self._store, actor, whose, named).found
            return self._ending_families(actor, (found,))

        decide(self._store, plan)

    def families(self, caller: Asking, kind: Kind, named: tuple[Named, ...] | None) -> None:
        """Revoke several of the caller's own tokens with their families, all or none.

        None: every one that stands for its family. Raises Refused: NOT_FOUND for one that is not
        among them, and then none has ended; MALFORMED for more than anybody has.
        """
        if named is not None and len(named) > MOST_NUMBERED:
            raise Refused(Code.MALFORMED, f"At most {MOST_NUMBERED:,} tokens end at once.")

        def plan() -> Plan[None] | Settled[None]:
            actor = self._admit(caller)
            wanted = named
            if wanted is None:
                wanted = tuple(token.id for token in numbered(self._store, actor, kind))
            found = (find_held(self._store, actor, kind, one).found for one in wanted)
            return self._ending_families(actor, tuple(found))

        decide(self._store, plan)

    def several(
        self,
        caller: Asking,
        holding: Holding,
        ids: tuple[UUID, ...],
        *,
        with_families: bool = False,
    ) -> None:
        """Revoke several tokens of one holding, whatever their kinds, each as `one` would.

        `with_families`: each as `family` would. All in one commit, and confirmed once; what is over
        already stays so. Raises Refused, and then none has ended: NOT_FOUND for one that is not
        among them, MALFORMED for too many.
        """
        if len(ids) > MOST_AT_ONCE:
            raise Refused(Code.MALFORMED, f"At most {MOST_AT_ONCE} tokens end at once.")

        def plan() -> Plan[None] | Settled[None]:
            actor = self._admit(caller)
            held = find_several_held(self._store, actor, holding, ids)
            if len(held) < len({*ids}):
                raise not_found()
            going_on = [one for one in held if not revoked(one.kind, one.found)]
            families = tuple(
                one.found for one in going_on if with_families or one.kind.ends_with_family
            )
            alone = [
                one.found for one in going_on if not (with_families or one.kind.ends_with_family)
            ]
            endings = [self._ending(actor, found, Name.TOKEN_REVOKED) for found in alone]
            return _as_one(*endings, self._ending_families(actor, families))

        decide(self._store, plan)

    def own_session(self, caller: Asking) -> None:
        """Sign out: revoke the session token that the caller presented."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            assert actor.found is not None
            return self._ending(actor, actor.found, Name.SIGNED_OUT)

        decide(self._store, plan)

    def own_sessions(self, caller: Caller) -> None:
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

    def _ending_families(
        self, actor: Actor, found: tuple[Found, ...]
    ) -> Plan[None] | Settled[None]:
        """One end and one event for each family that is not over yet."""
        going_on = (one for one in found if one.standing.family_end is None)
        families = {one.token.family_id: one for one in going_on}
        if not families:
            return Settled(None)
        within, now = actor.organization_id, self._clock.now()
        relied_on = {guard: None for one in families.values() for guard in guards(one)}
        change = Change(
            within,
            tuple(dict.fromkeys((*actor.guards, *relied_on))),
            tuple(Put(FamilyEnd(family_id, 1, within, now)) for family_id in families),
            tuple(_family_event(actor, one) for one in families.values()),
        )
        return Plan(change, lambda _: None)


def _as_one(*decided: Plan[None] | Settled[None]) -> Plan[None] | Settled[None]:
    """What several decisions write, in one commit."""
    changes = [one.change for one in decided if isinstance(one, Plan)]
    if not changes:
        return Settled(None)
    change = Change(
        changes[0].organization_id,
        tuple(dict.fromkeys(guard for one in changes for guard in one.guards)),
        tuple(write for one in changes for write in one.writes),
        tuple(event for one in changes for event in one.events),
    )
    return Plan(change, lambda _: None)


def _family_event(actor: Actor, found: Found) -> Event:
    token = found.token
    details = {"kind": token.kind, "token": str(token.id), **_told(actor, found)}
    return actor.event(Name.FAMILY_REVOKED, token.organization_id, token.family_id, details)


def _told(actor: Actor, found: Found) -> Details:
    """The person whose token somebody else ends is told of it."""
    person = found.standing.person
    if person is None or person.id == actor.principal_id:
        return {}
    return {"person": str(person.id)}
