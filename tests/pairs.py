"""What clients give: by their pair alone, and to the tokens that were issued at them.

Reckoned from their records, in a few lines that share nothing with the judge.
"""

from typing import Final

from conformance.ranks import EVERYTHING
from tokenhouse.core.client import Client, Grant
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.token import Token

AT_CLIENTS: Final = frozenset({"access", "refresh"})
"""Kinds whose tokens are issued at clients."""


def alone(client: Client) -> frozenset[str]:
    """What whoever knows the pair may do without anybody's password; asking takes the pair."""
    listed = EVERYTHING & (client.permissions or frozenset())
    asks = Grant.CLIENT_CREDENTIALS in client.grants
    return listed if asks else listed & {"TokenVerify"}


def at_client(token: Token, client: Client, given: frozenset[str]) -> frozenset[str]:
    """What a token carries that was issued at a client; `given` is what its person may do."""
    named = client.permissions
    if token.holder_kind is HolderKind.CLIENT:
        held = EVERYTHING & (named or frozenset())
    else:
        held = given if named is None else given & named
    return held if token.permissions is None else held & token.permissions
