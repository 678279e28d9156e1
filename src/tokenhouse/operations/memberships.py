"""Memberships: which groups a person carries in an organization, suspension, and the end."""

from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from tokenhouse.core.events import Name
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Membership, Person, canonical_email
from tokenhouse.core.refusal import Problem
from tokenhouse.core.standing import Standing
from tokenhouse.operations.admit import Actor, Admit, Asking, standing_guards
from tokenhouse.operations.changes import Change, Member, Put, Stretch
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.finding import find_membership
from tokenhouse.operations.issue import assignable, group_guards
from tokenhouse.operations.operators import Turn, leave_operators
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.sliced import Sliced, each, sliced
from tokenhouse.operations.stale import refuse_stale
from tokenhouse.operations.told import before_and_after

LOOKED_THROUGH: Final = 2000
"""Memberships that one request for the members of a group looks through at most."""


class MembershipEdit(msgspec.Struct, frozen=True):
    """What is to change of a membership; UNSET stays as it is."""

    groups: tuple[UUID, ...] | UnsetType = UNSET
    suspended: bool | UnsetType = UNSET


class Sought(msgspec.Struct, frozen=True):
    """Which memberships are asked for; None: whatever it is."""

    email: str | None = None
    group_id: UUID | None = None


class Joined(msgspec.Struct, frozen=True):
    """A membership with its person and the groups that it carries."""

    membership: Membership
    person: Person
    groups: tuple[PolicyGroup, ...]


class Memberships:
    """Shows, edits and ends memberships of the caller's organization."""

    def __init__(self, admit: Admit, store: Store, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock

    def page(self, caller: Asking, sought: Sought, stretch: Stretch) -> Sliced[Joined]:
        """List memberships that have not ended.

        A slice of the members of a group can be short though the list goes on: a request looks
        through LOOKED_THROUGH at most.
        """
        organization_id = self._admit(caller).organization_id
        if sought.email is not None:
            listed = Sliced(self._of(organization_id, sought, canonical_email(sought.email)))
        elif sought.group_id is not None:
            listed = self._carrying(organization_id, sought.group_id, stretch)
        else:
            listed = self._all(organization_id, stretch)
        ids = tuple({group_id for one in listed.rows for group_id in one.membership.groups})
        groups = {group.id: group for group in self._store.find_groups(organization_id, ids)}
        return each(
            listed,
            lambda member: Joined(
                member.membership,
                member.person,
                tuple(groups[one] for one in member.membership.groups if one in groups),
            ),
        )

    def one(self, caller: Asking, membership_id: UUID) -> Joined:
        """Show one membership; raise Refused(NOT_FOUND) where there is none or it ended."""
        standing, membership, person = self._find(self._admit(caller), membership_id)
        return Joined(membership, person, standing.groups)

    def edit(
        self, caller: Asking, membership_id: UUID, expected: int | None, edit: MembershipEdit
    ) -> Joined:
        """Give a person other groups, suspend or resume; all tokens follow at once.

        Raises Refused(STALE) where the membership no longer has the version that was expected.
        """

        def plan() -> Plan[Joined] | Settled[Joined]:
            actor = self._admit(caller)
            standing, before, person = self._find(actor, membership_id)
            refuse_stale(before.version, expected)
            groups, after = standing.groups, before
            if edit.groups is not UNSET:
                groups = assignable(self._store, actor, edit.groups)
                after = replace(after, groups=tuple(group.id for group in groups))
            if edit.suspended is not UNSET:
                after = replace(after, suspended=edit.suspended)
            if after == before:
                return Settled(Joined(before, person, groups))
            change = self._change(actor, standing, after, groups)
            return Plan(change, lambda done: Joined(done.written(Membership), person, groups))

        return decide(self._store, plan)

    def end(self, caller: Asking, membership_id: UUID) -> None:
        """End a membership for good; everything issued to it stops at once."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            standing, membership, _ = self._find(actor, membership_id)
            ended = replace(membership, ended_at=self._clock.now())
            return Plan(self._change(actor, standing, ended), lambda _: None)

        decide(self._store, plan)

    def _all(self, organization_id: UUID, stretch: Stretch) -> Sliced[Member]:
        return sliced(
            lambda wider: self._store.page_members(organization_id, wider),
            stretch,
            lambda member: member.membership.id,
        )

    def _of(self, organization_id: UUID, sought: Sought, email: str) -> tuple[Member, ...]:
        member = self._store.find_member_by_email(organization_id, email)
        if member is None or sought.group_id not in {None, *member.membership.groups}:
            return ()
        return (member,)

    def _carrying(self, organization_id: UUID, group_id: UUID, stretch: Stretch) -> Sliced[Member]:
        looked = self._all(organization_id, replace(stretch, size=LOOKED_THROUGH))
        found = tuple(one for one in looked.rows if group_id in one.membership.groups)
        if len(found) <= stretch.size:
            return Sliced(found, looked.after)
        kept = found[: stretch.size]
        return Sliced(kept, kept[-1].membership.id)

    def _find(self, actor: Actor, membership_id: UUID) -> tuple[Standing, Membership, Person]:
        return find_membership(self._store, actor.organization_id, membership_id)

    def _change(
        self,
        actor: Actor,
        standing: Standing,
        after: Membership,
        groups: tuple[PolicyGroup, ...] = (),
    ) -> Change:
        before = standing.membership
        assert before is not None
        later = replace(after, version=before.version + 1, updated_at=self._clock.now())
        serialized = self._leaving_administrators(actor, standing, later)
        turn = self._leaving_operators(actor, standing, later)
        name = Name.MEMBERSHIP_CHANGED if later.ended_at is None else Name.MEMBERSHIP_ENDED
        details = before_and_after(before, later, "groups", "suspended")
        if later.ended_at is not None:
            details["groups_before"] = [str(group_id) for group_id in before.groups]
        told = {"person": str(later.person_id), **details}
        return Change(
            actor.organization_id,
            (*actor.guards, *standing_guards(standing), *group_guards(groups), *turn.guards),
            (Put(later), *serialized, *turn.writes),
            (actor.event(name, actor.organization_id, later.id, told),),
        )

    def _leaving_administrators(
        self, actor: Actor, standing: Standing, later: Membership
    ) -> tuple[Put, ...]:
        """Refuse when the last one leaves; the group is written, so two cannot leave at once."""
        fixed = next((group for group in standing.groups if group.fixed), None)
        if fixed is None or not _is_active(standing.membership, standing.person):
            return ()
        if fixed.id in later.groups and _is_active(later, standing.person):
            return ()
        if self._store.active_members(later.organization_id, fixed.id) <= 1:
            problem = Problem("groups", f"somebody active has to stay in {fixed.name}")
            raise actor.forbidden("This is the last administrator.", (problem,))
        return (Put(replace(fixed, version=fixed.version + 1)),)

    def _leaving_operators(self, actor: Actor, standing: Standing, later: Membership) -> Turn:
        """An operator without any active membership could not sign in."""
        person = standing.person
        if person is None or not person.operator or _is_active(later, person):
            return Turn()
        before = self._store.find_person(person.id)
        assert before is not None
        left = tuple(one for one in before.memberships if one.id != later.id)
        return leave_operators(self._store, actor, before, replace(before, memberships=left))


def _is_active(membership: Membership | None, person: Person | None) -> bool:
    return (
        membership is not None
        and person is not None
        and membership.ended_at is None
        and not (membership.suspended or person.suspended)
    )
