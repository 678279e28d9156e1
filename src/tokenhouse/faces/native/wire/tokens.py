"""How tokens are spelled: the record of one, and lists of them."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tokenhouse.boundary import Answer, Query, Request, Time, answered, time
from tokenhouse.boundary.cursor import DEFAULT_LIMIT, SLICE, write_slice
from tokenhouse.boundary.precondition import entity_tag
from tokenhouse.boundary.sorts import Id, Sort, Text, When, Word
from tokenhouse.core.moment import Moment
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.faces.native.wire.token_bodies import MAX_DESCRIPTION
from tokenhouse.operations.describe import Described
from tokenhouse.operations.issue import Issued
from tokenhouse.operations.sliced import Sliced
from tokenhouse.operations.tokens import ACTIVE, STATES, Sought

OF_PEOPLE: Final = ("personal", "limited_personal", "session")
"""The kinds of token that a person holds in an organization."""


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
    """Who holds a token: an organization, the membership of a person in one, or a client."""

    kind: Literal["organization", "membership", "client", "device"]
    id: UUID


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its string, of which `hint` is the end.

    `groups` stands where it has groups of its own; any other may do what its holder may, and a
    limited one of that what its `permissions` name, or its `predefined_set`, the id of one.
    `expires_at` null: never. `revoked_at` is null too where it ended with its family or with
    everything of its holder: `state` is what counts. `made_by` null: at the machine.
    `last_used_at` is when it was accepted last, and comes some seconds late; null: never.
    """

    id: UUID
    kind: str
    state: Annotated[str, Meta(extra_json_schema={"enum": [*STATES]})]
    holder: Holder
    number: int | UnsetType = UNSET
    hint: str | UnsetType = UNSET
    description: str
    groups: list[UUID] | UnsetType = UNSET
    permissions: list[str] | UnsetType = UNSET
    predefined_set: int | UnsetType = UNSET
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
    last_used_at: Time | None


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
        permissions=UNSET if one.permissions is None else sorted(one.permissions),
        predefined_set=UNSET if one.set_id is None else one.set_id,
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
        last_used_at=_time(described.last_used_at),
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


def write_list(request: Request, listed: Sliced[Described]) -> Answer:
    """A slice of a list of tokens."""
    return write_slice(request, [token(one) for one in listed.rows], listed.after)
