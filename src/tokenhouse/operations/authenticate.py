"""Authenticate a client: tell which application presents itself at an endpoint for clients."""

import msgspec

from tokenhouse.core.client import Client, Grant, is_secret_of
from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.standing import Standing
from tokenhouse.operations.ports import Store


class ClientCredentials(msgspec.Struct, frozen=True):
    """What a client presents. `secret` None: it has said only who it is, as public ones do."""

    client_id: str
    secret: Secret | None = None


class Authenticate:
    """Finds the client behind what was presented. Its secret is 40 random characters: no hash."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(self, presented: ClientCredentials, known: Client | None = None) -> Client:
        """The client; raise one same Refused(UNAUTHENTICATED) for every cause.

        `known` was read just now: it is not read again if it is the one that presents itself.
        """
        if known is not None and known.client_id == presented.client_id:
            return _proved(known, presented)
        client = self.standing(presented).client
        assert client is not None
        return client

    def standing(self, presented: ClientCredentials) -> Standing:
        """The client with what it rests on, whose state is not looked at; raise the same."""
        standing = self._store.standing_of_client(presented.client_id)
        if standing is None or standing.client is None:
            raise unknown_client()
        _proved(standing.client, presented)
        return standing


def _proved(client: Client, presented: ClientCredentials) -> Client:
    if client.suspended or not _is_proved(client, presented.secret):
        raise unknown_client()
    return client


def unknown_client() -> Refused:
    """One same refusal of a client that cannot be told, or not believed."""
    return Refused(Code.UNAUTHENTICATED, "The client is not known here, or not proved.")


def _is_proved(client: Client, secret: Secret | None) -> bool:
    if not client.secrets:
        return secret is None
    return secret is not None and is_secret_of(client, secret)


def refuse_grant(client: Client, grant: Grant) -> None:
    """Raise Refused(UNAUTHORIZED_CLIENT) for a grant that the client may not present."""
    if grant not in client.grants:
        sentence = f"This client may not present the grant {grant.value}."
        raise Refused(Code.UNAUTHORIZED_CLIENT, sentence)


def invalid_grant(delay: float = 0.0) -> Refused:
    """One same refusal of whatever was presented for tokens and is good for none."""
    return Refused(Code.INVALID_GRANT, "What was presented is not good for tokens.", delay=delay)
