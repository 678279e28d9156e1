"""`tokenhouse events`: list, export, verify."""

from collections.abc import Callable
from typing import Annotated, Final, TypeAlias, TypeVar
from uuid import UUID

import msgspec
from cyclopts import App

from tokenhouse.cli.chain import VERIFY, After, refuse_negative, verify
from tokenhouse.cli.choosing import acting_in
from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.flags import Json, examples, flag, of_deployment
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import say, second
from tokenhouse.cli.table import Table
from tokenhouse.config import Configuration
from tokenhouse.core.moment import parse_moment
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.faces.native.wire.events import shown
from tokenhouse.operations import Authority
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.trail import Shown, Wanted

_NAME: Final = "tokenhouse events"

T = TypeVar("T")

app = App(
    name="events",
    help="List and export the audit trail, and verify its chain.",
    help_epilogue=examples(f"{_NAME} list", f"{_NAME} verify --help"),
)


_Text: TypeAlias = str | None
_Organization: TypeAlias = Annotated[
    _Text, flag("Id or name of an organization. Default: the whole deployment.", "ID-OR-NAME")
]
_Family: TypeAlias = Annotated[
    _Text,
    flag("Only events of this name, or whose names begin so, such as token. Default: all.", "NAME"),
]
_Actor: TypeAlias = Annotated[_Text, flag("Only what this one did. Default: whoever did it.", "ID")]
_Subject: TypeAlias = Annotated[
    _Text, flag("Only what was done to this one. Default: to whatever.", "ID")
]
_Person: TypeAlias = Annotated[
    _Text, flag("Only what concerns this person. Default: whomever it concerns.", "ID")
]
_Since: TypeAlias = Annotated[
    _Text, flag("Only from this moment on (RFC 3339). Default: from the beginning.", "MOMENT")
]
_Until: TypeAlias = Annotated[_Text, flag("Only before this moment. Default: until now.", "MOMENT")]
_Limit: TypeAlias = Annotated[int, flag("At most so many. Default: 50.", "NUMBER")]


@app.command(name="list", help_epilogue=examples(f"{_NAME} list --name session --limit 10"))
@of_deployment
def list_events(
    *,
    configuration: Configuration,
    organization: _Organization = None,
    name: _Family = None,
    actor: _Actor = None,
    subject: _Subject = None,
    person: _Person = None,
    since: _Since = None,
    until: _Until = None,
    limit: _Limit = 50,
    json: Json = False,
) -> None:
    """Show events, newest first."""
    wanted = Wanted(
        name=name,
        actor=_read("--actor", actor, UUID),
        subject=_read("--subject", subject, UUID),
        person=_read("--person", person, UUID),
        since=_read("--since", since, parse_moment),
        until=_read("--until", until, parse_moment),
    )
    if limit < 1:
        raise Stopped("--limit is not a number from 1 on.", Exit.NOT_UNDERSTOOD)
    with operating(configuration.settings) as authority:
        listed = _newest(authority, _caller(authority, organization, "list"), wanted, limit)
    _TABLE.say_all(listed, json=json)


@app.command(help_epilogue=examples(f"{_NAME} export > events.ndjson"))
@of_deployment
def export(
    *, configuration: Configuration, organization: _Organization = None, after: After = 0
) -> None:
    """Write events with their chain, oldest first, as one JSON object a line.

    Of one organization: all of its own, and the places of the others in the chain.
    """
    refuse_negative(after)
    with operating(configuration.settings) as authority:
        caller, following = _caller(authority, organization, "export"), after
        while True:
            exported = authority.chain.export(caller, following)
            for line in exported.lines:
                say(msgspec.json.encode(line).decode())
            if exported.following is None:
                return
            following = exported.following


app.command(verify, help_epilogue=VERIFY)


def _caller(authority: Authority, organization: str | None, command: str) -> AtMachine:
    typed = f"{_NAME} {command}"
    if organization is None:
        return AtMachine(DEPLOYMENT, typed)
    return acting_in(authority, organization, typed)


def _newest(authority: Authority, caller: AtMachine, wanted: Wanted, limit: int) -> list[Shown]:
    listed: list[Shown] = []
    before = None
    while len(listed) < limit:
        part = authority.trail.page(caller, wanted, before, limit - len(listed))
        listed += part.events
        before = part.following
        if before is None:
            break
    return listed


def _row(one: Shown) -> tuple[str, ...]:
    event, told = one.event, one.told
    actor = "-" if told is None or told.actor is None else str(told.actor)
    subject = "-" if told is None else str(told.subject)
    return str(event.sequence), second(event.moment), event.name, actor, subject


def _read(flag: str, text: str | None, form: Callable[[str], T]) -> T | None:
    try:
        return None if text is None else form(text)
    except ValueError:
        raise Stopped(f"{flag} is not as it is written there.", Exit.NOT_UNDERSTOOD) from None


_TABLE: Final = Table(("SEQUENCE", "MOMENT", "NAME", "ACTOR", "SUBJECT"), row=_row, fields=shown)
