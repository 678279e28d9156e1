"""Clients registered past every operation, with the secrets that nobody else is told."""

import os
from typing import Any, NamedTuple
from uuid import UUID

from stage import Stage
from tokenhouse.core.client import (
    RANDOM_BYTES,
    REFRESH_LIFETIME,
    Client,
    Grant,
    ScopeAs,
    kept_secret,
    mint_client_secret,
    new_client_id,
)
from tokenhouse.core.credential import Secret
from tokenhouse.operations.authenticate import ClientCredentials
from tokenhouse.operations.mint import Mint


class Registered(NamedTuple):
    """A client with its secret; a public one has none."""

    client: Client
    secret: Secret | None

    @property
    def credentials(self) -> ClientCredentials:
        """How it says who it is."""
        return ClientCredentials(self.client.client_id, self.secret)


def drawn() -> tuple[str, Secret]:
    """An id and a secret of a client, not registered yet."""
    entropy = os.urandom
    return new_client_id(entropy(RANDOM_BYTES)), mint_client_secret("th", entropy(RANDOM_BYTES))


def register(
    stage: Stage,
    pair: tuple[str, Secret] | None = None,
    *,
    organization_id: UUID | None = None,
    public: bool = False,
    **fields: Any,
) -> Registered:
    """A new client of the firm, or of another organization, which may present every grant."""
    mint, now = Mint(os.urandom, "th"), stage.clock.now()
    client_id, secret = pair or drawn()
    own = {
        "grants": frozenset(Grant),
        "permissions": None,
        "audience": None,
        "group_id": None,
        "refresh_lifetime": REFRESH_LIFETIME,
        "slides": False,
        "scope_as": ScopeAs.ADDRESS,
        "deployment": False,
        "suspended": False,
        **fields,
    }
    client = Client(
        id=mint.id(now),
        version=1,
        organization_id=organization_id or stage.organization_id,
        client_id=client_id,
        label="An application",
        revoked_before=0,
        secrets=() if public else (kept_secret(secret, mint.id(now), now),),
        created_at=now,
        updated_at=now,
        **own,
    )
    stage.put(client)
    return Registered(client, None if public else secret)


def client_named(store: Any, client_id: str) -> Client | None:
    """The client that presents itself by this name, as a store keeps it."""
    standing = store.standing_of_client(client_id)
    return None if standing is None else standing.client
