"""What the token endpoint takes and gives."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tokenhouse.boundary import Answer, Form, Request
from tokenhouse.boundary.basic import MAX_CREDENTIALS
from tokenhouse.boundary.media import JSON
from tokenhouse.boundary.sorts import SecretText, Text
from tokenhouse.core.client import Grant, ScopeAs
from tokenhouse.core.credential import MAX_CHARACTERS, Secret
from tokenhouse.core.permission import Permissions, is_permission_name
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.faces.oauth.wire.client_authentication import (
    read_client,
    refuse_query,
)
from tokenhouse.operations.authenticate import ClientCredentials
from tokenhouse.operations.granting import Granted

MAX_USERNAME: Final = 320
MAX_PASSWORD: Final = 1024
MAX_SCOPE: Final = 4096
"""Characters of a scope."""


class Asked(msgspec.Struct, frozen=True):
    """A token request: by whom, and what is presented. `scope` None: none was asked for."""

    client: ClientCredentials
    grant: Grant
    username: str
    password: Secret
    refresh_token: Secret
    scope: Permissions | None


class _Fields(msgspec.Struct, frozen=True):
    grant_type: str
    client_id: str | None = None
    client_secret: Secret | None = None
    username: str = ""
    password: Secret = Secret("")
    refresh_token: Secret = Secret("")
    scope: str | None = None


FORM: Final = Form(
    _Fields,
    {
        "grant_type": Text(40, empty=False),
        "client_id": Text(MAX_CREDENTIALS),
        "client_secret": SecretText(MAX_CREDENTIALS),
        "username": Text(MAX_USERNAME),
        "password": SecretText(MAX_PASSWORD),
        "refresh_token": SecretText(MAX_CHARACTERS),
        "scope": Text(MAX_SCOPE),
    },
    ("grant_type",),
    ignored=None,
)
_GRANTS: Final = {one.value: one for one in Grant}
_NEEDED: Final = {
    Grant.PASSWORD: ("username", "password"),
    Grant.REFRESH_TOKEN: ("refresh_token",),
    Grant.CLIENT_CREDENTIALS: (),
}


def read_asked(request: Request) -> Asked:
    """What a client asks for; raises Refused in the order of RFC 6749: form, client, grant."""
    refuse_query(request)
    fields = FORM.read(request)
    client = read_client(request, fields.client_id, fields.client_secret)
    grant = _GRANTS.get(fields.grant_type)
    if grant is None:
        known = ", ".join(sorted(_GRANTS))
        problem = Problem("grant_type", f"is none of {known}")
        raise Refused(Code.UNSUPPORTED_GRANT, "This grant is not served here.", (problem,))
    missing = [name for name in _NEEDED[grant] if not _is_there(getattr(fields, name))]
    if missing:
        problems = tuple(Problem(name, "is required for this grant") for name in missing)
        raise Refused(Code.MALFORMED, "The request is incomplete.", problems)
    return Asked(
        client,
        grant,
        fields.username,
        fields.password,
        fields.refresh_token,
        _scope(fields.scope),
    )


def _is_there(value: str | Secret) -> bool:
    return bool(value.reveal() if isinstance(value, Secret) else value)


def _scope(text: str | None) -> Permissions | None:
    """The permissions that a scope names; raises Refused(INVALID_SCOPE) for what is none."""
    if text is None or not text.strip(" "):
        return None
    names = frozenset(text.strip(" ").split(" "))
    if not all(is_permission_name(name) for name in names):
        problem = Problem("scope", "is no list of permissions between spaces")
        raise Refused(Code.INVALID_SCOPE, "This scope cannot be.", (problem,))
    return names


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens, told this once. `expires_in` is in seconds, of the access token."""

    access_token: str
    refresh_token: str | UnsetType = UNSET
    id_token: str | UnsetType = UNSET
    expires_in: Annotated[int, Meta(ge=0)]
    token_type: Literal["Bearer"] = "Bearer"
    scope: list[str] | str | UnsetType = UNSET


def write_tokens(granted: Granted, here: ScopeAs) -> Answer:
    """Tokens with their scope as the client is told it; where it has no form of its own, as here.

    `here` is the form that the address has.
    """
    told_as = here if granted.scope_as is ScopeAs.ADDRESS else granted.scope_as
    told = Tokens(
        access_token=granted.access.reveal(),
        refresh_token=_told(granted.refresh),
        id_token=_told(granted.id_token),
        expires_in=granted.lifetime,
        scope=_scope_told(granted.scope, told_as),
    )
    headers = (("pragma", "no-cache"),)
    return Answer(200, msgspec.json.encode(told), JSON, headers, granted.delay)


def _scope_told(scope: Permissions | None, told_as: ScopeAs) -> list[str] | str | UnsetType:
    if told_as is ScopeAs.LIST:
        return sorted(scope or ())
    return UNSET if scope is None else " ".join(sorted(scope))


def _told(secret: Secret | None) -> str | UnsetType:
    return UNSET if secret is None else secret.reveal()
