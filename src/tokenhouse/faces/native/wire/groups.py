"""How policy groups are spelled."""

from collections.abc import Mapping
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from tokenhouse.boundary import Answer, Object, Query, Request, Time, answered, time
from tokenhouse.boundary.answers import Headers
from tokenhouse.boundary.cursor import SLICE, Slice, write_slice
from tokenhouse.boundary.lists import Names
from tokenhouse.boundary.precondition import entity_tag
from tokenhouse.boundary.sorts import Sort, Text
from tokenhouse.faces.native.wire.ids import read_id
from tokenhouse.operations.changes import GroupCount
from tokenhouse.operations.groups import GroupEdit

MAX_NAME: Final = 100
MAX_DESCRIPTION: Final = 500

_FIELDS: Final[Mapping[str, Sort]] = {
    "name": Text(MAX_NAME, empty=False),
    "description": Text(MAX_DESCRIPTION),
    "permissions": Names(),
}
NEW: Final = Object(GroupEdit, _FIELDS, required=("name",))
EDIT: Final = Object(GroupEdit, _FIELDS)
SLICED: Final = Query(Slice, SLICE, into={"cursor": "after"})


class Group(msgspec.Struct, frozen=True):
    """A policy group; `people` counts the memberships that carry it.

    The `fixed` one holds every permission there is: those that it gives now are listed.
    """

    id: UUID
    name: str
    description: str
    permissions: list[str]
    fixed: bool
    people: Annotated[int, Meta(ge=0)]
    created_at: Time
    updated_at: Time


def read_group_id(request: Request) -> UUID:
    """The policy group that the path names."""
    return read_id(request, "group_id", "policy group")


def write_group(status: int, counted: GroupCount, headers: Headers = ()) -> Answer:
    """One group with its version as an entity tag."""
    tag = entity_tag(counted.group.version)
    return answered(status, shown(counted), (tag, *headers))


def write_groups(request: Request, rows: tuple[GroupCount, ...], limit: int) -> Answer:
    """A slice, of which one row more than `limit` was asked for."""
    after = rows[limit - 1].group.id if len(rows) > limit else None
    return write_slice(request, [shown(one) for one in rows[:limit]], after)


def shown(counted: GroupCount) -> Group:
    """What is told of a group."""
    group = counted.group
    return Group(
        id=group.id,
        name=group.name,
        description=group.description,
        permissions=sorted(group.permissions),
        fixed=group.fixed,
        people=counted.people,
        created_at=time(group.created_at),
        updated_at=time(group.updated_at),
    )
