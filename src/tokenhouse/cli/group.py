"""`tokenhouse group`: list, show, create, edit, remove."""

from typing import Annotated, Final, TypeAlias

from cyclopts import App, Parameter

from tokenhouse.cli.choosing import acting_in, groups_of
from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.flags import (
    Json,
    OrganizationFlag,
    Yes,
    examples,
    flag,
    of_deployment,
    refuse_unless,
    several,
)
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import say, yes_or_no
from tokenhouse.cli.table import Table
from tokenhouse.config import Configuration
from tokenhouse.faces.native.wire.groups import EDIT, NEW, shown
from tokenhouse.operations import Authority
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.changes import GroupCount

_NAME: Final = "tokenhouse group"

app = App(
    name="group",
    help="List, make and change the policy groups of an organization.",
    help_epilogue=examples(f"{_NAME} list", f"{_NAME} create --help"),
)

_Group: TypeAlias = Annotated[str, flag("Its id or name.", "GROUP")]
_Name: TypeAlias = Annotated[str, flag("Its name, unique there.", "NAME")]
_AS_IT_IS: Final = "Default: as it is."


def _permissions(told: str) -> Parameter:
    return several(told, "NAME", name="--permission")


@app.command(name="list", help_epilogue=examples(f"{_NAME} list --json"))
@of_deployment
def list_groups(
    *, configuration: Configuration, organization: OrganizationFlag = None, json: Json = False
) -> None:
    """Show the policy groups of an organization, oldest first."""
    with operating(configuration.settings) as authority:
        listed = groups_of(authority, acting_in(authority, organization, f"{_NAME} list"))
    _TABLE.say_all(listed, json=json)


@app.command(help_epilogue=examples(f"{_NAME} show Administrator --json"))
@of_deployment
def show(
    group: _Group,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    json: Json = False,
) -> None:
    """Show one policy group. The fixed one lists all that it gives now."""
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} show")
        found = _find(authority, caller, group)
    _TABLE.say_one(found, json=json)


@app.command(help_epilogue=examples(f"{_NAME} create --name Auditors --permission EventsRead"))
@of_deployment
def create(
    *,
    configuration: Configuration,
    name: _Name,
    description: Annotated[str, flag("What it is for. Default: nothing.", "TEXT")] = "",
    permissions: Annotated[
        tuple[str, ...],
        _permissions("A permission that it holds; may be repeated. Default: none."),
    ] = (),
    organization: OrganizationFlag = None,
    json: Json = False,
) -> None:
    """Make a policy group."""
    draft = NEW.of(_typed(name, description, permissions))
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} create")
        made = authority.groups.create(caller, None, draft)
    _TABLE.say_one(made, json=json)


@app.command(
    help_epilogue=examples(f"{_NAME} edit Operators --name Technicians"),
)
@of_deployment
def edit(
    group: _Group,
    *,
    configuration: Configuration,
    name: Annotated[str | None, flag(f"Its new name. {_AS_IT_IS}", "NAME")] = None,
    description: Annotated[str | None, flag(f"What it is for. {_AS_IT_IS}", "TEXT")] = None,
    permissions: Annotated[
        tuple[str, ...],
        _permissions(f"A permission that it holds; may be repeated. {_AS_IT_IS}"),
    ] = (),
    organization: OrganizationFlag = None,
    json: Json = False,
) -> None:
    """Change a policy group; everybody who carries it follows at once.

    What is not named stays as it is. Permissions that are named are all that it holds then.
    """
    changes = EDIT.of(_typed(name, description, permissions))
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} edit")
        found = _find(authority, caller, group)
        edited = authority.groups.edit(caller, None, found.group.id, changes)
    _TABLE.say_one(edited, json=json)


@app.command(help_epilogue=examples(f"{_NAME} remove Operators --yes"))
@of_deployment
def remove(
    group: _Group,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    yes: Yes = False,
) -> None:
    """Remove a policy group; everybody who carries it loses it at once."""
    refuse_unless(yes, "Everybody who carries the group loses it at once, and it never comes back.")
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} remove")
        found = _find(authority, caller, group)
        authority.groups.remove(caller, None, found.group.id)
    say(f"{found.group.name} is removed.")


def _typed(
    name: str | None, description: str | None, permissions: tuple[str, ...]
) -> dict[str, object]:
    """What was named of a group."""
    said = {"name": name, "description": description, "permissions": [*permissions] or None}
    return {field: value for field, value in said.items() if value is not None}


def _find(authority: Authority, caller: AtMachine, text: str) -> GroupCount:
    """The group of this id or name: names are unique without regard to case."""
    wanted = text.casefold()
    for one in groups_of(authority, caller):
        if wanted in {str(one.group.id), one.group.name.casefold()}:
            return one
    raise Stopped("No policy group has this id or name.", Exit.NOT_FOUND)


def _row(counted: GroupCount) -> tuple[str, ...]:
    group = counted.group
    return (
        str(group.id),
        group.name,
        str(counted.people),
        yes_or_no(group.fixed),
        " ".join(sorted(group.permissions)),
    )


_TABLE: Final = Table(("GROUP", "NAME", "PEOPLE", "FIXED", "PERMISSIONS"), row=_row, fields=shown)
