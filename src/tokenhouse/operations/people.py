"""People of the deployment, whatever organizations they belong to: what operators do with them."""

from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from tokenhouse.core.events import Event, Name
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.principal import (
    DEPLOYMENT,
    Membership,
    Organization,
    Person,
    canonical_email,
    canonical_short_name,
    is_short_name,
)
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.operations.admit import Actor, Admit, Asking
from tokenhouse.operations.changes import Change, Put, SignInRecord, Stretch, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.everywhere import events_of_person
from tokenhouse.operations.finding import find_person, is_of_another
from tokenhouse.operations.found import MAX_FULL_NAME, fault_of_email, fault_of_name, tidy
from tokenhouse.operations.operators import Turn, leave_operators, membership_guards
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.sliced import Sliced, sliced
from tokenhouse.operations.stale import refuse_stale
from tokenhouse.operations.told import before_and_after


class PersonEdit(msgspec.Struct, frozen=True):
    """What is to change of a person; UNSET stays as it is."""

    full_name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    suspended: bool | UnsetType = UNSET
    operator: bool | UnsetType = UNSET
    short_name: str | UnsetType = UNSET
    """An empty one takes it away."""


class Belonging(msgspec.Struct, frozen=True):
    """A membership that has not ended, with its organization."""

    membership: Membership
    organization: Organization


class Known(msgspec.Struct, frozen=True):
    """A person, and where he belongs."""

    person: Person
    belongings: tuple[Belonging, ...]


class People:
    """Shows people to operators; lets them edit, suspend and resume, and revoke everything."""

    def __init__(self, admit: Admit, store: Store, clock: Clock) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock

    def page(self, caller: Asking, email: str | None, stretch: Stretch) -> Sliced[Person]:
        """List all people of the deployment, or whoever has this e-mail."""
        self._admit(caller)
        if email is None:
            return sliced(self._store.page_people, stretch, lambda person: person.id)
        record = self._store.find_for_sign_in(canonical_email(email))
        return Sliced((record.person,) if record is not None else ())

    def one(self, caller: Asking, person_id: UUID) -> Known:
        """Show one person; raise Refused(NOT_FOUND) where there is none."""
        self._admit(caller)
        record = find_person(self._store, person_id)
        return Known(record.person, belongings(self._store, record))

    def edit(
        self, caller: Asking, person_id: UUID, expected: int | None, edit: PersonEdit
    ) -> Known:
        """Edit a person. Suspended, he can do nothing anywhere, at once, until he is resumed.

        Raises Refused(STALE) where he no longer has the version that was expected, Refused(
        MALFORMED) for an e-mail that somebody else has, Refused(UNPROCESSABLE) for suspending
        oneself, and Refused(FORBIDDEN) where the last operator would go.
        """

        def plan() -> Plan[Known] | Settled[Known]:
            actor = self._admit(caller)
            record = find_person(self._store, person_id)
            before = record.person
            refuse_stale(before.version, expected)
            after = self._edited(before, edit)
            if after == before:
                return Settled(Known(before, belongings(self._store, record)))
            _refuse_oneself(actor, before, after)
            turn = self._turn(actor, record, after)
            later = replace(after, version=before.version + 1, updated_at=self._clock.now())
            change = _change(actor, record, later, turn, _told_of_edit(actor, record, later))
            shown = Known(later, belongings(self._store, record))
            return Plan(change, lambda _: shown)

        return decide(self._store, plan)

    def revoke(self, caller: Asking, person_id: UUID) -> None:
        """Revoke everything that a person was given before now, in all organizations."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            record = find_person(self._store, person_id)
            later = replace(
                record.person,
                version=record.person.version + 1,
                revoked_before=PENDING,
                spared_token_id=None,  # whichever session was spared before goes now
                updated_at=self._clock.now(),
            )
            events = events_of_person(actor, record, Name.HOLDER_REVOKED, {})
            return Plan(_change(actor, record, later, Turn(), events), lambda _: None)

        decide(self._store, plan)

    def _edited(self, person: Person, edit: PersonEdit) -> Person:
        problems: list[Problem] = []
        if edit.full_name is not UNSET:
            problems += problems_of_full_name(edit.full_name)
            person = replace(person, full_name=tidy(edit.full_name))
        if edit.email is not UNSET:
            problems += self._problems_of_email(person, edit.email)
            person = replace(person, email=canonical_email(edit.email))
        if edit.short_name is not UNSET:
            problems += self._problems_of_short_name(person, edit.short_name)
            person = replace(person, short_name=canonical_short_name(edit.short_name) or None)
        if problems:
            raise Refused(Code.MALFORMED, "Some of this cannot be taken.", tuple(problems))
        if edit.suspended is not UNSET:
            person = replace(person, suspended=edit.suspended)
        if edit.operator is not UNSET:
            person = replace(person, operator=edit.operator)
        return person

    def _problems_of_email(self, person: Person, email: str) -> list[Problem]:
        fault = fault_of_email(email)
        if fault is None and is_of_another(self._store, canonical_email(email), person.id):
            fault = "is taken by another person"
        return [Problem("email", fault)] if fault is not None else []

    def _problems_of_short_name(self, person: Person, short_name: str) -> list[Problem]:
        name = canonical_short_name(short_name)
        if not name or name == person.short_name:
            return []
        fault = None if is_short_name(name) else "is not of letters, digits and .-_ alone"
        if fault is None and self._store.email_of(name) is not None:
            fault = "is taken by another person"
        return [Problem("short_name", fault)] if fault is not None else []

    def _turn(self, actor: Actor, record: SignInRecord, after: Person) -> Turn:
        before = record.person
        if after.operator >= before.operator and after.suspended <= before.suspended:
            return Turn()
        return leave_operators(self._store, actor, record, replace(record, person=after))


def belongings(store: Store, record: SignInRecord) -> tuple[Belonging, ...]:
    """The memberships of a person with their organizations."""
    found = ((one, store.find_organization(one.organization_id)) for one in record.memberships)
    return tuple(Belonging(one, there) for one, there in found if there is not None)


def problems_of_full_name(full_name: str) -> list[Problem]:
    """What is wrong with a person's name."""
    fault = fault_of_name(full_name, MAX_FULL_NAME)
    return [Problem("full_name", fault)] if fault else []


def _told_of_edit(actor: Actor, record: SignInRecord, later: Person) -> tuple[Event, ...]:
    """Each organization is told what its administrators may see, the deployment the rest."""
    seen = before_and_after(record.person, later, "full_name", "email", "short_name", "suspended")
    events = events_of_person(actor, record, Name.PERSON_CHANGED, seen)
    if operator := before_and_after(record.person, later, "operator"):
        nowhere = replace(record, memberships=())
        details = operator if record.memberships else seen | operator
        of_deployment = events_of_person(actor, nowhere, Name.PERSON_CHANGED, details)
        return (*events, *of_deployment) if record.memberships else of_deployment
    return events


def _change(
    actor: Actor, record: SignInRecord, later: Person, turn: Turn, events: tuple[Event, ...]
) -> Change:
    return Change(
        DEPLOYMENT,
        (*actor.guards, guard_of(record.person), *membership_guards(record), *turn.guards),
        (Put(later), *turn.writes),
        events,
    )


def _refuse_oneself(actor: Actor, before: Person, after: Person) -> None:
    oneself = actor.person is not None and actor.person.id == after.id
    if oneself and after.suspended and not before.suspended:
        problem = Problem("suspended", "this is you")
        raise Refused(Code.UNPROCESSABLE, "Nobody suspends himself.", (problem,))
