"""The client credentials grant: an application asks in its own name (RFC 6749, 4.4)."""

from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.client import Grant
from tokenhouse.core.events import Event, Name
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import format_moment
from tokenhouse.core.permission import Permissions
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.standing import Standing, permissions
from tokenhouse.core.token import Token
from tokenhouse.operations.admit import standing_guards
from tokenhouse.operations.authenticate import (
    Authenticate,
    ClientCredentials,
    refuse_grant,
    unknown_client,
)
from tokenhouse.operations.changes import Change, Put
from tokenhouse.operations.decide import Plan, decide
from tokenhouse.operations.granting import Granted, Granting, Grounds, granted_scope
from tokenhouse.operations.mint import Mint, Owner
from tokenhouse.operations.ports import Clock, Store


class ClientGrant(msgspec.Struct, frozen=True):
    """Which client asks, and for what (None: all that it is allowed)."""

    client: ClientCredentials
    scope: Permissions | None = None


class GrantClient:
    """Gives an application an access token of its own."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        store: Store,
        authenticate: Authenticate,
        granting: Granting,
        mint: Mint,
        clock: Clock,
        access: Kind,
    ) -> None:
        self._store = store
        self._authenticate = authenticate
        self._granting = granting
        self._mint = mint
        self._clock = clock
        self._access = access

    def __call__(self, asked: ClientGrant) -> Granted:
        """Give a token; raise Refused: UNAUTHENTICATED, UNAUTHORIZED_CLIENT, INVALID_SCOPE."""
        return decide(self._store, lambda: self._plan(asked))

    def _plan(self, asked: ClientGrant) -> Plan[Granted]:
        standing, now = self._authenticate.standing(asked.client), self._clock.now()
        client = standing.client
        assert client is not None
        refuse_grant(client, Grant.CLIENT_CREDENTIALS)
        if not client.secrets:
            raise Refused(Code.UNAUTHORIZED_CLIENT, "A public client has nothing of its own.")
        if standing.organization.suspended:
            raise unknown_client()
        owner = Owner(client.organization_id, client.id, client.id)
        scope = self._scope(asked.scope, owner, standing)
        grounds = Grounds(owner, client, standing, scope, None)
        prepared = self._granting.prepare(self._access, grounds, None, now)
        change = Change(
            client.organization_id,
            standing_guards(standing),
            (Put(prepared.token),),
            (_event(client.id, prepared.token, scope),),
        )
        return Plan(change, lambda _: prepared.granted(), prepared.sign)

    def _scope(
        self, asked: Permissions | None, owner: Owner, standing: Standing
    ) -> Permissions | None:
        def had() -> Permissions:
            anything = self._mint.token(self._access, owner, self._clock.now())
            own = replace(anything, client_id=owner.holder_id)
            return permissions(self._access, own, standing)

        return granted_scope(asked, had, standing.catalogue.names)


def _event(client_id: UUID, token: Token, scope: Permissions | None) -> Event:
    return Event(
        Name.TOKEN_ISSUED,
        token.organization_id,
        client_id,
        None,
        token.id,
        {
            "kind": token.kind,
            "client": str(client_id),
            "grant": Grant.CLIENT_CREDENTIALS.value,
            "expires_at": format_moment(token.expires_at) if token.expires_at else None,
            "scope": None if scope is None else sorted(scope),
            "family": str(token.family_id),
        },
    )
