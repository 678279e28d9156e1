"""Policy groups of an organization: make, show, edit, remove."""

import unicodedata
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from tokenhouse.core.events import Details, Event, Name
from tokenhouse.core.permission import Permissions, PolicyGroup, missing
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.operations.admit import Actor, Admit, Asking
from tokenhouse.operations.changes import Change, Committed, Drop, GroupCount, Guard, Page, Put
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.ports import Clock, Store


class GroupEdit(msgspec.Struct, frozen=True):
    """What is to change in a group; UNSET stays as it is."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    permissions: Permissions | UnsetType = UNSET


_NOTHING: Final = GroupEdit()


class Groups:
    """Manages the policy groups of the caller's organization."""

    def __init__(self, admit: Admit, store: Store, mint: Mint, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._mint = mint
        self._clock = clock

    def page(self, caller: Asking, organization_id: UUID, page: Page) -> tuple[GroupCount, ...]:
        """List the groups, each with the number of its people."""
        self._admit_to(caller, organization_id)
        return self._store.page_groups(organization_id, page)

    def one(self, caller: Asking, organization_id: UUID, group_id: UUID) -> GroupCount:
        """Show one group."""
        self._admit_to(caller, organization_id)
        return self._find(organization_id, group_id)

    def create(self, caller: Asking, organization_id: UUID, draft: GroupEdit) -> GroupCount:
        """Make a group of permissions that the caller holds himself."""

        def plan() -> Plan[GroupCount]:
            actor = self._admit_to(caller, organization_id)
            now = self._clock.now()
            empty = PolicyGroup(
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
            group = self._edited(actor, empty, draft)
            self._refuse_taken(group)
            event = _event(Name.GROUP_CREATED, actor, group, _told("", group))
            change = Change(organization_id, actor.guards, (Put(group),), (event,))
            return Plan(change, lambda committed: GroupCount(_written(committed), 0))

        return decide(self._store, plan)

    def edit(
        self, caller: Asking, organization_id: UUID, group_id: UUID, edit: GroupEdit
    ) -> GroupCount:
        """Edit a group; everybody who carries it follows at once."""

        def plan() -> Plan[GroupCount] | Settled[GroupCount]:
            actor = self._admit_to(caller, organization_id)
            counted = self._find_editable(actor, group_id)
            if edit == _NOTHING:
                return Settled(counted)
            before = counted.group
            later = replace(before, version=before.version + 1, updated_at=self._clock.now())
            group = self._edited(actor, later, edit)
            self._refuse_taken(group)
            details = _told("before_", before) | _told("after_", group)
            change = Change(
                organization_id,
                (*actor.guards, _guard(before)),
                (Put(group),),
                (_event(Name.GROUP_CHANGED, actor, group, details),),
            )
            return Plan(change, lambda done: GroupCount(_written(done), counted.people))

        return decide(self._store, plan)

    def remove(self, caller: Asking, organization_id: UUID, group_id: UUID) -> None:
        """Remove a group; everybody who carries it loses it at once."""

        def plan() -> Plan[None]:
            actor = self._admit_to(caller, organization_id)
            group = self._find_editable(actor, group_id).group
            event = _event(Name.GROUP_REMOVED, actor, group, _told("before_", group))
            change = Change(
                organization_id,
                (*actor.guards, _guard(group)),
                (Drop(PolicyGroup, group.id),),
                (event,),
            )
            return Plan(change, lambda _: None)

        decide(self._store, plan)

    def _admit_to(self, caller: Asking, organization_id: UUID) -> Actor:
        actor = self._admit(caller)
        if actor.organization_id != organization_id:
            raise Refused(Code.NOT_FOUND, "There is no such account.")
        return actor

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
        if unknown := missing(names, self._store.catalogue().names()):
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
            problem = Problem("name", "is taken by another group of this account")
            raise Refused(Code.MALFORMED, "Group names are unique.", (problem,))


def _refuse_not_held(actor: Actor, gained: Permissions) -> None:
    if beyond := missing(gained, actor.permissions):
        raise actor.forbidden(
            "A group can be given only permissions that you hold yourself.",
            tuple(Problem("permissions", f"you do not hold {name}") for name in sorted(beyond)),
        )


def _guard(group: PolicyGroup) -> Guard:
    return Guard(PolicyGroup, group.id, group.version)


def _written(committed: Committed) -> PolicyGroup:
    return next(record for record in committed.records if isinstance(record, PolicyGroup))


def _told(prefix: str, group: PolicyGroup) -> Details:
    return {
        f"{prefix}name": group.name,
        f"{prefix}description": group.description,
        f"{prefix}permissions": sorted(group.permissions),
    }


def _event(name: Name, actor: Actor, group: PolicyGroup, details: Details) -> Event:
    return actor.event(name, group.organization_id, group.id, details)
