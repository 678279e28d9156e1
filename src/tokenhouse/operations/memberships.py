"""Memberships: which groups a person carries in an organization, and when that ends."""

from collections.abc import Callable
from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.events import Details, Event, Name
from tokenhouse.core.principal import Membership
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.standing import Standing
from tokenhouse.operations.admit import Admit, Caller, standing_guards
from tokenhouse.operations.decide import Plan, decide
from tokenhouse.operations.issue import assignable
from tokenhouse.operations.ports import Change, Clock, Put, Store


class Memberships:
    """Changes memberships of the caller's organization."""

    def __init__(self, admit: Admit, store: Store, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock

    def assign_groups(
        self, caller: Caller, membership_id: UUID, group_ids: tuple[UUID, ...]
    ) -> None:
        """Give a person exactly these groups; sessions and personal tokens follow at once."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            groups = assignable(self._store, actor, group_ids)

            def change(membership: Membership) -> tuple[Membership, Details]:
                changed = replace(membership, groups=tuple(group.id for group in groups))
                return changed, {
                    "groups_before": [str(group_id) for group_id in membership.groups],
                    "groups_after": [str(group.id) for group in groups],
                }

            return self._plan(caller, membership_id, change)

        decide(self._store, plan)

    def end(self, caller: Caller, membership_id: UUID) -> None:
        """End a membership for good; everything issued to it stops at once."""
        now = self._clock.now()

        def change(membership: Membership) -> tuple[Membership, Details]:
            return replace(membership, ended_at=now), {"ended": True}

        decide(self._store, lambda: self._plan(caller, membership_id, change))

    def _plan(
        self,
        caller: Caller,
        membership_id: UUID,
        change: Callable[[Membership], tuple[Membership, Details]],
    ) -> Plan[None]:
        actor = self._admit(caller)
        standing = self._store.standing(membership_id)
        membership = _membership_of(standing, actor.organization_id)
        assert standing is not None
        changed, details = change(membership)
        later = replace(changed, version=membership.version + 1, updated_at=self._clock.now())
        serialized = self._leaving_administrators(standing, later)
        event = Event(
            Name.MEMBERSHIP_CHANGED,
            actor.organization_id,
            actor.principal_id,
            actor.token.id,
            membership_id,
            {"person": str(membership.person_id), **details},
        )
        relied_on = (*actor.guards, *standing_guards(standing))
        return Plan(
            Change(actor.organization_id, relied_on, (Put(later), *serialized), (event,)),
            lambda _: None,
        )

    def _leaving_administrators(self, standing: Standing, later: Membership) -> tuple[Put, ...]:
        """Refuse when the last one leaves; the group is written, so two cannot leave at once."""
        fixed = next((group for group in standing.groups if group.fixed), None)
        if fixed is None or (fixed.id in later.groups and later.ended_at is None):
            return ()
        counted = self._store.find_group(later.organization_id, fixed.id)
        if counted is None or counted.people <= 1:
            problem = Problem("groups", f"somebody has to stay in {fixed.name}")
            raise Refused(Code.FORBIDDEN, "This is the last administrator.", (problem,))
        return (Put(replace(fixed, version=fixed.version + 1)),)


def _membership_of(standing: Standing | None, organization_id: UUID) -> Membership:
    membership = standing.membership if standing is not None else None
    if (
        membership is None
        or membership.organization_id != organization_id
        or membership.ended_at is not None
    ):
        raise Refused(Code.NOT_FOUND, "There is no such membership.")
    return membership
