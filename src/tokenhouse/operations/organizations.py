"""Organizations: one's own, and for operators all of them."""

from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from tokenhouse.core.events import Event, Name
from tokenhouse.core.principal import DEPLOYMENT, Organization
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.operations.admit import Actor, Admit, Asking, Caller
from tokenhouse.operations.changes import Change, Put, Record, Stretch, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.finding import find_organization
from tokenhouse.operations.found import MAX_ORGANIZATION, fault_of_name, tidy
from tokenhouse.operations.keep import Keep
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.operators import Turn, in_turn
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.set_up import beginning, first_groups, new_organization
from tokenhouse.operations.sliced import Sliced, sliced
from tokenhouse.operations.stale import refuse_stale
from tokenhouse.operations.told import before_and_after

_AT_ONCE: Final = 500
"""Organizations that are read in one step while one is looked for by its name."""


class OrganizationEdit(msgspec.Struct, frozen=True):
    """What is to change of an organization; UNSET stays as it is."""

    name: str | UnsetType = UNSET
    suspended: bool | UnsetType = UNSET


class Organizations:
    """Shows organizations; lets operators make, rename, suspend and resume them."""

    def __init__(self, admit: Admit, store: Store, keep: Keep, mint: Mint, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._keep = keep
        self._mint = mint
        self._clock = clock

    def own(self, caller: Caller) -> Organization:
        """Show the caller's own organization."""
        found = self._admit(caller).found
        assert found is not None
        return found.standing.organization

    def page(self, caller: Asking, stretch: Stretch) -> Sliced[Organization]:
        """List all organizations of the deployment."""
        self._admit(caller)
        return sliced(self._store.page_organizations, stretch, lambda one: one.id)

    def find(self, caller: Asking, asked: str | None, most: int) -> tuple[Organization, ...]:
        """At most so many of those with this text as id or name, in any case; of all for None."""
        self._admit(caller)
        if asked is None:
            return self._store.page_organizations(Stretch(most))
        found: list[Organization] = []
        stretch = Stretch(_AT_ONCE)
        while rows := self._store.page_organizations(stretch):
            found += (one for one in rows if _answers_to(one, asked))
            stretch = replace(stretch, after=rows[-1].id)
        return tuple(found[:most])

    def one(self, caller: Asking, organization_id: UUID) -> Organization:
        """Show one organization; raise Refused(NOT_FOUND) where there is none."""
        self._admit(caller)
        return find_organization(self._store, organization_id)

    def create(self, caller: Asking, name: str) -> Organization:
        """Make an organization with the groups that each begins with, which nobody carries yet.

        A retry under the same idempotency key gives the same one.
        """

        def plan() -> Plan[Organization] | Settled[Organization]:
            actor = self._admit(caller)
            if repeat := self._keep.find(caller, actor, self._is_there):
                return Settled(find_organization(self._store, repeat.subject_id))
            now = self._clock.now()
            organization = new_organization(_named(name), self._mint.id(now), now)
            groups = tuple(first_groups(organization.id, self._mint, now).values())
            kept = self._keep.plan(caller, actor, organization.id)
            change = Change(
                DEPLOYMENT,
                actor.guards,
                (Put(organization), *map(Put, groups), *kept),
                (_began(actor, organization), *(_began(actor, group) for group in groups)),
            )
            return Plan(change, lambda done: done.written(Organization))

        return decide(self._store, plan)

    def edit(
        self,
        caller: Asking,
        organization_id: UUID,
        expected: int | None,
        edit: OrganizationEdit,
    ) -> Organization:
        """Rename, suspend or resume an organization.

        Raises Refused(STALE) where it no longer has the version that was expected, and
        Refused(UNPROCESSABLE) for suspending one's own, which would lock the operator out.
        """

        def plan() -> Plan[Organization] | Settled[Organization]:
            actor = self._admit(caller)
            before = find_organization(self._store, organization_id)
            refuse_stale(before.version, expected)
            after = _edited(before, edit)
            if after == before:
                return Settled(before)
            turn = Turn()
            if after.suspended and not before.suspended:
                turn = self._suspending(actor, after)
            later = replace(after, version=before.version + 1, updated_at=self._clock.now())
            change = Change(
                DEPLOYMENT,
                (*actor.guards, guard_of(before), *turn.guards),
                (Put(later), *turn.writes),
                (_changed(actor, before, later),),
            )
            return Plan(change, lambda done: done.written(Organization))

        return decide(self._store, plan)

    def _suspending(self, actor: Actor, organization: Organization) -> Turn:
        if actor.found is not None and actor.organization_id == organization.id:
            problem = Problem("suspended", "you are signed in to this organization")
            sentence = "Your own organization is suspended from another one, or at the machine."
            raise Refused(Code.UNPROCESSABLE, sentence, (problem,))
        return in_turn(self._store)

    def _is_there(self, organization_id: UUID) -> bool:
        return self._store.find_organization(organization_id) is not None


def _answers_to(organization: Organization, asked: str) -> bool:
    named = tidy(organization.name).casefold() == tidy(asked).casefold()
    return named or str(organization.id) == asked.strip().lower()


def _named(name: str) -> str:
    if fault := fault_of_name(name, MAX_ORGANIZATION):
        raise Refused(Code.MALFORMED, "The name cannot be taken.", (Problem("name", fault),))
    return tidy(name)


def _edited(organization: Organization, edit: OrganizationEdit) -> Organization:
    if edit.name is not UNSET:
        organization = replace(organization, name=_named(edit.name))
    if edit.suspended is not UNSET:
        organization = replace(organization, suspended=edit.suspended)
    return organization


def _began(actor: Actor, record: Record) -> Event:
    organization_id, name, details = beginning(record)
    return actor.event(name, organization_id, record.id, details)


def _changed(actor: Actor, before: Organization, after: Organization) -> Event:
    details = before_and_after(before, after, "name", "suspended")
    return actor.event(Name.ORGANIZATION_CHANGED, after.id, after.id, details)
