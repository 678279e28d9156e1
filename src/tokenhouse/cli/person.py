"""`tokenhouse person`: what he is in the deployment; the rest is beside this file."""

from functools import partial
from typing import Annotated, Final, Literal

import msgspec
from cyclopts import App
from msgspec import UNSET

from tokenhouse.cli import belonging, factors, links
from tokenhouse.cli.choosing import person_of
from tokenhouse.cli.flags import (
    Json,
    Who,
    Yes,
    examples,
    flag,
    of_deployment,
    refuse_unless,
)
from tokenhouse.cli.lists import whole
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import printable, say, say_json, second, yes_or_no
from tokenhouse.cli.table import Table
from tokenhouse.config import Configuration
from tokenhouse.core.principal import DEPLOYMENT, Person
from tokenhouse.faces.native.wire.people import known_person, shown
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.people import Known, PersonEdit

_NAME: Final = "tokenhouse person"

app = App(
    name="person",
    help="List and change people.",
    help_epilogue=examples(f"{_NAME} list", f"{_NAME} suspend --help"),
)

app.command(links.invite, help_epilogue=links.INVITE)
app.command(links.recover, help_epilogue=links.RECOVER)
app.command(factors.factors, help_epilogue=factors.FACTORS)
app.command(belonging.groups, help_epilogue=belonging.GROUPS)
app.command(belonging.remove, help_epilogue=belonging.REMOVE)


@app.command(name="list", help_epilogue=examples(f"{_NAME} list --json"))
@of_deployment
def list_people(*, configuration: Configuration, json: Json = False) -> None:
    """Show all people, in the order in which they came."""
    caller = AtMachine(DEPLOYMENT, f"{_NAME} list")
    with operating(configuration.settings) as authority:
        listed = whole(partial(authority.people.page, caller, None))
    _TABLE.say_all(listed, json=json)


@app.command(help_epilogue=examples(f"{_NAME} show anna@nordlicht.example"))
@of_deployment
def show(who: Who, /, *, configuration: Configuration, json: Json = False) -> None:
    """Show a person, with the organizations that he belongs to."""
    with operating(configuration.settings) as authority:
        known = person_of(authority, who, f"{_NAME} show")
    _say(known, json=json)


@app.command(help_epilogue=examples(f"{_NAME} edit anna@nordlicht.example --name 'Anna Lind'"))
@of_deployment
def edit(
    who: Who,
    /,
    *,
    configuration: Configuration,
    name: Annotated[str | None, flag("His name. Default: the one he has.", "NAME")] = None,
    email: Annotated[
        str | None,
        flag("His e-mail, with which he signs in. Default: the one he has.", "E-MAIL"),
    ] = None,
    short_name: Annotated[
        str | None,
        flag("A short name to sign in with as well, '' for none. Default: the one he has.", "NAME"),
    ] = None,
    json: Json = False,
) -> None:
    """Change the name, the e-mail or the short name of a person."""
    changed = PersonEdit(
        full_name=UNSET if name is None else name,
        email=UNSET if email is None else email,
        short_name=UNSET if short_name is None else short_name,
    )
    _edit(configuration, "edit", who, changed, json=json)


@app.command(help_epilogue=examples(f"{_NAME} suspend anna@nordlicht.example --yes"))
@of_deployment
def suspend(
    who: Who, /, *, configuration: Configuration, yes: Yes = False, json: Json = False
) -> None:
    """Suspend a person: he can do nothing in any organization, at once, until he is resumed.

    The last operator who could sign in cannot be suspended.
    """
    refuse_unless(yes, "Nothing of a suspended person is good, and he cannot sign in.")
    _edit(configuration, "suspend", who, PersonEdit(suspended=True), json=json)


@app.command(help_epilogue=examples(f"{_NAME} resume anna@nordlicht.example"))
@of_deployment
def resume(who: Who, /, *, configuration: Configuration, json: Json = False) -> None:
    """Resume a person: what has not ended meanwhile is good again."""
    _edit(configuration, "resume", who, PersonEdit(suspended=False), json=json)


@app.command(help_epilogue=examples(f"{_NAME} operator anna@nordlicht.example grant"))
@of_deployment
def operator(
    who: Who,
    change: Annotated[Literal["grant", "withdraw"], flag("What is to become of it.", "CHANGE")],
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


@app.command(help_epilogue=examples(f"{_NAME} revoke anna@nordlicht.example --yes"))
@of_deployment
def revoke(
    who: Who, /, *, configuration: Configuration, yes: Yes = False, json: Json = False
) -> None:
    """Revoke everything that a person was given before now, in all organizations. For good.

    He can sign in again at once: suspend him first, or give him a new password.
    """
    refuse_unless(yes, "Every session and personal token of the person would end, for good.")
    typed = f"{_NAME} revoke"
    with operating(configuration.settings) as authority:
        person = person_of(authority, who, typed).person
        authority.people.revoke(AtMachine(DEPLOYMENT, typed), person.id)
    if json:
        say_json({"id": str(person.id)})
    else:
        say(f"Everything of {printable(person.email)} before now is revoked.")


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
    _TABLE.say_one(known.person, json=False)
    for one in known.belongings:
        state = " (suspended)" if one.membership.suspended or one.organization.suspended else ""
        say(f"Belongs to {printable(one.organization.name)}{state}.")


def _row(person: Person) -> tuple[str, ...]:
    return (
        str(person.id),
        person.email,
        person.full_name,
        yes_or_no(person.operator),
        yes_or_no(person.suspended),
        second(person.created_at),
    )


_TABLE: Final = Table(
    ("PERSON", "E-MAIL", "NAME", "OPERATOR", "SUSPENDED", "SINCE"), row=_row, fields=shown
)
