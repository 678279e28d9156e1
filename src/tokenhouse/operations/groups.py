"""Policy groups of an organization: make, show, edit, remove."""

import unicodedata
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from tokenhouse.core.events import Details, Event, Name
from tokenhouse.core.permission import Permissions, missing
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.operations.admit import Actor, Admit, Asking
from tokenhouse.operations.changes import (
    Change,
    Drop,
    GroupCount,
    Page,
    Put,
    Stretch,
    guard_of,
)
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.finding import no_organization
from tokenhouse.operations.keep import Keep
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.sliced import Sliced, sliced
from tokenhouse.operations.stale import refuse_stale


class GroupEdit(msgspec.Struct, frozen=True):
    """What is to change in a group; UNSET stays as it is."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    permissions: Permissions | UnsetType = UNSET


_NOTHING: Final = GroupEdit()


class Groups:
    """Manages the policy groups of the caller's organization.

    `within` is the organization that the caller names; None: his own. Another one is refused
    with NOT_FOUND, as one is that does not exist.
    """

    def __init__(self, admit: Admit, store: Store, keep: Keep, mint: Mint, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._keep = keep
        self._mint = mint
        self._clock = clock

    def page(self, caller: Asking, within: UUID | None, page: Page) -> tuple[GroupCount, ...]:
        """List the groups in some order, each with the number of its people."""
        actor = self._admit_to(caller, within)
        return self._shown(self._store.page_groups(actor.organization_id, page))

    def along(self, caller: Asking, stretch: Stretch) -> Sliced[GroupCount]:
        """List the groups, oldest first, each with the number of its people."""
        organization_id = self._admit(caller).organization_id
        listed = sliced(
            lambda wider: self._store.list_groups(organization_id, wider),
            stretch,
            lambda counted: counted.group.id,
        )
        return replace(listed, rows=self._shown(listed.rows))

    def one(self, caller: Asking, within: UUID | None, group_id: UUID) -> GroupCount:
        """Show one group."""
        actor = self._admit_to(caller, within)
        return self._shown((self._find(actor.organization_id, group_id),))[0]

    def create(self, caller: Asking, within: UUID | None, draft: GroupEdit) -> GroupCount:
        """Make a group of permissions that the caller holds himself.

        A retry under the same idempotency key gives the same one.
        """

        def plan() -> Plan[GroupCount] | Settled[GroupCount]:
            actor = self._admit_to(caller, within)
            mine = actor.organization_id

            def still(group_id: UUID) -> bool:
                return self._store.find_group(mine, group_id) is not None

            if repeat := self._keep.find(caller, actor, still):
                return Settled(self._find(mine, repeat.subject_id))
            group = self._edited(actor, self._empty(mine), draft)
            self._refuse_taken(group)
            event = _event(Name.GROUP_CREATED, actor, group, _told("", group))
            kept = self._keep.plan(caller, actor, group.id)
            change = Change(mine, actor.guards, (Put(group), *kept), (event,))
            return Plan(change, lambda done: GroupCount(done.written(PolicyGroup), 0))

        return decide(self._store, plan)

    def edit(
        self,
        caller: Asking,
        within: UUID | None,
        group_id: UUID,
        edit: GroupEdit,
        expected: int | None = None,
    ) -> GroupCount:
        """Edit a group, if it is in the expected version; everybody who carries it follows."""

        def plan() -> Plan[GroupCount] | Settled[GroupCount]:
            actor = self._admit_to(caller, within)
            counted = self._find_editable(actor, group_id)
            refuse_stale(counted.group.version, expected)
            if edit == _NOTHING:
                return Settled(counted)
            before = counted.group
            later = replace(before, version=before.version + 1, updated_at=self._clock.now())
            group = self._edited(actor, later, edit)
            self._refuse_taken(group)
            details = _told("before_", before) | _told("after_", group)
            change = Change(
                actor.organization_id,
                (*actor.guards, guard_of(before)),
                (Put(group),),
                (_event(Name.GROUP_CHANGED, actor, group, details),),
            )
            return Plan(change, lambda done: GroupCount(done.written(PolicyGroup), counted.people))

        return decide(self._store, plan)

    def remove(self, caller: Asking, within: UUID | None, group_id: UUID) -> None:
        """Remove a group; everybody who carries it loses it at once."""

        def plan() -> Plan[None]:
            actor = self._admit_to(caller, within)
            group = self._find_editable(actor, group_id).group
            event = _event(Name.GROUP_REMOVED, actor, group, _told("before_", group))
            change = Change(
                actor.organization_id,
                (*actor.guards, guard_of(group)),
                (Drop(PolicyGroup, group.id),),
                (event,),
            )
            return Plan(change, lambda _: None)

        decide(self._store, plan)

    def _admit_to(self, caller: Asking, within: UUID | None) -> Actor:
        actor = self._admit(caller)
        if within not in {None, actor.organization_id}:
            raise no_organization()
        return actor

    def _shown(self, counted: tuple[GroupCount, ...]) -> tuple[GroupCount, ...]:
        """The same with the permissions that the fixed one gives now."""
        if not any(one.group.fixed for one in counted):
            return counted
        catalogue = self._store.catalogue()
        return tuple(
            replace(one, group=replace(one.group, permissions=one.group.holds(catalogue)))
            if one.group.fixed
            else one
            for one in counted
        )

    def _empty(self, organization_id: UUID) -> PolicyGroup:
        now = self._clock.now()
        return PolicyGroup(
            id=self._mint.id(now),
            version=1,
            organization_id=organization_id,
            name="",
            description="",
            permissions=frozenset(),
            fixed=False,
            created_at=now,
            updated_at=now,
        )

    def _find(self, organization_id: UUID, group_id: UUID) -> GroupCount:
        counted = self._store.find_group(organization_id, group_id)
        if counted is None:
            raise Refused(Code.NOT_FOUND, "There is no such policy group.")
        return counted

    def _find_editable(self, actor: Actor, group_id: UUID) -> GroupCount:
        counted = self._find(actor.organization_id, group_id)
        if counted.group.fixed:
            raise actor.forbidden(
                f"The group {counted.group.name} is fixed: it always holds every permission."
            )
        return counted

    def _edited(self, actor: Actor, group: PolicyGroup, edit: GroupEdit) -> PolicyGroup:
        if edit.name is not UNSET:
            group = replace(group, name=unicodedata.normalize("NFC", edit.name))
        if edit.description is not UNSET:
            group = replace(group, description=edit.description)
        if edit.permissions is not UNSET:
            gained = edit.permissions - group.permissions
            self._refuse_unknown(gained)
            _refuse_not_held(actor, gained)
            group = replace(group, permissions=edit.permissions)
        return group

    def _refuse_unknown(self, names: Permissions) -> None:
        if unknown := missing(names, self._store.catalogue().names):
            raise Refused(
                Code.MALFORMED,
                "Some permissions do not exist.",
                tuple(
                    Problem("permissions", f"{name} is not in the catalogue")
                    for name in sorted(unknown)
                ),
            )

    def _refuse_taken(self, group: PolicyGroup) -> None:
        taken = self._store.find_group_named(group.organization_id, group.name)
        if taken is not None and taken.id != group.id:
            problem = Problem("name", "is taken by another group of this organization")
            raise Refused(Code.MALFORMED, "Group names are unique.", (problem,))


def _refuse_not_held(actor: Actor, gained: Permissions) -> None:
    if beyond := missing(gained, actor.permissions):
        raise actor.forbidden(
            "A group can be given only permissions that you hold yourself.",
            tuple(Problem("permissions", f"you do not hold {name}") for name in sorted(beyond)),
        )


def _told(prefix: str, group: PolicyGroup) -> Details:
    return {
        f"{prefix}name": group.name,
        f"{prefix}description": group.description,
        f"{prefix}permissions": sorted(group.permissions),
    }


def _event(name: Name, actor: Actor, group: PolicyGroup, details: Details) -> Event:
    return actor.event(name, group.organization_id, group.id, details)
