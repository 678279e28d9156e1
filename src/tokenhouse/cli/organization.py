"""`tokenhouse organization`: list, show, create, edit, suspend, resume."""

from typing import Annotated, Final, TypeAlias

import msgspec
from cyclopts import App, Parameter

from tokenhouse.cli.choosing import organization_of
from tokenhouse.cli.flags import Json, Yes, examples, refuse_unless, takes
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import say_json, say_table, second
from tokenhouse.config import Configuration
from tokenhouse.core.principal import DEPLOYMENT, Organization
from tokenhouse.faces.native.wire.organizations import shown
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.changes import Stretch
from tokenhouse.operations.organizations import OrganizationEdit

_NAME: Final = "tokenhouse organization"
_STEP: Final = 500
_COLUMNS: Final = ("ORGANIZATION", "NAME", "SUSPENDED", "SINCE")

app = App(
    name="organization",
    help="List, make and change organizations.",
    help_epilogue=examples(f"{_NAME} list", f"{_NAME} create --help"),
)

_PLACE: Final = takes("data", "store")
Chosen: TypeAlias = Annotated[
    str | None,
    Parameter(
        name="--organization",
        help="Its id or name. Default: the only one there is.",
        metavar="ID-OR-NAME",
        show_default=False,
    ),
]
NewName: TypeAlias = Annotated[str, Parameter(help="The name of it.", metavar="NAME")]


@app.command(name="list", help_epilogue=examples(f"{_NAME} list --json"))
@_PLACE
def list_organizations(*, configuration: Configuration, json: Json = False) -> None:
    """Show all organizations, oldest first."""
    caller, after = AtMachine(DEPLOYMENT, f"{_NAME} list"), None
    listed: list[Organization] = []
    with operating(configuration.settings) as authority:
        while True:
            part = authority.organizations.page(caller, Stretch(_STEP, after))
            listed += part.rows
            after = part.after
            if after is None:
                break
    if json:
        say_json([msgspec.to_builtins(shown(one)) for one in listed])
    else:
        say_table(_COLUMNS, [_row(one) for one in listed])


@app.command(help_epilogue=examples(f"{_NAME} show --organization Nordlicht"))
@_PLACE
def show(*, configuration: Configuration, organization: Chosen = None, json: Json = False) -> None:
    """Show one organization."""
    with operating(configuration.settings) as authority:
        found = organization_of(authority, organization, f"{_NAME} show")
    _say(found, json=json)


@app.command(help_epilogue=examples(f"{_NAME} create --name Weststrom"))
@_PLACE
def create(*, configuration: Configuration, name: NewName, json: Json = False) -> None:
    """Make an organization, with its group Administrator, which nobody carries yet."""
    with operating(configuration.settings) as authority:
        made = authority.organizations.create(AtMachine(DEPLOYMENT, f"{_NAME} create"), name)
    _say(made, json=json)


@app.command(help_epilogue=examples(f"{_NAME} edit --organization Weststrom --name 'West AG'"))
@_PLACE
def edit(
    *,
    configuration: Configuration,
    name: NewName,
    organization: Chosen = None,
    json: Json = False,
) -> None:
    """Rename an organization."""
    _edit(configuration, "edit", organization, OrganizationEdit(name=name), json=json)


@app.command(help_epilogue=examples(f"{_NAME} suspend --organization Weststrom --yes"))
@_PLACE
def suspend(
    *,
    configuration: Configuration,
    organization: Chosen = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Suspend an organization: none of its tokens is good, at once, until it is resumed."""
    refuse_unless(yes, "No token of the organization is good while it is suspended.")
    _edit(configuration, "suspend", organization, OrganizationEdit(suspended=True), json=json)


@app.command(help_epilogue=examples(f"{_NAME} resume --organization Weststrom"))
@_PLACE
def resume(
    *, configuration: Configuration, organization: Chosen = None, json: Json = False
) -> None:
    """Resume an organization: what has not ended meanwhile is good again."""
    _edit(configuration, "resume", organization, OrganizationEdit(suspended=False), json=json)


def _edit(
    configuration: Configuration,
    command: str,
    asked: str | None,
    edit: OrganizationEdit,
    *,
    json: bool,
) -> None:
    typed = f"{_NAME} {command}"
    with operating(configuration.settings) as authority:
        found = organization_of(authority, asked, typed)
        caller = AtMachine(DEPLOYMENT, typed)
        edited = authority.organizations.edit(caller, found.id, None, edit)
    _say(edited, json=json)


def _say(organization: Organization, *, json: bool) -> None:
    if json:
        say_json(msgspec.to_builtins(shown(organization)))
        return
    say_table(_COLUMNS, [_row(organization)])


def _row(organization: Organization) -> tuple[str, ...]:
    return (
        str(organization.id),
        organization.name,
        "yes" if organization.suspended else "no",
        second(organization.created_at),
    )
