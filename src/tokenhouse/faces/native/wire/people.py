"""How people are spelled, for operators and for themselves."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.boundary import Answer, Object, Query, Request, Time, answered, time
from tokenhouse.boundary.cursor import DEFAULT_LIMIT, SLICE, write_slice
from tokenhouse.boundary.precondition import entity_tag
from tokenhouse.boundary.sorts import Flag, Text
from tokenhouse.core import principal
from tokenhouse.core.principal import MAX_EMAIL_CHARACTERS, MAX_SHORT_NAME_CHARACTERS
from tokenhouse.faces.native.wire.ids import read_id
from tokenhouse.operations.found import MAX_FULL_NAME
from tokenhouse.operations.people import Belonging, Known, PersonEdit
from tokenhouse.operations.sliced import Sliced

EMAIL: Final = Text(MAX_EMAIL_CHARACTERS, empty=False, format="email")
FULL_NAME: Final = Text(MAX_FULL_NAME, empty=False)
EDIT: Final = Object(
    PersonEdit,
    {
        "full_name": FULL_NAME,
        "email": EMAIL,
        "short_name": Text(MAX_SHORT_NAME_CHARACTERS),
        "suspended": Flag(),
        "operator": Flag(),
    },
)


class _Wanted(msgspec.Struct, frozen=True):
    email: str | None = None
    after: UUID | None = None
    limit: int = DEFAULT_LIMIT


LIST: Final = Query(_Wanted, {**SLICE, "email": EMAIL}, into={"cursor": "after"})


class OrganizationName(msgspec.Struct, frozen=True):
    """An organization by its id and its name."""

    id: UUID
    name: str


class Person(msgspec.Struct, frozen=True):
    """A person as operators see him. `short_name` null: he signs in by his e-mail alone."""

    id: UUID
    email: str
    full_name: str
    short_name: str | None
    operator: bool
    suspended: bool
    default_organization: UUID
    created_at: Time
    updated_at: Time


class PersonMembership(msgspec.Struct, frozen=True):
    """Where a person belongs. It stands `suspended` apart from the person and the organization."""

    id: UUID
    organization: OrganizationName
    groups: list[UUID]
    suspended: bool
    created_at: Time


class KnownPerson(Person, frozen=True):
    """A person with his memberships, but none that has ended."""

    memberships: list[PersonMembership]


def read_person_id(request: Request) -> UUID:
    """The person that the path names."""
    return read_id(request, "person_id", "person")


def write_person(known: Known) -> Answer:
    """One person with his version."""
    return answered(200, known_person(known), (entity_tag(known.person.version),))


def write_people(request: Request, listed: Sliced[principal.Person]) -> Answer:
    """A slice of people."""
    return write_slice(request, [shown(one) for one in listed.rows], listed.after)


def write_organization_name(organization: principal.Organization) -> OrganizationName:
    """An organization where it is only named."""
    return OrganizationName(organization.id, organization.name)


def known_person(known: Known) -> KnownPerson:
    """A person in full."""
    return KnownPerson(
        **msgspec.structs.asdict(shown(known.person)),
        memberships=[_belonging(one) for one in known.belongings],
    )


def shown(person: principal.Person) -> Person:
    """A person in a list."""
    return Person(
        id=person.id,
        email=person.email,
        full_name=person.full_name,
        short_name=person.short_name,
        operator=person.operator,
        suspended=person.suspended,
        default_organization=person.default_organization_id,
        created_at=time(person.created_at),
        updated_at=time(person.updated_at),
    )


def _belonging(belonging: Belonging) -> PersonMembership:
    membership = belonging.membership
    return PersonMembership(
        id=membership.id,
        organization=write_organization_name(belonging.organization),
        groups=[*membership.groups],
        suspended=membership.suspended,
        created_at=time(membership.created_at),
    )
