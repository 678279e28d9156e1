"""How organizations are spelled."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.boundary import Answer, Object, Query, Request, Time, answered, time
from tokenhouse.boundary.cursor import SLICE, Slice, write_slice
from tokenhouse.boundary.precondition import entity_tag
from tokenhouse.boundary.sorts import Flag, Text
from tokenhouse.core import principal
from tokenhouse.faces.native.wire.ids import read_id
from tokenhouse.operations.found import MAX_ORGANIZATION
from tokenhouse.operations.organizations import OrganizationEdit
from tokenhouse.operations.sliced import Sliced


class _Named(msgspec.Struct, frozen=True):
    name: str


NEW: Final = Object(_Named, {"name": Text(MAX_ORGANIZATION, empty=False)}, required=("name",))
EDIT: Final = Object(
    OrganizationEdit, {"name": Text(MAX_ORGANIZATION, empty=False), "suspended": Flag()}
)
LIST: Final = Query(Slice, SLICE, into={"cursor": "after"})


class Organization(msgspec.Struct, frozen=True):
    """An organization."""

    id: UUID
    name: str
    suspended: bool
    created_at: Time
    updated_at: Time


def read_organization_id(request: Request) -> UUID:
    """The organization that the path names."""
    return read_id(request, "organization_id", "organization")


def write_organization(organization: principal.Organization, status: int = 200) -> Answer:
    """One organization with its version."""
    return answered(status, shown(organization), (entity_tag(organization.version),))


def write_organizations(request: Request, listed: Sliced[principal.Organization]) -> Answer:
    """A slice of organizations."""
    return write_slice(request, [shown(one) for one in listed.rows], listed.after)


def shown(organization: principal.Organization) -> Organization:
    """An organization in full."""
    return Organization(
        id=organization.id,
        name=organization.name,
        suspended=organization.suspended,
        created_at=time(organization.created_at),
        updated_at=time(organization.updated_at),
    )
