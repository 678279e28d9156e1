"""What people see and edit of themselves."""

import re
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from tokenhouse.core.events import Event, Name
from tokenhouse.core.permission import Permissions
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import DEPLOYMENT, Membership, Organization, Person
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.standing import Standing
from tokenhouse.operations.admit import Actor, Admit, Caller
from tokenhouse.operations.changes import Change, Put, SignInRecord, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.everywhere import events_of_person
from tokenhouse.operations.finding import find_person
from tokenhouse.operations.found import tidy
from tokenhouse.operations.operators import membership_guards
from tokenhouse.operations.people import (
    Belonging,
    belongings,
    problems_of_full_name,
)
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.stale import refuse_stale
from tokenhouse.operations.told import before_and_after

HOTKEY: Final = "[a-z0-9]"
_HOTKEY: Final = re.compile(HOTKEY)


class MyEdit(msgspec.Struct, frozen=True):
    """What somebody changes of himself; UNSET stays as it is. `hotkey` None or empty: off."""

    full_name: str | UnsetType = UNSET
    default_organization: UUID | UnsetType | None = UNSET
    hotkey: str | UnsetType | None = UNSET


class Mine(msgspec.Struct, frozen=True):
    """Somebody, where he acts now and what he may do there, and where else he belongs."""

    person: Person
    organization: Organization
    membership: Membership
    groups: tuple[PolicyGroup, ...]
    permissions: Permissions
    belongings: tuple[Belonging, ...]


class Me:
    """Shows people themselves, and lets them edit what is theirs."""

    def __init__(self, admit: Admit, store: Store, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock

    def show(self, caller: Caller) -> Mine:
        """Show the person behind the presented token."""
        actor = self._admit(caller)
        return self._mine(actor, self._record(actor))

    def edit(self, caller: Caller, expected: int | None, edit: MyEdit) -> Mine:
        """Edit oneself.

        Raises Refused(STALE) where the person no longer has the version that was expected, and
        Refused(MALFORMED) for a default organization to which one does not belong, and for a hotkey
        that is not one lower-case letter or digit.
        """

        def plan() -> Plan[Mine] | Settled[Mine]:
            actor = self._admit(caller)
            record = self._record(actor)
            before = record.person
            refuse_stale(before.version, expected)
            after = _edited(record, edit)
            if after == before:
                return Settled(self._mine(actor, record))
            later = replace(after, version=before.version + 1, updated_at=self._clock.now())
            change = Change(
                DEPLOYMENT,
                (*actor.guards, guard_of(before), *membership_guards(record)),
                (Put(later),),
                _told(actor, record, later),
            )
            shown = self._mine(actor, replace(record, person=later))
            return Plan(change, lambda _: shown)

        return decide(self._store, plan)

    def _record(self, actor: Actor) -> SignInRecord:
        assert actor.person is not None
        return find_person(self._store, actor.person.id)

    def _mine(self, actor: Actor, record: SignInRecord) -> Mine:
        standing = _standing(actor)
        assert standing.membership is not None
        return Mine(
            record.person,
            standing.organization,
            standing.membership,
            standing.groups,
            actor.permissions,
            belongings(self._store, record),
        )


def _standing(actor: Actor) -> Standing:
    assert actor.found is not None
    return actor.found.standing


def _edited(record: SignInRecord, edit: MyEdit) -> Person:
    person, problems = record.person, []
    if edit.full_name is not UNSET:
        problems += problems_of_full_name(edit.full_name)
        person = replace(person, full_name=tidy(edit.full_name))
    if edit.default_organization is not UNSET:
        wanted = edit.default_organization
        if wanted is None or wanted not in {one.organization_id for one in record.memberships}:
            problems.append(Problem("default_organization", "is none of your organizations"))
        else:
            person = replace(person, default_organization_id=wanted)
    if edit.hotkey is not UNSET:
        if edit.hotkey and _HOTKEY.fullmatch(edit.hotkey) is None:
            problems.append(Problem("token_hotkey", "is not one of a to z, or 0 to 9"))
        person = replace(person, hotkey=edit.hotkey or None)
    if problems:
        raise Refused(Code.MALFORMED, "Some of this cannot be taken.", tuple(problems))
    return person


def _told(actor: Actor, record: SignInRecord, later: Person) -> tuple[Event, ...]:
    """Each organization learns whether it was and is the default, and nothing of the others."""
    before = record.person
    details = before_and_after(before, later, "full_name", "hotkey")
    if before.default_organization_id == later.default_organization_id:
        return events_of_person(actor, record, Name.PERSON_CHANGED, details)
    events: list[Event] = []
    for membership in record.memberships:
        here = membership.organization_id
        told = details | {
            "default_before": before.default_organization_id == here,
            "default_after": later.default_organization_id == here,
        }
        only = replace(record, memberships=(membership,))
        events += events_of_person(actor, only, Name.PERSON_CHANGED, told)
    return tuple(events)
