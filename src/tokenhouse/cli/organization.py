"""`tokenhouse organization`: list, show, create, edit, suspend, resume."""

from functools import partial
from typing import Annotated, Final, TypeAlias

from cyclopts import App

from tokenhouse.cli.choosing import organization_of
from tokenhouse.cli.flags import (
    Json,
    OrganizationFlag,
    Yes,
    examples,
    flag,
    of_deployment,
    refuse_unless,
)
from tokenhouse.cli.lists import whole
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import second, yes_or_no
from tokenhouse.cli.table import Table
from tokenhouse.config import Configuration
from tokenhouse.core.principal import DEPLOYMENT, Organization
from tokenhouse.faces.native.wire.organizations import shown
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.organizations import OrganizationEdit

_NAME: Final = "tokenhouse organization"

app = App(
    name="organization",
    help="List, make and change organizations.",
    help_epilogue=examples(f"{_NAME} list", f"{_NAME} create --help"),
)

NewName: TypeAlias = Annotated[str, flag("The name of it.", "NAME")]


@app.command(name="list", help_epilogue=examples(f"{_NAME} list --json"))
@of_deployment
def list_organizations(*, configuration: Configuration, json: Json = False) -> None:
    """Show all organizations, oldest first."""
    caller = AtMachine(DEPLOYMENT, f"{_NAME} list")
    with operating(configuration.settings) as authority:
        listed = whole(partial(authority.organizations.page, caller))
    _TABLE.say_all(listed, json=json)


@app.command(help_epilogue=examples(f"{_NAME} show --organization Nordlicht"))
@of_deployment
def show(
    *, configuration: Configuration, organization: OrganizationFlag = None, json: Json = False
) -> None:
    """Show one organization."""
    with operating(configuration.settings) as authority:
        found = organization_of(authority, organization, f"{_NAME} show")
    _TABLE.say_one(found, json=json)


@app.command(help_epilogue=examples(f"{_NAME} create --name Weststrom"))
@of_deployment
def create(*, configuration: Configuration, name: NewName, json: Json = False) -> None:
    """Make an organization, with its group Administrator, which nobody carries yet."""
    with operating(configuration.settings) as authority:
        made = authority.organizations.create(AtMachine(DEPLOYMENT, f"{_NAME} create"), name)
    _TABLE.say_one(made, json=json)


@app.command(help_epilogue=examples(f"{_NAME} edit --organization Weststrom --name 'West AG'"))
@of_deployment
def edit(
    *,
    configuration: Configuration,
    name: NewName,
    organization: OrganizationFlag = None,
    json: Json = False,
) -> None:
    """Rename an organization."""
    _edit(configuration, "edit", organization, OrganizationEdit(name=name), json=json)


@app.command(help_epilogue=examples(f"{_NAME} suspend --organization Weststrom --yes"))
@of_deployment
def suspend(
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Suspend an organization: none of its tokens is good, at once, until it is resumed."""
    refuse_unless(yes, "No token of the organization is good while it is suspended.")
    _edit(configuration, "suspend", organization, OrganizationEdit(suspended=True), json=json)


@app.command(help_epilogue=examples(f"{_NAME} resume --organization Weststrom"))
@of_deployment
def resume(
    *, configuration: Configuration, organization: OrganizationFlag = None, json: Json = False
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
    _TABLE.say_one(edited, json=json)


def _row(organization: Organization) -> tuple[str, ...]:
    return (
        str(organization.id),
        organization.name,
        yes_or_no(organization.suspended),
        second(organization.created_at),
    )


_TABLE: Final = Table(("ORGANIZATION", "NAME", "SUSPENDED", "SINCE"), row=_row, fields=shown)
