"""Clients: software that asks for tokens in somebody's name, or in its own (RFC 6749, 2)."""

import hmac
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.credential import Secret, base62, checksum, fingerprint, hint
from tokenhouse.core.moment import DAY, MINUTE, Moment
from tokenhouse.core.permission import Permissions

CLIENT_ID_CHARACTERS: Final = 24
SECRET_LETTER: Final = "c"
SECRET_CHARACTERS: Final = 40
"""Random ones, of 50: brand, letter, `_` before them, six of a checksum behind."""
RANDOM_BYTES: Final = 40
MOST_SECRETS: Final = 2
"""As many as there have to be while one takes the place of the other."""
REFRESH_LIFETIME: Final = 30 * DAY
SHORTEST_REFRESH_LIFETIME: Final = 5 * MINUTE
LONGEST_REFRESH_LIFETIME: Final = 36_500 * DAY


class Grant(StrEnum):
    """What a client may present at the token endpoint, by its `grant_type`."""

    PASSWORD = "password"
    REFRESH_TOKEN = "refresh_token"
    CLIENT_CREDENTIALS = "client_credentials"


class ScopeAs(StrEnum):
    """How a client is told the scope of its tokens."""

    ADDRESS = "address"
    """As the address that it asks has it."""
    LIST = "list"
    """An array at every address, empty where no scope was asked for (NET2GRID)."""
    STRING = "string"
    """A string at every address, left out where no scope was asked for (RFC 6749, 5.1)."""


FIRST_GRANTS: Final = frozenset({Grant.PASSWORD, Grant.REFRESH_TOKEN})
"""What a client may present that was not told what: as the pair of a customer does."""


class ClientSecret(msgspec.Struct, frozen=True):
    """What we keep of a secret that was shown once: 40 random characters need no slow hash."""

    id: UUID
    fingerprint: bytes
    hint: str
    created_at: Moment

    def __repr__(self) -> str:
        return f"ClientSecret(id={self.id!r})"


class Client(msgspec.Struct, frozen=True):
    """An application of one organization. `client_id` is the name that it presents itself by.

    `permissions` are the most that a token which it asks for may do: None is all that the person
    may, and nothing where it asks in its own name. `group_id`: only people who carry that policy
    group get tokens at it. `refresh_lifetime` is microseconds from a sign-in, or where it `slides`
    from the last refresh, to the end of what was begun with it. `secrets` none: a public client.
    `audience` is the API that its tokens are meant for; None: any. `deployment` lets it ask about
    tokens of every organization.
    """

    id: UUID
    version: int
    organization_id: UUID
    client_id: str
    label: str
    grants: frozenset[Grant]
    permissions: Permissions | None
    audience: str | None
    group_id: UUID | None
    refresh_lifetime: int
    slides: bool
    scope_as: ScopeAs
    deployment: bool
    suspended: bool
    revoked_before: int
    secrets: tuple[ClientSecret, ...]
    created_at: Moment
    updated_at: Moment


def new_client(organization_id: UUID, id_: UUID, client_id: str, now: Moment) -> Client:
    """The record that a client begins with, without a label and a secret."""
    return Client(
        id=id_,
        version=1,
        organization_id=organization_id,
        client_id=client_id,
        label="",
        grants=FIRST_GRANTS,
        permissions=None,
        audience=None,
        group_id=None,
        refresh_lifetime=REFRESH_LIFETIME,
        slides=False,
        scope_as=ScopeAs.ADDRESS,
        deployment=False,
        suspended=False,
        revoked_before=0,
        secrets=(),
        created_at=now,
        updated_at=now,
    )


def is_public(client: Client) -> bool:
    """Tell whether a client has no secret, because it could not keep one."""
    return not client.secrets


def new_client_id(random: bytes) -> str:
    """A name for a new client, of RANDOM_BYTES of randomness."""
    return base62(_number(random), CLIENT_ID_CHARACTERS)


def mint_client_secret(brand: str, random: bytes) -> Secret:
    """Make a client secret from RANDOM_BYTES of randomness."""
    drawn = base62(_number(random), SECRET_CHARACTERS)
    body = f"{brand}{SECRET_LETTER}_{drawn}"
    return Secret(body + checksum(body.encode()))


def kept_secret(secret: Secret, secret_id: UUID, now: Moment) -> ClientSecret:
    """What we keep of a secret that is shown now."""
    text = secret.reveal()
    return ClientSecret(secret_id, fingerprint(text), hint(text), now)


def is_secret_of(client: Client, presented: Secret) -> bool:
    """Tell whether a string is one of the client's secrets; which one, no time tells."""
    found = fingerprint(presented.reveal())
    alike = [hmac.compare_digest(found, one.fingerprint) for one in client.secrets]
    return any(alike)


def _number(random: bytes) -> int:
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a client takes {RANDOM_BYTES} random bytes")
    return int.from_bytes(random, "big")
