"""How tokens are spelled: the record of one, lists of them, and what makes and changes them."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tokenhouse.boundary import Answer, Object, Query, Request, Time, answered, time
from tokenhouse.boundary.cursor import DEFAULT_LIMIT, SLICE, write_slice
from tokenhouse.boundary.lists import Ids, Texts
from tokenhouse.boundary.precondition import entity_tag
from tokenhouse.boundary.sorts import Duration, Id, Sort, Span, Text, When, Word
from tokenhouse.core.moment import Lifetime, Moment
from tokenhouse.core.networks import MAX_NETWORKS, canonical_network
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.succession import Expiry, Until
from tokenhouse.faces.native.wire.verify import MAX_AUDIENCE
from tokenhouse.operations.describe import Described
from tokenhouse.operations.edit import Edit
from tokenhouse.operations.issue import Draft, Issued
from tokenhouse.operations.tokens import ACTIVE, STATES, Shown, Sought

MAX_DESCRIPTION: Final = 500
MAX_NETWORK: Final = 49
"""Characters of one network as it is sent."""

OF_PEOPLE: Final = ("personal", "session")
"""The kinds of token that a person holds in an organization."""


# bodies


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
) -> Draft:
    if expires_at is not None and lifetime is not None:
        raise _one_of("expires_at", "lifetime")
    ends = expires_at if lifetime is None else lifetime
    return Draft(description, ends, groups, _canonical(addresses), audience or None)


def _edit(
    description: str | UnsetType = UNSET,
    expires_at: Moment | UnsetType | None = UNSET,
    groups: tuple[UUID, ...] | UnsetType = UNSET,
    addresses: tuple[str, ...] | UnsetType = UNSET,
    audience: str | UnsetType = UNSET,
) -> Edit:
    return Edit(
        description,
        expires_at,
        groups,
        UNSET if addresses is UNSET else _canonical(addresses),
        UNSET if audience is UNSET else audience or None,
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


_PERSONAL: Final[Mapping[str, Sort]] = {
    "description": Text(MAX_DESCRIPTION),
    "expires_at": When(),
    "addresses": Texts("networks", MAX_NETWORK, MAX_NETWORKS, _network_fault),
    "audience": Text(MAX_AUDIENCE),
}
_ORGANIZATIONAL: Final[Mapping[str, Sort]] = {**_PERSONAL, "groups": Ids()}
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


# queries


def _sought(  # noqa: PLR0917 -- called with names
    limit: int = DEFAULT_LIMIT,
    kind: str | None = None,
    state: str | None = None,
    family_id: UUID | None = None,
    search: str | None = None,
    expires_before: Moment | None = None,
    after: UUID | None = None,
) -> Sought:
    return Sought(limit, kind, state, family_id, search, expires_before, after)


_FILTERS: Final[Mapping[str, Sort]] = {
    "state": Word(STATES),
    "family": Id(),
    "search": Text(MAX_DESCRIPTION, empty=False),
    "expires_before": When(),
    **SLICE,
}
_INTO: Final = {"family": "family_id", "cursor": "after"}
TOKEN_LIST: Final = Query(_sought, _FILTERS, into=_INTO)
TOKENS_OF_PERSON: Final = Query(_sought, {"kind": Word(OF_PEOPLE), **_FILTERS}, into=_INTO)


# answers


class Holder(msgspec.Struct, frozen=True):
    """Who holds a token: an organization, or the membership of a person in one."""

    kind: Literal["organization", "membership"]
    id: UUID


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its string, of which `hint` is the end.

    `groups` stands where it has groups of its own; any other may do what its holder may.
    `expires_at` null: never. `revoked_at` is null too where it ended with its family or with
    everything of its holder: `state` is what counts. `made_by` null: at the machine.
    """

    id: UUID
    kind: str
    state: Annotated[str, Meta(extra_json_schema={"enum": [*STATES]})]
    holder: Holder
    number: int | UnsetType = UNSET
    hint: str | UnsetType = UNSET
    description: str
    groups: list[UUID] | UnsetType = UNSET
    addresses: list[str]
    audience: str | None
    family: UUID
    predecessor: UUID | None
    made_by: UUID | None
    created_at: Time
    updated_at: Time
    expires_at: Time | None
    superseded_at: Time | None
    revoked_at: Time | None


class IssuedToken(Token, frozen=True, kw_only=True):
    """The same with its string in `token`, which is told this once."""

    token: str


def token(described: Described) -> Token:
    """The record of a token."""
    one, groups = described.token, described.groups
    return Token(
        id=one.id,
        kind=one.kind,
        state=described.reason or ACTIVE,
        holder=Holder(one.holder_kind.value, one.holder_id),
        number=UNSET if one.number is None else one.number,
        hint=one.hint or UNSET,
        description=one.description,
        groups=UNSET if one.groups is None else [group.id for group in groups],
        addresses=[*one.addresses],
        audience=one.audience,
        family=one.family_id,
        predecessor=one.predecessor_id,
        made_by=None if one.made_by == DEPLOYMENT else one.made_by,
        created_at=time(one.created_at),
        updated_at=time(one.updated_at),
        expires_at=_time(one.expires_at),
        superseded_at=_time(one.superseded_at),
        revoked_at=_time(one.revoked_at),
    )


def _time(moment: Moment | None) -> str | None:
    return None if moment is None else time(moment)


def write_token(described: Described) -> Answer:
    """One token, with the version from which an edit starts."""
    return answered(200, token(described), (entity_tag(described.token.version),))


def write_issued(request: Request, issued: Issued) -> Answer:
    """201: the only answer that carries a token string."""
    told, one = token(issued.described), issued.described.token
    fields = {name: getattr(told, name) for name in Token.__struct_fields__}
    body = IssuedToken(token=issued.secret.reveal(), **fields)
    collection = f"{request.path.partition('/tokens')[0]}/tokens"
    location = ("location", f"{collection}/{one.id}")
    return answered(201, body, (location, entity_tag(one.version)))


def write_list(request: Request, shown: Shown) -> Answer:
    """A slice of a list of tokens."""
    return write_slice(request, [token(one) for one in shown.tokens], shown.after)
