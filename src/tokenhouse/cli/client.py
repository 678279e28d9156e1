"""`tokenhouse client`: list, show, create, edit, revoke, remove; `client_secrets` has the rest."""

from functools import partial
from typing import Annotated, Final, TypeAlias

from cyclopts import App, Parameter

from tokenhouse.cli import client_secrets
from tokenhouse.cli.choosing import acting_in, client_named
from tokenhouse.cli.client_terms import Terms, YesOrNo, either, said, typed_terms
from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.flags import (
    Json,
    OrganizationFlag,
    WhichClient,
    Yes,
    examples,
    flag,
    of_deployment,
    refuse_unless,
    switch,
)
from tokenhouse.cli.handing import say_registered
from tokenhouse.cli.lists import whole
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import printable, say, say_json, yes_or_no
from tokenhouse.cli.table import Table
from tokenhouse.config import Configuration
from tokenhouse.core.client import Client
from tokenhouse.faces.native.wire.clients import EDIT, NEW, shown

_NAME: Final = "tokenhouse client"
_EXAMPLE: Final = client_secrets.EXAMPLE

app = App(
    name="client",
    help="List, make and change the clients of an organization.",
    help_epilogue=examples(f"{_NAME} list", f"{_NAME} create --help"),
)
app.command(client_secrets.app)

_Terms: TypeAlias = Annotated[Terms, Parameter(name="*")]
_NOTHING: Final = Terms()


@app.command(name="list", help_epilogue=examples(f"{_NAME} list --json"))
@of_deployment
def list_clients(
    *, configuration: Configuration, organization: OrganizationFlag = None, json: Json = False
) -> None:
    """Show the clients of an organization, oldest first."""
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} list")
        listed = whole(partial(authority.clients.page, caller))
    _TABLE.say_all(listed, json=json)


@app.command(help_epilogue=examples(f"{_NAME} show {_EXAMPLE}"))
@of_deployment
def show(
    which: WhichClient,
    /,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    json: Json = False,
) -> None:
    """Show one client, and which secrets it has, without their strings."""
    with operating(configuration.settings) as authority:
        client = client_named(authority, acting_in(authority, organization, f"{_NAME} show"), which)
    _TABLE.say_one(client, json=json)
    if not json:
        client_secrets.say_secrets(client)


@app.command(
    help_epilogue=examples(
        f"{_NAME} create --label 'Customer portal'",
        f"{_NAME} create --label Reports --grant client_credentials \\",
        "  --permission SystemsRead --json",
    )
)
@of_deployment
def create(
    *,
    configuration: Configuration,
    label: Annotated[str, flag("What people know it by.", "NAME")],
    terms: _Terms = _NOTHING,
    public: Annotated[
        bool, switch("It gets no secret, as it could not keep one: an app on a phone, a page.")
    ] = False,
    organization: OrganizationFlag = None,
    json: Json = False,
) -> None:
    """Make a client, and print its client_id and its client_secret, this once.

    It presents them at the token endpoint, /oauth/token, as docs/oauth.md shows.
    """
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} create")
        typed = typed_terms(authority, caller, terms)
        draft = NEW.of({"label": label, "public": public, **typed})
        registered = authority.clients.create(caller, draft)
    say_registered(registered, json=json)


@app.command(help_epilogue=examples(f"{_NAME} edit {_EXAMPLE} --suspended yes"))
@of_deployment
def edit(
    which: WhichClient,
    /,
    *,
    configuration: Configuration,
    label: Annotated[str | None, flag("What people know it by. Default: as it is.", "NAME")] = None,
    terms: _Terms = _NOTHING,
    any_permission: Annotated[
        bool, switch("Its tokens may hold all that the person may, in place of named permissions.")
    ] = False,
    suspended: Annotated[
        YesOrNo | None, either("Whether it may do nothing for now. Default: as it is.")
    ] = None,
    organization: OrganizationFlag = None,
    json: Json = False,
) -> None:
    """Change what a client may, suspend or resume it; what is not named stays as it is.

    Grants and permissions that are named are all that it has then.
    """
    if any_permission and terms.permissions:
        raise Stopped("Say either --permission or --any-permission.", Exit.NOT_UNDERSTOOD)
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} edit")
        client = client_named(authority, caller, which)
        typed = typed_terms(authority, caller, terms) | said(label=label, suspended=suspended)
        if any_permission:
            typed["permissions"] = None
        edited = authority.clients.edit(caller, client.id, EDIT.of(typed))
    _TABLE.say_one(edited, json=json)


@app.command(help_epilogue=examples(f"{_NAME} revoke {_EXAMPLE} --yes"))
@of_deployment
def revoke(
    which: WhichClient,
    /,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Revoke everything that a client, and people at it, were given before now. For good.

    Its secrets stay good: remove those that may be known, or suspend it first.
    """
    refuse_unless(yes, "Every token that was issued at this client would end, for good.")
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} revoke")
        client = client_named(authority, caller, which)
        authority.clients.revoke(caller, client.id)
    if json:
        say_json({"id": str(client.id)})
    else:
        say(f"Everything that was issued at {printable(client.label)} before now is revoked.")


@app.command(help_epilogue=examples(f"{_NAME} remove {_EXAMPLE} --yes"))
@of_deployment
def remove(
    which: WhichClient,
    /,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    yes: Yes = False,
) -> None:
    """Remove a client for good; its secrets are good no longer."""
    refuse_unless(yes, "Whatever presents itself as this client would be unknown, for good.")
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} remove")
        client = client_named(authority, caller, which)
        authority.clients.remove(caller, client.id)
    say(f"{printable(client.label)} is removed.")


def _row(client: Client) -> tuple[str, ...]:
    permissions = client.permissions
    return (
        client.client_id,
        client.label,
        yes_or_no(client.suspended),
        " ".join(sorted(client.grants)),
        "all" if permissions is None else " ".join(sorted(permissions)),
        str(client.id),
    )


_TABLE: Final = Table(
    ("CLIENT ID", "LABEL", "SUSPENDED", "GRANTS", "PERMISSIONS", "ID"), row=_row, fields=shown
)
