"""`tokenhouse group`: list, show, create, edit, remove."""

from typing import Annotated, Final, TypeAlias

import msgspec
from cyclopts import App, Parameter

from tokenhouse.cli.choosing import OrganizationFlag, organization_of
from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.flags import Json, Yes, examples, refuse_unless, takes
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import say, say_json, say_table
from tokenhouse.config import Configuration
from tokenhouse.faces.native.wire.groups import EDIT, NEW, shown
from tokenhouse.operations import Authority
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.changes import GroupCount, Stretch

_NAME: Final = "tokenhouse group"
_STEP: Final = 500
_COLUMNS: Final = ("GROUP", "NAME", "PEOPLE", "FIXED", "PERMISSIONS")
_PLACE: Final = takes("data", "store")

app = App(
    name="group",
    help="List, make and change the policy groups of an organization.",
    help_epilogue=examples(f"{_NAME} list", f"{_NAME} create --help"),
)

_Group: TypeAlias = Annotated[str, Parameter(help="Its id or name.", metavar="GROUP")]
_Name: TypeAlias = Annotated[str, Parameter(help="Its name, unique there.", metavar="NAME")]
_AS_IT_IS: Final = "Default: as it is."


def _flag(told: str, written: str) -> Parameter:
    return Parameter(help=told, metavar=written, show_default=False)


def _permissions(told: str) -> Parameter:
    return Parameter(
        name="--permission", help=told, metavar="NAME", negative="", show_default=False
    )


@app.command(name="list", help_epilogue=examples(f"{_NAME} list --json"))
@_PLACE
def list_groups(
    *, configuration: Configuration, organization: OrganizationFlag = None, json: Json = False
) -> None:
    """Show the policy groups of an organization, oldest first."""
    with operating(configuration.settings) as authority:
        caller = _caller(authority, organization, "list")
        listed = _all(authority, caller)
    if json:
        say_json([msgspec.to_builtins(shown(one)) for one in listed])
    else:
        say_table(_COLUMNS, [_row(one) for one in listed])


@app.command(help_epilogue=examples(f"{_NAME} show Administrator --json"))
@_PLACE
def show(
    group: _Group,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    json: Json = False,
) -> None:
    """Show one policy group. The fixed one lists all that it gives now."""
    with operating(configuration.settings) as authority:
        caller = _caller(authority, organization, "show")
        found = _find(authority, caller, group)
    _say(found, json=json)


@app.command(
    help_epilogue=examples(f"{_NAME} create --name Operators --permission AccountTokenRead")
)
@_PLACE
def create(
    *,
    configuration: Configuration,
    name: _Name,
    description: Annotated[str, _flag("What it is for. Default: nothing.", "TEXT")] = "",
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
        caller = _caller(authority, organization, "create")
        made = authority.groups.create(caller, None, draft)
    _say(made, json=json)


@app.command(
    help_epilogue=examples(f"{_NAME} edit Operators --name Automation"),
)
@_PLACE
def edit(
    group: _Group,
    *,
    configuration: Configuration,
    name: Annotated[str | None, _flag(f"Its new name. {_AS_IT_IS}", "NAME")] = None,
    description: Annotated[str | None, _flag(f"What it is for. {_AS_IT_IS}", "TEXT")] = None,
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
        caller = _caller(authority, organization, "edit")
        found = _find(authority, caller, group)
        edited = authority.groups.edit(caller, None, found.group.id, changes)
    _say(edited, json=json)


@app.command(help_epilogue=examples(f"{_NAME} remove Operators --yes"))
@_PLACE
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
        caller = _caller(authority, organization, "remove")
        found = _find(authority, caller, group)
        authority.groups.remove(caller, None, found.group.id)
    say(f"{found.group.name} is removed.")


def _typed(
    name: str | None, description: str | None, permissions: tuple[str, ...]
) -> dict[str, object]:
    """What was named of a group."""
    said = {"name": name, "description": description, "permissions": [*permissions] or None}
    return {field: value for field, value in said.items() if value is not None}


def _caller(authority: Authority, organization: str | None, command: str) -> AtMachine:
    typed = f"{_NAME} {command}"
    return AtMachine(organization_of(authority, organization, typed).id, typed)


def _all(authority: Authority, caller: AtMachine) -> list[GroupCount]:
    listed: list[GroupCount] = []
    after = None
    while part := authority.groups.along(caller, Stretch(_STEP, after)):
        listed += part
        after = part[-1].group.id
    return listed


def _find(authority: Authority, caller: AtMachine, text: str) -> GroupCount:
    """The group of this id or name: names are unique without regard to case."""
    wanted = text.casefold()
    for one in _all(authority, caller):
        if wanted in {str(one.group.id), one.group.name.casefold()}:
            return one
    raise Stopped("No policy group has this id or name.", Exit.NOT_FOUND)


def _say(counted: GroupCount, *, json: bool) -> None:
    if json:
        say_json(msgspec.to_builtins(shown(counted)))
    else:
        say_table(_COLUMNS, [_row(counted)])


def _row(counted: GroupCount) -> tuple[str, ...]:
    group = counted.group
    return (
        str(group.id),
        group.name,
        str(counted.people),
        "yes" if group.fixed else "no",
        " ".join(sorted(group.permissions)),
    )
