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

        `known` was read just now: it is not read again if it is the one that presents itself, and
        good.
        """
        named = known is not None and known.client_id == presented.client_id
        if known is not None and named and _is_good(known, presented):
            return known
        client = self.standing(presented).client
        assert client is not None
        return client

    def standing(self, presented: ClientCredentials) -> Standing:
        """The client with what it rests on, whose state is not looked at; raise the same."""
        standing = self._proved(presented)
        if standing is None and self._store.left_ms():  # a no is not taken from memory
            standing = self._store.anew(lambda: self._proved(presented))
        if standing is None:
            raise unknown_client()
        return standing

    def _proved(self, presented: ClientCredentials) -> Standing | None:
        standing = self._store.standing_of_client(presented.client_id)
        if standing is None or standing.client is None:
            return None
        return standing if _is_good(standing.client, presented) else None


def _is_good(client: Client, presented: ClientCredentials) -> bool:
    return not client.suspended and _is_proved(client, presented.secret)


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
