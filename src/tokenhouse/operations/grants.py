"""All that clients ask for at the endpoints that are theirs."""

import msgspec

from tokenhouse.operations.grant_client import GrantClient
from tokenhouse.operations.grant_password import GrantPassword
from tokenhouse.operations.grant_refresh import GrantRefresh
from tokenhouse.operations.introspect import Introspect
from tokenhouse.operations.revoke_presented import RevokePresented


class Grants(msgspec.Struct, frozen=True):
    """One attribute per operation of a client."""

    password: GrantPassword
    refresh: GrantRefresh
    client: GrantClient
    introspect: Introspect
    revoke: RevokePresented
