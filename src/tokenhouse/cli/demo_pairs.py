"""The pairs of the demo's clients, as long as they are good for something."""

from tokenhouse.config import BRAND
from tokenhouse.core.client import is_secret_of
from tokenhouse.demo.passwords import Passwords
from tokenhouse.operations.blueprint import ClientPlan
from tokenhouse.wiring import Parts


def good_pair(parts: Parts, passwords: Passwords, label: str) -> ClientPlan | None:
    """What a client of the firm presents itself with; None where nobody would take it.

    Data from before there was that client has none, and whoever tries things out may have removed
    it.
    """
    pair = passwords.pair_of(BRAND, label)
    standing = parts.store.standing_of_client(pair.client_id)
    client = None if standing is None else standing.client
    if client is None or client.suspended or not is_secret_of(client, pair.secret):
        return None
    return pair
