"""The same that a token's page shows and does, by command."""

import shlex

import msgspec

from tokenhouse.core.token import Token
from tokenhouse.faces.console.tokens.whose import Whose


class Commands(msgspec.Struct, frozen=True):
    """Lines for a shell. `at_machine` are those of the server's own; none of a person's token."""

    over_http: tuple[str, ...]
    at_machine: tuple[str, ...] = ()


def commands(whose: Whose, token: Token, issuer: str) -> Commands:
    """Show, usage and revoke; whoever runs them sets JWT to his user token first."""
    paths = "v1/me/tokens" if whose.is_own else "v1/tokens"
    one = f"{issuer}/{paths}/{token.id}"
    header = '--header "Authorization: Bearer $JWT"'
    over_http = (
        f"curl -s {shlex.quote(one)} {header}",
        f"curl -s {shlex.quote(f'{one}/usage')} {header}",
        f"curl -s --request DELETE {shlex.quote(one)} {header}",
    )
    if whose.is_own:
        return Commands(over_http)
    named = f"{token.id} --organization {token.organization_id}"
    at_machine = (
        f"tokenhouse token show {named}",
        f"tokenhouse token usage {named}",
        f"tokenhouse token revoke {named}",
    )
    return Commands(over_http, at_machine)
