"""How the catalogue is spelled."""

from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tokenhouse.boundary import Answer, Object, Query, Request, answered
from tokenhouse.boundary.cursor import Listed
from tokenhouse.boundary.lists import Names, Texts
from tokenhouse.boundary.precondition import entity_tag
from tokenhouse.boundary.rows import Rows
from tokenhouse.boundary.sorts import Flag, Text
from tokenhouse.core import catalogue as core
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.permission import MAX_NAME_CHARACTERS, NAME_PATTERN, Operation, Permission
from tokenhouse.core.permission import Permissions as PermissionNames
from tokenhouse.faces.native.wire.effect import Told, told
from tokenhouse.operations.curate import Preview

MAX_OPERATION: Final = 2_010
"""Characters of a method and a path."""

_OPERATION: Final = f"(?:{'|'.join(core.METHODS)}) {core.PATH_PATTERN}"


def _permission(  # noqa: PLR0917 -- the fields of an entry, given by name
    name: str,
    title: str = "",
    description: str = "",
    docs_url: str = "",
    operations: tuple[str, ...] = (),
    manages_access: bool = False,
) -> Permission:
    opened = tuple(map(Operation.of, operations))
    return Permission(name, title, description, docs_url, opened, manages_access)


def _set(name: str, permissions: PermissionNames, description: str = "") -> core.PredefinedSet:
    return core.PredefinedSet(PENDING, name, description, permissions)


def _contents(
    permissions: tuple[Permission, ...], sets: tuple[core.PredefinedSet, ...]
) -> core.Contents:
    return core.Contents(permissions, sets)


_PERMISSION: Final = Object(
    _permission,
    {
        "name": Text(MAX_NAME_CHARACTERS, empty=False, pattern=NAME_PATTERN),
        "title": Text(core.MAX_TITLE_CHARACTERS),
        "description": Text(core.MAX_DESCRIPTION_CHARACTERS),
        "docs_url": Text(core.MAX_URL_CHARACTERS, format="uri"),
        "operations": Texts(
            "operations such as GET /systems",
            MAX_OPERATION,
            core.MAX_OPERATIONS,
            pattern=_OPERATION,
        ),
        "manages_access": Flag(),
    },
    required=("name",),
)
_SET: Final = Object(
    _set,
    {
        "name": Text(core.MAX_SET_NAME_CHARACTERS, empty=False),
        "description": Text(core.MAX_DESCRIPTION_CHARACTERS),
        "permissions": Names(core.MAX_ENTRIES),
    },
    required=("name", "permissions"),
)
CONTENTS: Final = Object(
    _contents,
    {
        "permissions": Rows(_PERMISSION, core.MAX_ENTRIES),
        "sets": Rows(_SET, core.MAX_SETS),
    },
    required=("permissions", "sets"),
)


class Dry(msgspec.Struct, frozen=True):
    """Whether to tell only what would happen."""

    dry_run: bool = False


DRY: Final = Query(Dry, {"dry_run": Flag()})


class Entry(msgspec.Struct, frozen=True):
    """A permission of one of your APIs, with the operations that it opens.

    `manages_access`: no limited personal token carries it.
    """

    name: str
    title: str
    description: str
    docs_url: str
    operations: list[str]
    manages_access: bool


class PredefinedSet(msgspec.Struct, frozen=True):
    """A named set of permissions that limited personal tokens follow.

    Its `id` stays while its name does, and is never another one's.
    """

    id: Annotated[int, Meta(ge=1)]
    name: str
    description: str
    permissions: list[str]


class Catalogue(msgspec.Struct, frozen=True):
    """What the catalogue holds beside our own permissions.

    `effect` stands in the answer to a dry run only: the rest is then what would be.
    """

    permissions: list[Entry]
    sets: list[PredefinedSet]
    effect: Told | UnsetType = UNSET


def read_dry_run(request: Request) -> bool:
    """Whether nothing is to be changed."""
    return DRY.read(request).dry_run


def write_catalogue(catalogue: core.Catalogue) -> Answer:
    """The catalogue, with the version from which a change starts."""
    return answered(200, shown(catalogue), (entity_tag(catalogue.version),))


def write_preview(preview: Preview) -> Answer:
    """What the catalogue would be, with the version that it still has."""
    return answered(200, previewed(preview), (entity_tag(preview.before.version),))


def write_sets(sets: tuple[core.PredefinedSet, ...]) -> Answer:
    """All predefined sets at once."""
    return answered(200, Listed([_shown_set(one) for one in sets]))


def shown(catalogue: core.Catalogue) -> Catalogue:
    """What is told of the catalogue."""
    return Catalogue(
        [_shown_entry(one) for one in catalogue.own()], [_shown_set(one) for one in catalogue.sets]
    )


def previewed(preview: Preview) -> Catalogue:
    """What is told of a change that nobody made yet."""
    after = shown(preview.after)
    return Catalogue(after.permissions, after.sets, told(preview.effect))


def _shown_entry(one: Permission) -> Entry:
    operations = [str(operation) for operation in one.operations]
    return Entry(one.name, one.title, one.description, one.docs_url, operations, one.manages_access)


def _shown_set(one: core.PredefinedSet) -> PredefinedSet:
    return PredefinedSet(one.id, one.name, one.description, sorted(one.permissions))
