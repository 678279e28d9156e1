"""How it is spelled what makes, changes and rotates tokens."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary import Object
from tokenhouse.boundary.lists import Ids, Names, Texts
from tokenhouse.boundary.sorts import Duration, Sort, Span, Text, When, Whole
from tokenhouse.core.identifier import NUMBERS_END
from tokenhouse.core.moment import Lifetime, Moment
from tokenhouse.core.networks import MAX_NETWORKS, canonical_network
from tokenhouse.core.permission import Permissions
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.succession import Expiry, Until
from tokenhouse.faces.native.wire.verify import MAX_AUDIENCE
from tokenhouse.operations.edit import Edit
from tokenhouse.operations.issue import Draft

MAX_DESCRIPTION: Final = 500
MAX_NETWORK: Final = 49
"""Characters of one network as it is sent."""


def _network_fault(text: str) -> str | None:
    if canonical_network(text) is None:
        return "is no network such as 192.0.2.0/24 or 2001:db8::/32, nor one address"
    return None


def _canonical(texts: tuple[str, ...]) -> tuple[str, ...]:
    networks = (canonical_network(text) for text in texts)
    return tuple(dict.fromkeys(network for network in networks if network is not None))


def _one_of(first: str, second: str) -> Refused:
    problem = Problem(second, f"cannot stand beside {first}")
    return Refused(Code.MALFORMED, "The body has faults.", (problem,))


def _draft(  # noqa: PLR0917 -- called with names
    description: str = "",
    expires_at: Moment | None = None,
    lifetime: Lifetime | None = None,
    groups: tuple[UUID, ...] | None = None,
    addresses: tuple[str, ...] = (),
    audience: str = "",
    permissions: Permissions | None = None,
    predefined_set: int | None = None,
) -> Draft:
    if expires_at is not None and lifetime is not None:
        raise _one_of("expires_at", "lifetime")
    ends = expires_at if lifetime is None else lifetime
    return Draft(
        description,
        ends,
        groups,
        _canonical(addresses),
        audience or None,
        permissions,
        predefined_set,
    )


def _edit(  # noqa: PLR0917 -- called with names
    description: str | UnsetType = UNSET,
    expires_at: Moment | UnsetType | None = UNSET,
    groups: tuple[UUID, ...] | UnsetType = UNSET,
    addresses: tuple[str, ...] | UnsetType = UNSET,
    audience: str | UnsetType = UNSET,
    permissions: Permissions | UnsetType = UNSET,
    predefined_set: int | UnsetType = UNSET,
) -> Edit:
    return Edit(
        description,
        expires_at,
        groups,
        UNSET if addresses is UNSET else _canonical(addresses),
        UNSET if audience is UNSET else audience or None,
        permissions,
        predefined_set,
    )


class Rotation(msgspec.Struct, frozen=True):
    """On which terms a token is succeeded."""

    expiry: Expiry
    overlap: Lifetime | None


def _rotation(
    overlap: Lifetime | None = None,
    lifetime: Lifetime | None = None,
    expires_at: Moment | UnsetType | None = UNSET,
) -> Rotation:
    if expires_at is UNSET:
        return Rotation(lifetime, overlap)
    if lifetime is not None:
        raise _one_of("expires_at", "lifetime")
    return Rotation(Until(expires_at), overlap)


_ALL: Final[Mapping[str, Sort]] = {
    "description": Text(MAX_DESCRIPTION),
    "expires_at": When(),
    "addresses": Texts("networks", MAX_NETWORK, MAX_NETWORKS, _network_fault),
    "audience": Text(MAX_AUDIENCE),
}
_PERSONAL: Final[Mapping[str, Sort]] = {
    **_ALL,
    "permissions": Names(),
    "predefined_set": Whole(1, NUMBERS_END - 1),
}
_ORGANIZATIONAL: Final[Mapping[str, Sort]] = {**_ALL, "groups": Ids()}
_LIFETIME: Final[Mapping[str, Sort]] = {"lifetime": Duration()}


class Bodies(msgspec.Struct, frozen=True):
    """What makes and changes the tokens of one resource."""

    draft: Object[Draft]
    edit: Object[Edit]


ORGANIZATIONAL: Final = Bodies(
    Object(_draft, {**_ORGANIZATIONAL, **_LIFETIME}), Object(_edit, _ORGANIZATIONAL)
)
PERSONAL: Final = Bodies(Object(_draft, {**_PERSONAL, **_LIFETIME}), Object(_edit, _PERSONAL))
ROTATION: Final = Object(
    _rotation, {"overlap": Span(), "lifetime": Duration(), "expires_at": When()}
)
