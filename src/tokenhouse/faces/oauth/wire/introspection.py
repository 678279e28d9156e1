"""What is asked of one token, and what is told of it (RFC 7662, 7009)."""

from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary import Answer, Form, Request
from tokenhouse.boundary.basic import MAX_CREDENTIALS
from tokenhouse.boundary.media import JSON
from tokenhouse.boundary.sorts import SecretText, Text
from tokenhouse.core.credential import MAX_CHARACTERS, Secret
from tokenhouse.core.moment import SECOND
from tokenhouse.core.standing import subject
from tokenhouse.operations.introspect import Introspection


class Named(msgspec.Struct, frozen=True):
    """The token that is asked about, and the client as the form has it."""

    token: Secret
    client_id: str | None = None
    client_secret: Secret | None = None
    token_type_hint: str = ""


FORM: Final = Form(
    Named,
    {
        "token": SecretText(MAX_CHARACTERS),
        "token_type_hint": Text(40),
        "client_id": Text(MAX_CREDENTIALS),
        "client_secret": SecretText(MAX_CREDENTIALS),
    },
    ("token",),
    ignored=None,
)


class Introspected(msgspec.Struct, frozen=True, kw_only=True):
    """What a token is; `active` false stands alone. Moments are seconds."""

    active: bool
    scope: str | UnsetType = UNSET
    client_id: str | UnsetType = UNSET
    username: str | UnsetType = UNSET
    token_type: str | UnsetType = UNSET
    exp: int | UnsetType = UNSET
    iat: int | UnsetType = UNSET
    sub: str | UnsetType = UNSET
    aud: str | UnsetType = UNSET
    iss: str | UnsetType = UNSET
    jti: str | UnsetType = UNSET
    kind: str | UnsetType = UNSET
    organization: str | UnsetType = UNSET


_INACTIVE: Final = Introspected(active=False)


def write_introspection(told: Introspection) -> Answer:
    """What a resource server needs; of what is not good exactly that."""
    return Answer(200, msgspec.json.encode(_introspected(told)), JSON, (("pragma", "no-cache"),))


def _introspected(told: Introspection) -> Introspected:
    verdict, client = told.verdict, told.client
    found, kind = verdict.found, verdict.kind
    if not verdict.active or found is None or kind is None:
        return _INACTIVE
    token, person = found.token, found.standing.person
    bearer = kind.typ is not None
    return Introspected(
        active=True,
        scope=" ".join(sorted(verdict.permissions)) if bearer or verdict.permissions else UNSET,
        client_id=UNSET if client is None else client.client_id,
        username=UNSET if person is None else person.email,
        token_type="Bearer" if bearer else UNSET,
        exp=UNSET if token.expires_at is None else token.expires_at // SECOND,
        iat=token.created_at // SECOND,
        sub=str(subject(found)),
        aud=token.audience or UNSET,
        iss=found.standing.deployment.issuer,
        jti=str(token.id),
        kind=token.kind,
        organization=str(token.organization_id),
    )


def read_named(request: Request) -> Named:
    """The token that is named; raises Refused(MALFORMED)."""
    return FORM.read(request)
