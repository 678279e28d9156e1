"""What may be done: permissions, policy groups and the catalogue; covering and narrowing."""

import re
from collections.abc import Iterable
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from tokenhouse.core.moment import Moment

Permissions: TypeAlias = frozenset[str]
"""A set of permission names."""

NOTHING: Final[Permissions] = frozenset()

_PAIRED = ("AccountToken", "AccountsUsers", "Groups", "Clients", "Devices", "Events", "Policies")
_OPERATORS_PAIRED = ("Organizations", "Keys", "Catalogue", "AllDevices")

PRODUCT_PERMISSIONS: Final[Permissions] = frozenset(
    [f"{thing}{verb}" for thing in _PAIRED for verb in ("Read", "Write")] + ["TokenVerify"]
)
"""The product's own permissions that policy groups can hold; a closed list."""

DEPLOYMENT_PERMISSIONS: Final[Permissions] = frozenset(
    f"{thing}{verb}" for thing in _OPERATORS_PAIRED for verb in ("Read", "Write")
)
"""What operators may do. No policy group holds these, and only session tokens carry them."""

NAME_PATTERN: Final = r"[A-Za-z][A-Za-z0-9]*(?:[._:-][A-Za-z0-9]+)*"
_NAME = re.compile(NAME_PATTERN, re.ASCII)
MAX_NAME_CHARACTERS: Final = 120


def is_permission_name(text: str) -> bool:
    """Tell whether text is formed like `SystemsRead` or `environment.control.StopEnv`."""
    return len(text) <= MAX_NAME_CHARACTERS and _NAME.fullmatch(text) is not None


class Permission(msgspec.Struct, frozen=True):
    """One entry of the catalogue."""

    name: str
    title: str = ""
    description: str = ""
    docs_url: str = ""


class Catalogue(msgspec.Struct, frozen=True):
    """The permissions of a deployment: the product's own and those of its customers' APIs."""

    id: UUID
    version: int
    entries: tuple[Permission, ...]

    def names(self) -> Permissions:
        """Every permission that a policy group can hold: never an operator's, listed or not."""
        listed = frozenset(entry.name for entry in self.entries)
        return (PRODUCT_PERMISSIONS | listed) - DEPLOYMENT_PERMISSIONS


class PolicyGroup(msgspec.Struct, frozen=True):
    """A named set of permissions that an organization gives to people and tokens.

    The *fixed* one is each organization's Administrator: it holds every permission of the
    catalogue, later ones too, and nobody can edit or remove it.
    """

    id: UUID
    version: int
    organization_id: UUID
    name: str
    description: str
    permissions: Permissions
    fixed: bool
    created_at: Moment
    updated_at: Moment

    def holds(self, catalogue: Catalogue) -> Permissions:
        """The permissions that this group gives now: names the catalogue lost give nothing."""
        known = catalogue.names()
        return known if self.fixed else self.permissions & known


def union(groups: Iterable[PolicyGroup], catalogue: Catalogue) -> Permissions:
    """The permissions that several groups give together."""
    known = catalogue.names()
    gained: set[str] = set()
    for group in groups:
        if group.fixed:
            return known
        gained |= group.permissions
    return known & gained


def missing(demanded: Permissions, held: Permissions) -> Permissions:
    """What of the demand is not held; empty means that it is covered."""
    return demanded - held
