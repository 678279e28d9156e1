"""How clients are spelled."""

from collections.abc import Mapping
from typing import Final, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary import Answer, Object, Query, Request, Time, answered, time
from tokenhouse.boundary.answers import Headers
from tokenhouse.boundary.cursor import SLICE, Slice, write_slice
from tokenhouse.boundary.lists import Names, Words
from tokenhouse.boundary.precondition import entity_tag
from tokenhouse.boundary.sorts import Duration, Flag, Id, Sort, Text, Word
from tokenhouse.core import client as core
from tokenhouse.core.client import (
    LONGEST_REFRESH_LIFETIME,
    REFRESH_LIFETIME,
    SHORTEST_REFRESH_LIFETIME,
    Grant,
    ScopeAs,
    is_public,
)
from tokenhouse.core.moment import Lifetime, format_duration
from tokenhouse.core.permission import Permissions
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.faces.native.wire.ids import read_id
from tokenhouse.faces.native.wire.lengths import fault_of_length, length_of
from tokenhouse.faces.native.wire.verify import MAX_AUDIENCE
from tokenhouse.operations.client_terms import MAX_LABEL, ClientTerms
from tokenhouse.operations.clients import ClientDraft, Registered
from tokenhouse.operations.sliced import Sliced

_GRANTS: Final = tuple(grant.value for grant in Grant)
_SCOPES_AS: Final = tuple(one.value for one in ScopeAs)


def _terms(  # noqa: PLR0917 -- called with names
    label: str | UnsetType = UNSET,
    grants: frozenset[str] | UnsetType = UNSET,
    permissions: Permissions | UnsetType | None = UNSET,
    audience: str | UnsetType = UNSET,
    group: UUID | UnsetType | None = UNSET,
    refresh_lifetime: Lifetime | UnsetType | None = UNSET,
    slides: bool | UnsetType = UNSET,
    scope_as: str | UnsetType = UNSET,
    deployment: bool | UnsetType = UNSET,
    suspended: bool | UnsetType = UNSET,
) -> ClientTerms:
    return ClientTerms(
        label=label,
        grants=UNSET if grants is UNSET else frozenset(map(Grant, grants)),
        permissions=permissions,
        audience=UNSET if audience is UNSET else audience or None,
        group_id=group,
        refresh_lifetime=_length(refresh_lifetime),
        slides=slides,
        scope_as=UNSET if scope_as is UNSET else ScopeAs(scope_as),
        deployment=deployment,
        suspended=suspended,
    )


def _draft(  # noqa: PLR0917 -- called with names
    label: str,
    grants: frozenset[str] | UnsetType = UNSET,
    permissions: Permissions | UnsetType | None = UNSET,
    audience: str | UnsetType = UNSET,
    group: UUID | UnsetType | None = UNSET,
    refresh_lifetime: Lifetime | UnsetType | None = UNSET,
    slides: bool | UnsetType = UNSET,
    scope_as: str | UnsetType = UNSET,
    deployment: bool | UnsetType = UNSET,
    public: bool = False,
) -> ClientDraft:
    terms = _terms(
        label,
        grants,
        permissions,
        audience,
        group,
        refresh_lifetime,
        slides,
        scope_as,
        deployment,
    )
    return ClientDraft(terms, public)


def _length(lifetime: Lifetime | UnsetType | None) -> int | UnsetType:
    if lifetime is UNSET or lifetime is None:
        return UNSET if lifetime is UNSET else REFRESH_LIFETIME
    shortest, longest = SHORTEST_REFRESH_LIFETIME, LONGEST_REFRESH_LIFETIME
    if fault := fault_of_length(lifetime, shortest, longest):
        problem = Problem("refresh_lifetime", fault)
        raise Refused(Code.MALFORMED, "The body has faults.", (problem,))
    return length_of(lifetime)


_TERMS: Final[Mapping[str, Sort]] = {
    "label": Text(MAX_LABEL, empty=False),
    "grants": Words("grants", _GRANTS),
    "permissions": Names(none=True),
    "audience": Text(MAX_AUDIENCE),
    "group": Id(),
    "refresh_lifetime": Duration(),
    "slides": Flag(),
    "scope_as": Word(_SCOPES_AS),
    "deployment": Flag(),
}
NEW: Final = Object(_draft, {**_TERMS, "public": Flag()}, required=("label",))
EDIT: Final = Object(_terms, {**_TERMS, "suspended": Flag()})
SLICED: Final = Query(Slice, SLICE, into={"cursor": "after"})


class ClientSecret(msgspec.Struct, frozen=True):
    """What is kept of a secret: `hint` is its end."""

    id: UUID
    hint: str
    created_at: Time


class Client(msgspec.Struct, frozen=True):
    """An application that asks for tokens; it presents itself by `client_id`.

    `permissions` null: all that the person may, and nothing where it asks in its own name.
    `audience` null: any API. `group` null: people of any group. `refresh_lifetime` counts from the
    sign-in, or where it `slides` from the last refresh. `scope_as` is how `scope` is told in an
    answer. A `public` client has no secret.
    """

    id: UUID
    client_id: str
    label: str
    grants: list[str]
    permissions: list[str] | None
    audience: str | None
    group: UUID | None
    refresh_lifetime: str
    slides: bool
    scope_as: Literal["address", "list", "string"]
    public: bool
    deployment: bool
    suspended: bool
    secrets: list[ClientSecret]
    created_at: Time
    updated_at: Time
    client_secret: str | UnsetType = UNSET


def read_client(request: Request) -> UUID:
    """The client that the path names, by its id."""
    return read_id(request, "client", "client")


def read_secret(request: Request) -> UUID:
    """The secret that the path names."""
    return read_id(request, "secret_id", "secret")


def write_client(client: core.Client) -> Answer:
    """One client with its version as an entity tag."""
    return answered(200, shown(client), (entity_tag(client.version),))


def write_registered(registered: Registered, headers: Headers = ()) -> Answer:
    """201 with the new secret, for the only time."""
    tag = entity_tag(registered.client.version)
    return answered(201, with_secret(registered), (tag, *headers))


def write_clients(request: Request, listed: Sliced[core.Client]) -> Answer:
    """A slice of the clients."""
    return write_slice(request, [shown(one) for one in listed.rows], listed.after)


def with_secret(registered: Registered) -> Client:
    """What is told of a client once; a public one has nothing to tell."""
    told, secret = shown(registered.client), registered.secret
    return told if secret is None else msgspec.structs.replace(told, client_secret=secret.reveal())


def shown(client: core.Client) -> Client:
    """What is told of a client, without its secrets."""
    permissions = client.permissions
    return Client(
        id=client.id,
        client_id=client.client_id,
        label=client.label,
        grants=[grant.value for grant in Grant if grant in client.grants],
        permissions=None if permissions is None else sorted(permissions),
        audience=client.audience,
        group=client.group_id,
        refresh_lifetime=format_duration(client.refresh_lifetime),
        slides=client.slides,
        scope_as=client.scope_as.value,
        public=is_public(client),
        deployment=client.deployment,
        suspended=client.suspended,
        secrets=[ClientSecret(one.id, one.hint, time(one.created_at)) for one in client.secrets],
        created_at=time(client.created_at),
        updated_at=time(client.updated_at),
    )
