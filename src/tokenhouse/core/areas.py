"""Permissions by the area of an API that they are of, so that people find them among thousands.

To people an area is a service.
"""

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from tokenhouse.core.permission import (
    DEPLOYMENT_PERMISSIONS,
    PRODUCT_PERMISSIONS,
    Permission,
    Permissions,
)

OURS: Final = "Tokenhouse"
"""The area of the product's own permissions."""

_OWN: Final = PRODUCT_PERMISSIONS | DEPLOYMENT_PERMISSIONS
_LAST_WORD: Final = re.compile(r"(?<=.)[A-Z][a-z0-9]*")


class Area(msgspec.Struct, frozen=True):
    """An area by its name, with its permissions."""

    name: str
    permissions: tuple[Permission, ...]


def area_of(name: str) -> str:
    """The area that a permission is of, by its name alone.

    What stands before the last dot: `environment.control.StopEnv` is of `environment.control`.
    Without a dot it is what the name speaks of, all but its last word: `SystemsRead` is of
    `Systems`, and a name of one word is its own. The product's own are of one area together.
    """
    if name in _OWN:
        return OURS
    before, _, _ = name.rpartition(".")
    if before:
        return before
    words = list(_LAST_WORD.finditer(name))
    return name[: words[-1].start()].rstrip("._:-") if words else name


def by_area(permissions: Iterable[Permission]) -> tuple[Area, ...]:
    """The areas by their names, case aside, and each one's permissions as they came.

    The product's own area stands last: nearly every token is for somebody else's API.
    """
    gathered: dict[str, list[Permission]] = {}
    for one in permissions:
        gathered.setdefault(area_of(one.name), []).append(one)
    named = sorted(gathered, key=lambda name: (name == OURS, name.casefold(), name))
    return tuple(Area(name, tuple(gathered[name])) for name in named)


def areas_of(names: Permissions) -> frozenset[str]:
    """The names of the areas that some permissions are of."""
    return frozenset(map(area_of, names))
