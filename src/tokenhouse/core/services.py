"""Permissions by the service that they are of, so that people find them among thousands."""

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
"""The service of the product's own permissions."""

_OWN: Final = PRODUCT_PERMISSIONS | DEPLOYMENT_PERMISSIONS
_LAST_WORD: Final = re.compile(r"(?<=.)[A-Z][a-z0-9]*")


class Service(msgspec.Struct, frozen=True):
    """A service by its name, with its permissions."""

    name: str
    permissions: tuple[Permission, ...]


def service_of(name: str) -> str:
    """The service that a permission is of, by its name alone.

    What stands before the last dot: `environment.control.StopEnv` is of `environment.control`.
    Without a dot it is what the name speaks of, all but its last word: `SystemsRead` is of
    `Systems`, and a name of one word is its own. The product's own are of one service together.
    """
    if name in _OWN:
        return OURS
    before, _, _ = name.rpartition(".")
    if before:
        return before
    words = list(_LAST_WORD.finditer(name))
    return name[: words[-1].start()].rstrip("._:-") if words else name


def by_service(permissions: Iterable[Permission]) -> tuple[Service, ...]:
    """The services by their names, case aside, and each one's permissions as they came.

    The product's own service stands last: nearly every token is for somebody else's API.
    """
    gathered: dict[str, list[Permission]] = {}
    for one in permissions:
        gathered.setdefault(service_of(one.name), []).append(one)
    named = sorted(gathered, key=lambda name: (name == OURS, name.casefold(), name))
    return tuple(Service(name, tuple(gathered[name])) for name in named)


def services_of(names: Permissions) -> frozenset[str]:
    """The names of the services that some permissions are of."""
    return frozenset(map(service_of, names))
