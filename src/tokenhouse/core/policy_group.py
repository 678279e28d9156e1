"""Policy groups: named sets of permissions that an organization gives to people and tokens."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.moment import Moment
from tokenhouse.core.permission import Permissions


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
        known = catalogue.names
        return known if self.fixed else self.permissions & known


def union(groups: Iterable[PolicyGroup], catalogue: Catalogue) -> Permissions:
    """The permissions that several groups give together."""
    known = catalogue.names
    gained: set[str] = set()
    for group in groups:
        if group.fixed:
            return known
        gained |= group.permissions
    return known & gained
