"""Memberships: which groups a person carries in an organization, and when that ends."""

from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.events import Details, Name
from tokenhouse.core.principal import Membership
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.standing import Standing
from tokenhouse.operations.admit import Actor, Admit, Asking, standing_guards
from tokenhouse.operations.changes import Change, Guard, Put
from tokenhouse.operations.decide import Plan, decide
from tokenhouse.operations.issue import assignable, group_guards
from tokenhouse.operations.ports import Clock, Store


class Memberships:
    """Changes memberships of the caller's organization."""

    def __init__(self, admit: Admit, store: Store, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock

    def assign_groups(
        self, caller: Asking, membership_id: UUID, group_ids: tuple[UUID, ...]
    ) -> None:
        """Give a person exactly these groups; sessions and personal tokens follow at once."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            groups = assignable(self._store, actor, group_ids)
            standing, membership = self._find(actor, membership_id)
            changed = replace(membership, groups=tuple(group.id for group in groups))
            details: Details = {
                "groups_before": [str(group_id) for group_id in membership.groups],
                "groups_after": [str(group.id) for group in groups],
            }
            relied_on = (*standing_guards(standing), *group_guards(groups))
            return self._changing(actor, standing, changed, details, relied_on)

        decide(self._store, plan)

    def end(self, caller: Asking, membership_id: UUID) -> None:
        """End a membership for good; everything issued to it stops at once."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            standing, membership = self._find(actor, membership_id)
            changed = replace(membership, ended_at=self._clock.now())
            relied_on = standing_guards(standing)
            return self._changing(actor, standing, changed, {"ended": True}, relied_on)

        decide(self._store, plan)

    def _find(self, actor: Actor, membership_id: UUID) -> tuple[Standing, Membership]:
        standing = self._store.standing(membership_id)
        membership = standing.membership if standing is not None else None
        if (
            standing is None
            or membership is None
            or membership.organization_id != actor.organization_id
            or membership.ended_at is not None
        ):
            raise Refused(Code.NOT_FOUND, "There is no such membership.")
        return standing, membership

    def _changing(
        self,
        actor: Actor,
        standing: Standing,
        changed: Membership,
        details: Details,
        relied_on: tuple[Guard, ...],
    ) -> Plan[None]:
        later = replace(changed, version=changed.version + 1, updated_at=self._clock.now())
        serialized = self._leaving_administrators(actor, standing, later)
        event = actor.event(
            Name.MEMBERSHIP_CHANGED,
            actor.organization_id,
            later.id,
            {"person": str(later.person_id), **details},
        )
        guards = (*actor.guards, *relied_on)
        writes = (Put(later), *serialized)
        return Plan(Change(actor.organization_id, guards, writes, (event,)), lambda _: None)

    def _leaving_administrators(
        self, actor: Actor, standing: Standing, later: Membership
    ) -> tuple[Put, ...]:
        """Refuse when the last one leaves; the group is written, so two cannot leave at once."""
        fixed = next((group for group in standing.groups if group.fixed), None)
        if fixed is None or (fixed.id in later.groups and later.ended_at is None):
            return ()
        counted = self._store.find_group(later.organization_id, fixed.id)
        if counted is None or counted.people <= 1:
            problem = Problem("groups", f"somebody has to stay in {fixed.name}")
            raise actor.forbidden("This is the last administrator.", (problem,))
        return (Put(replace(fixed, version=fixed.version + 1)),)
