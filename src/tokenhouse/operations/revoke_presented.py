"""Revoke a token that a client presents itself (RFC 7009)."""

from msgspec.structs import replace

from tokenhouse.core.client import Client
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Event, Name
from tokenhouse.core.judge import revoked
from tokenhouse.core.kind import Kind
from tokenhouse.core.standing import Found
from tokenhouse.core.token import FamilyEnd
from tokenhouse.operations.admit import guards
from tokenhouse.operations.authenticate import Authenticate, ClientCredentials
from tokenhouse.operations.changes import Change, Guard, Put, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.erasing import erasing
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.verify import Recogniser


class RevokePresented:
    """Ends what a client no longer wants: a refresh token with its family, an access token alone.

    What is unknown, another client's or over already counts as revoked: it is of no use to whoever
    asks (RFC 7009, 2.2).
    """

    def __init__(
        self,
        store: Store,
        authenticate: Authenticate,
        recogniser: Recogniser,
        clock: Clock,
        refresh: Kind,
    ) -> None:
        self._store = store
        self._authenticate = authenticate
        self._recogniser = recogniser
        self._clock = clock
        self._refresh = refresh

    def __call__(self, presented: ClientCredentials, text: Secret) -> None:
        """End it; raise Refused(UNAUTHENTICATED) for the client."""
        decide(self._store, lambda: self._plan(presented, text))

    def _plan(self, presented: ClientCredentials, text: Secret) -> Plan[None] | Settled[None]:
        client = self._authenticate(presented)
        recognised = self._recogniser.find(text, self._store)
        if recognised is None:
            return Settled(None)
        kind, found = recognised
        if found.token.client_id != client.id or revoked(kind, found):
            return Settled(None)
        return self._ending(client, kind, found)

    def _ending(self, client: Client, kind: Kind, found: Found) -> Plan[None]:
        token, now = found.token, self._clock.now()
        guarded: tuple[Guard, ...] = (*guards(found), guard_of(client))
        writes: tuple[Put, ...]
        if kind.name == self._refresh.name:
            name, subject = Name.FAMILY_REVOKED, token.family_id
            erased, versions = erasing(self._store, token, now)
            end = FamilyEnd(token.family_id, 1, token.organization_id, now)
            writes, guarded = (Put(end), *erased), (*guarded, *versions)
        else:
            name, subject = Name.TOKEN_REVOKED, token.id
            ended = replace(token, version=token.version + 1, revoked_at=now, updated_at=now)
            writes = (Put(ended),)
        details = {"kind": token.kind, "token": str(token.id), "client": str(client.id)}
        if found.standing.person is not None:
            details["person"] = str(found.standing.person.id)
        event = Event(name, token.organization_id, client.id, None, subject, {**details})
        relied_on = tuple(dict.fromkeys(guarded))
        return Plan(Change(token.organization_id, relied_on, writes, (event,)), lambda _: None)
