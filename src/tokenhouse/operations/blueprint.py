"""What a deployment, and each of its organizations, begins with."""

from typing import Final

import msgspec

from tokenhouse.core.catalogue import Contents
from tokenhouse.core.client import FIRST_GRANTS, Grant
from tokenhouse.core.credential import Secret
from tokenhouse.core.permission import Permissions
from tokenhouse.core.role import Role

ADMINISTRATOR: Final = "Administrator"
"""The policy group that every organization has."""


class GroupPlan(msgspec.Struct, frozen=True):
    """A policy group to begin with, beside Administrator, which every organization has."""

    name: str
    description: str
    permissions: Permissions


_READS: Final = frozenset({"DevicesRead"})
ROLES: Final = (
    GroupPlan(Role.OEM.value, "Who makes devices.", _READS | {"DevicesWrite"}),
    GroupPlan(Role.DEALER.value, "Who sells devices.", _READS),
    GroupPlan(Role.CLIENT.value, "Who uses devices.", _READS),
)
"""The groups that every organization begins with beside Administrator; edited like any other."""


class PersonPlan(msgspec.Struct, frozen=True):
    """A person to begin with; `groups` by name."""

    email: str
    full_name: str
    password: Secret
    groups: tuple[str, ...]
    operator: bool = False


class ClientPlan(msgspec.Struct, frozen=True):
    """A client to begin with, and what it presents itself with."""

    label: str
    client_id: str
    secret: Secret
    grants: frozenset[Grant] = FIRST_GRANTS
    permissions: Permissions | None = None


class Blueprint(msgspec.Struct, frozen=True):
    """What a deployment begins with."""

    issuer: str
    brand: str
    organization: str
    catalogue: Contents
    groups: tuple[GroupPlan, ...]
    people: tuple[PersonPlan, ...]
    clients: tuple[ClientPlan, ...] = ()
