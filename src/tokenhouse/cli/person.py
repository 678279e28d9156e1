"""`tokenhouse person`: list, show, edit, suspend, resume, operator, groups; see `links` too."""

from typing import Annotated, Final, Literal

import msgspec
from cyclopts import App, Parameter
from msgspec import UNSET

from tokenhouse.cli import links
from tokenhouse.cli.choosing import OrganizationFlag, Who, groups_named, organization_of, person_of
from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.flags import Json, Yes, examples, refuse_unless, takes
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import printable, say, say_json, say_table, second
from tokenhouse.config import Configuration
from tokenhouse.core.principal import DEPLOYMENT, Person
from tokenhouse.faces.native.wire import memberships as wire
from tokenhouse.faces.native.wire.people import known_person, shown
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.changes import Stretch
from tokenhouse.operations.memberships import Joined, MembershipEdit, Sought
from tokenhouse.operations.people import Known, PersonEdit

_NAME: Final = "tokenhouse person"
_STEP: Final = 500
_COLUMNS: Final = ("PERSON", "E-MAIL", "NAME", "OPERATOR", "SUSPENDED", "SINCE")

app = App(
    name="person",
    help="List and change people.",
    help_epilogue=examples(f"{_NAME} list", f"{_NAME} suspend --help"),
)

app.command(links.invite, help_epilogue=links.INVITE)
app.command(links.recover, help_epilogue=links.RECOVER)

_PLACE: Final = takes("data", "store")


@app.command(name="list", help_epilogue=examples(f"{_NAME} list --json"))
@_PLACE
def list_people(*, configuration: Configuration, json: Json = False) -> None:
    """Show all people, in the order in which they came."""
    caller, after = AtMachine(DEPLOYMENT, f"{_NAME} list"), None
    listed: list[Person] = []
    with operating(configuration.settings) as authority:
        while True:
            part = authority.people.page(caller, None, Stretch(_STEP, after))
            listed += part.rows
            after = part.after
            if after is None:
                break
    if json:
        say_json([msgspec.to_builtins(shown(one)) for one in listed])
    else:
        say_table(_COLUMNS, [_row(one) for one in listed])


@app.command(help_epilogue=examples(f"{_NAME} show anna@nordlicht.example"))
@_PLACE
def show(who: Who, /, *, configuration: Configuration, json: Json = False) -> None:
    """Show a person, with the organizations that he belongs to."""
    with operating(configuration.settings) as authority:
        known = person_of(authority, who, f"{_NAME} show")
    _say(known, json=json)


@app.command(help_epilogue=examples(f"{_NAME} edit anna@nordlicht.example --name 'Anna Lind'"))
@_PLACE
def edit(
    who: Who,
    /,
    *,
    configuration: Configuration,
    name: Annotated[
        str | None, Parameter(help="His name. Default: the one he has.", metavar="NAME")
    ] = None,
    email: Annotated[
        str | None,
        Parameter(
            help="His e-mail, with which he signs in. Default: the one he has.", metavar="E-MAIL"
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Change the name or the e-mail of a person."""
    changed = PersonEdit(
        full_name=UNSET if name is None else name, email=UNSET if email is None else email
    )
    _edit(configuration, "edit", who, changed, json=json)


@app.command(help_epilogue=examples(f"{_NAME} suspend anna@nordlicht.example --yes"))
@_PLACE
def suspend(
    who: Who, /, *, configuration: Configuration, yes: Yes = False, json: Json = False
) -> None:
    """Suspend a person: he can do nothing in any organization, at once, until he is resumed.

    The last operator who could sign in cannot be suspended.
    """
    refuse_unless(yes, "Nothing of a suspended person is good, and he cannot sign in.")
    _edit(configuration, "suspend", who, PersonEdit(suspended=True), json=json)


@app.command(help_epilogue=examples(f"{_NAME} resume anna@nordlicht.example"))
@_PLACE
def resume(who: Who, /, *, configuration: Configuration, json: Json = False) -> None:
    """Resume a person: what has not ended meanwhile is good again."""
    _edit(configuration, "resume", who, PersonEdit(suspended=False), json=json)


@app.command(help_epilogue=examples(f"{_NAME} operator anna@nordlicht.example grant"))
@_PLACE
def operator(
    who: Who,
    change: Annotated[
        Literal["grant", "withdraw"], Parameter(help="What is to become of it.", metavar="CHANGE")
    ],
    /,
    *,
    configuration: Configuration,
    json: Json = False,
) -> None:
    """Make a person an operator of the deployment, or one no more.

    The last operator who could sign in stays one.
    """
    changed = PersonEdit(operator=change == "grant")
    _edit(configuration, "operator", who, changed, json=json)


@app.command(
    help_epilogue=examples(
        f"{_NAME} groups carl@nordlicht.example",
        f"{_NAME} groups carl@nordlicht.example --group Client --group Meters",
    )
)
@_PLACE
def groups(
    who: Who,
    /,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    group: Annotated[
        tuple[str, ...],
        Parameter(
            help="Name of a group that he is to carry, and no others than these; may be repeated.",
            metavar="NAME",
            negative="",
            show_default=False,
        ),
    ] = (),
    json: Json = False,
) -> None:
    """Show which policy groups a person carries in an organization, or give him others.

    The last administrator who is active stays one.
    """
    typed = f"{_NAME} groups"
    with operating(configuration.settings) as authority:
        at = organization_of(authority, organization, typed)
        caller = AtMachine(at.id, typed)
        sought = Sought(email=person_of(authority, who, typed).person.email)
        found = authority.memberships.page(caller, sought, Stretch(1)).rows
        if not found:
            raise Stopped(f"This person does not belong to {at.name}.", Exit.NOT_FOUND)
        (joined,) = found
        if group:
            wanted = MembershipEdit(groups=groups_named(authority, caller, group))
            joined = authority.memberships.edit(caller, joined.membership.id, None, wanted)
    _say_groups(joined, json=json)


def _edit(
    configuration: Configuration, command: str, who: str, edit: PersonEdit, *, json: bool
) -> None:
    typed = f"{_NAME} {command}"
    with operating(configuration.settings) as authority:
        person = person_of(authority, who, typed).person
        edited = authority.people.edit(AtMachine(DEPLOYMENT, typed), person.id, None, edit)
    _say(edited, json=json)


def _say(known: Known, *, json: bool) -> None:
    if json:
        say_json(msgspec.to_builtins(known_person(known)))
        return
    say_table(_COLUMNS, [_row(known.person)])
    for one in known.belongings:
        state = " (suspended)" if one.membership.suspended or one.organization.suspended else ""
        say(f"Belongs to {printable(one.organization.name)}{state}.")


def _say_groups(joined: Joined, *, json: bool) -> None:
    if json:
        say_json(msgspec.to_builtins(wire.shown(joined)))
        return
    for group in joined.groups:
        say(printable(group.name))


def _row(person: Person) -> tuple[str, ...]:
    return (
        str(person.id),
        person.email,
        person.full_name,
        "yes" if person.operator else "no",
        "yes" if person.suspended else "no",
        second(person.created_at),
    )
