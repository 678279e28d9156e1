"""`tokenhouse client secret`: add, remove."""

from typing import Annotated, Final

from cyclopts import App

from tokenhouse.boundary import parse_id
from tokenhouse.cli.choosing import acting_in, client_named
from tokenhouse.cli.flags import (
    Json,
    OrganizationFlag,
    WhichClient,
    examples,
    flag,
    of_deployment,
)
from tokenhouse.cli.handing import say_registered
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import say, say_table, second
from tokenhouse.config import Configuration
from tokenhouse.core.client import Client
from tokenhouse.core.refusal import Code, Refused

_NAME: Final = "tokenhouse client secret"
EXAMPLE: Final = "4fXbT0aKq1ZrW8yLhN3mCe7D"
_WITH_TWO: Final = "7tYcQ2mVd9RpX4uHsK6wBg1J"
_SECRET: Final = "0190a5c4-7e1a-7000-8000-0123456789cd"

app = App(
    name="secret",
    help="Change the secret of a client without an outage: a second beside the first.",
    help_epilogue=examples(f"{_NAME} add --help", f"{_NAME} remove --help"),
)


@app.command(help_epilogue=examples(f"{_NAME} add {EXAMPLE} --json"))
@of_deployment
def add(
    which: WhichClient,
    /,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    json: Json = False,
) -> None:
    """Give a client a second secret, and print it, this once; the first stays good."""
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} add")
        client = client_named(authority, caller, which)
        added = authority.client_secrets.add(caller, client.id)
    say_registered(added, json=json)


@app.command(help_epilogue=examples(f"{_NAME} remove {_WITH_TWO} \\", f"  {_SECRET}"))
@of_deployment
def remove(
    which: WhichClient,
    secret: Annotated[str, flag("The secret's id, which `client show` tells.", "ID")],
    /,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
) -> None:
    """Remove a secret of a client: it is good no longer. The last one stays."""
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} remove")
        client = client_named(authority, caller, which)
        secret_id = parse_id(secret)
        if secret_id is None:
            raise Refused(Code.NOT_FOUND, "There is no such secret.")
        authority.client_secrets.remove(caller, client.id, secret_id)
    say("The secret is removed.")


def say_secrets(client: Client) -> None:
    """Say which secrets a client has."""
    rows = [(str(one.id), one.hint, second(one.created_at)) for one in client.secrets]
    if rows:
        say("")
        say_table(("SECRET", "ENDS IN", "MADE"), rows)
