"""How memberships are spelled: to administrators, who learn nothing of other organizations."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.boundary import Answer, Object, Query, Request, Time, answered, time
from tokenhouse.boundary.cursor import DEFAULT_LIMIT, SLICE, write_slice
from tokenhouse.boundary.lists import Ids
from tokenhouse.boundary.precondition import entity_tag
from tokenhouse.boundary.sorts import Flag, Id
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.faces.native.wire.ids import read_id
from tokenhouse.faces.native.wire.people import EMAIL
from tokenhouse.operations.memberships import Joined, MembershipEdit
from tokenhouse.operations.sliced import Sliced

EDIT: Final = Object(MembershipEdit, {"groups": Ids(), "suspended": Flag()})


class _Wanted(msgspec.Struct, frozen=True):
    email: str | None = None
    group: UUID | None = None
    after: UUID | None = None
    limit: int = DEFAULT_LIMIT


LIST: Final = Query(_Wanted, {**SLICE, "email": EMAIL, "group": Id()}, into={"cursor": "after"})


class Member(msgspec.Struct, frozen=True):
    """Whose a membership is. `suspended`: he can do nothing in any organization."""

    id: UUID
    email: str
    full_name: str
    suspended: bool


class GroupName(msgspec.Struct, frozen=True):
    """A policy group by its id and its name."""

    id: UUID
    name: str


class Membership(msgspec.Struct, frozen=True):
    """A person in this organization. `suspended`: he can do nothing here."""

    id: UUID
    person: Member
    groups: list[GroupName]
    suspended: bool
    created_at: Time
    updated_at: Time


def read_membership_id(request: Request) -> UUID:
    """The membership that the path names."""
    return read_id(request, "membership_id", "membership")


def write_membership(joined: Joined) -> Answer:
    """One membership with its version."""
    return answered(200, shown(joined), (entity_tag(joined.membership.version),))


def write_memberships(request: Request, listed: Sliced[Joined]) -> Answer:
    """A slice of memberships."""
    return write_slice(request, [shown(one) for one in listed.rows], listed.after)


def write_group_names(groups: tuple[PolicyGroup, ...]) -> list[GroupName]:
    """Groups where they are only named."""
    return [GroupName(group.id, group.name) for group in groups]


def shown(joined: Joined) -> Membership:
    """A membership in full."""
    membership, person = joined.membership, joined.person
    return Membership(
        id=membership.id,
        person=Member(person.id, person.email, person.full_name, person.suspended),
        groups=write_group_names(joined.groups),
        suspended=membership.suspended,
        created_at=time(membership.created_at),
        updated_at=time(membership.updated_at),
    )
