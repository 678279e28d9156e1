"""What may be done: permissions by their names, and those of the product itself."""

import re
from typing import Final, Self, TypeAlias

import msgspec

Permissions: TypeAlias = frozenset[str]
"""A set of permission names."""

NOTHING: Final[Permissions] = frozenset()


class Operation(msgspec.Struct, frozen=True):
    """One method on one path template, such as `GET /systems/{id}`, of an API."""

    method: str
    path: str

    @classmethod
    def of(cls, text: str) -> Self:
        """Read `GET /systems/{id}`; what reads otherwise has a path or method that is at fault."""
        method, _, path = text.partition(" ")
        return cls(method, path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Permission(msgspec.Struct, frozen=True):
    """One entry of the catalogue, with the operations that it opens.

    `manages_access`: with it tokens, passwords or accounts are managed. No limited personal token
    carries such a permission, whatever its list names: only a person who signed in has it, and
    what is meant to act for a whole organization.
    """

    name: str
    title: str = ""
    description: str = ""
    docs_url: str = ""
    operations: tuple[Operation, ...] = ()
    manages_access: bool = False


def _pair(
    thing: str, what: str, read: str, write: str, *, manages_access: bool = False
) -> tuple[Permission, Permission]:
    return (
        Permission(f"{thing}Read", f"Read {what}", read),
        Permission(f"{thing}Write", f"Change {what}", write, manages_access=manages_access),
    )


PRODUCT: Final = (
    *_pair(
        "AccountToken",
        "organizational tokens",
        "List the organization's tokens and show one, never its string.",
        "Issue, edit, rotate and revoke the organization's tokens.",
        manages_access=True,
    ),
    *_pair(
        "AccountsUsers",
        "people and memberships",
        "List the organization's people, with their groups and tokens.",
        "Invite people, give them any of the groups, suspend them, end their memberships. This is"
        " an administrator's permission: its holder can give himself every other one.",
        manages_access=True,
    ),
    *_pair(
        "Groups",
        "policy groups",
        "List the policy groups and what they permit.",
        "Make, edit and remove policy groups, of permissions that one holds oneself.",
    ),
    *_pair(
        "Clients",
        "clients",
        "List the applications that ask for tokens in somebody's name.",
        "Register, edit and remove such applications.",
        manages_access=True,
    ),
    *_pair(
        "Devices",
        "devices",
        "List the organization's devices.",
        "Register, edit and remove devices, and renew what they sign in with.",
    ),
    *_pair(
        "Events",
        "the audit trail",
        "Read and export the organization's events, and verify their chain.",
        "Change where events are delivered. Nobody changes an event.",
    ),
    *_pair(
        "Policies",
        "the organization's policies",
        "Read how long tokens may live, and whether they have to expire.",
        "Change how long tokens may live, and whether they have to expire.",
    ),
    Permission(
        "TokenVerify",
        "Verify tokens",
        "Ask whether a token that somebody else presented is good, and follow the change feed. For"
        " gateways and services.",
    ),
)
"""The product's own permissions that policy groups can hold; a closed list."""

OPERATORS: Final = (
    *_pair(
        "Organizations",
        "organizations and people of the deployment",
        "List every organization and every person.",
        "Make, edit and suspend organizations and people, and make operators.",
    ),
    *_pair(
        "Keys",
        "signing keys",
        "List the signing keys, never a private part.",
        "Rotate the signing keys.",
    ),
    *_pair(
        "Catalogue",
        "the catalogue",
        "Read the catalogue with its predefined sets.",
        "Change which permissions and predefined sets there are.",
    ),
    *_pair(
        "AllDevices",
        "devices of every organization",
        "List the devices of every organization.",
        "Change the devices of every organization.",
    ),
)
"""What operators may do. No policy group holds these, and only session tokens carry them."""

PRODUCT_PERMISSIONS: Final[Permissions] = frozenset(one.name for one in PRODUCT)
"""The names of the product's own."""
DEPLOYMENT_PERMISSIONS: Final[Permissions] = frozenset(one.name for one in OPERATORS)
"""The names of what operators may do."""

NAME_PATTERN: Final = r"[A-Za-z][A-Za-z0-9]*(?:[._:-][A-Za-z0-9]+)*"
_NAME = re.compile(NAME_PATTERN, re.ASCII)
MAX_NAME_CHARACTERS: Final = 120


def is_permission_name(text: str) -> bool:
    """Tell whether text is formed like `SystemsRead` or `environment.control.StopEnv`."""
    return len(text) <= MAX_NAME_CHARACTERS and _NAME.fullmatch(text) is not None


def missing(demanded: Permissions, held: Permissions) -> Permissions:
    """What of the demand is not held; empty means that it is covered."""
    return demanded - held
