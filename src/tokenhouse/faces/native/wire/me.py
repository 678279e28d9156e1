"""How people are shown themselves."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.boundary import Answer, Object, Time, answered, time
from tokenhouse.boundary.precondition import entity_tag
from tokenhouse.boundary.sorts import Id, Text
from tokenhouse.faces.native.wire.memberships import GroupName, write_group_names
from tokenhouse.faces.native.wire.people import (
    FULL_NAME,
    OrganizationName,
    write_organization_name,
)
from tokenhouse.operations.me import HOTKEY, Mine, MyEdit
from tokenhouse.operations.people import Belonging

EDIT: Final = Object(
    MyEdit,
    {
        "full_name": FULL_NAME,
        "default_organization": Id(),
        "token_hotkey": Text(1, pattern=f"{HOTKEY}?"),
    },
    into={"token_hotkey": "hotkey"},
)


class Myself(msgspec.Struct, frozen=True):
    """The person who asks. Without another word he signs in to his `default_organization`.

    `token_hotkey` is the key that copies his session token in the console, null where none does.
    """

    id: UUID
    email: str
    full_name: str
    operator: bool
    default_organization: UUID
    token_hotkey: str | None


class MyMembership(msgspec.Struct, frozen=True):
    """Where the presented token acts."""

    id: UUID
    groups: list[GroupName]
    created_at: Time


class MyOrganization(msgspec.Struct, frozen=True):
    """One of the organizations that the person belongs to."""

    id: UUID
    organization: OrganizationName
    suspended: bool


class Me(msgspec.Struct, frozen=True):
    """Who asks, where, and what the presented token may do now.

    `memberships` are all of the person's that have not ended; `suspended` where he can do nothing
    now, be it that the membership is or the organization.
    """

    person: Myself
    membership: MyMembership
    organization: OrganizationName
    permissions: list[str]
    memberships: list[MyOrganization]


def write_me(mine: Mine) -> Answer:
    """The person with his version."""
    person, membership = mine.person, mine.membership
    shown = Me(
        person=Myself(
            id=person.id,
            email=person.email,
            full_name=person.full_name,
            operator=person.operator,
            default_organization=person.default_organization_id,
            token_hotkey=person.hotkey,
        ),
        membership=MyMembership(
            membership.id, write_group_names(mine.groups), time(membership.created_at)
        ),
        organization=write_organization_name(mine.organization),
        permissions=sorted(mine.permissions),
        memberships=[_belonging(one) for one in mine.belongings],
    )
    return answered(200, shown, (entity_tag(person.version),))


def _belonging(belonging: Belonging) -> MyOrganization:
    return MyOrganization(
        id=belonging.membership.id,
        organization=write_organization_name(belonging.organization),
        suspended=belonging.membership.suspended or belonging.organization.suspended,
    )
