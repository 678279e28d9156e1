"""`tokenhouse events`: list, export, verify."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Final, TypeAlias, TypeVar
from uuid import UUID

import msgspec
from cyclopts import App, Parameter

from tokenhouse.cli.choosing import organization_of
from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.flags import Json, examples, takes
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import say, say_json, say_table, second
from tokenhouse.config import Configuration
from tokenhouse.core.chain import BEGINNING, Place, Walked, walk_lines
from tokenhouse.core.moment import parse_moment
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.faces.native.wire.events import shown
from tokenhouse.operations import Authority
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.trail import Shown, Wanted

_NAME: Final = "tokenhouse events"
_COLUMNS: Final = ("SEQUENCE", "MOMENT", "NAME", "ACTOR", "SUBJECT")
_PLACE: Final = takes("data", "store")
_LINK: Final = re.compile(r"[0-9a-f]{64}")
_LONGEST_LINE: Final = 8 * 1024 * 1024
"""Bytes; more in one line is no event of ours, and is not read."""

T = TypeVar("T")

app = App(
    name="events",
    help="List and export the audit trail, and verify its chain.",
    help_epilogue=examples(f"{_NAME} list", f"{_NAME} verify --help"),
)


def _flag(told: str, written: str) -> Parameter:
    return Parameter(help=told, metavar=written, show_default=False)


_Text: TypeAlias = str | None
_Organization: TypeAlias = Annotated[
    _Text, _flag("Id or name of an organization. Default: the whole deployment.", "ID-OR-NAME")
]
_Family: TypeAlias = Annotated[
    _Text,
    _flag(
        "Only events of this name, or whose names begin so, such as token. Default: all.", "NAME"
    ),
]
_Actor: TypeAlias = Annotated[
    _Text, _flag("Only what this one did. Default: whoever did it.", "ID")
]
_Subject: TypeAlias = Annotated[
    _Text, _flag("Only what was done to this one. Default: to whatever.", "ID")
]
_Person: TypeAlias = Annotated[
    _Text, _flag("Only what concerns this person. Default: whomever it concerns.", "ID")
]
_Since: TypeAlias = Annotated[
    _Text, _flag("Only from this moment on (RFC 3339). Default: from the beginning.", "MOMENT")
]
_Until: TypeAlias = Annotated[
    _Text, _flag("Only before this moment. Default: until now.", "MOMENT")
]
_Limit: TypeAlias = Annotated[
    int, Parameter(help="At most so many. Default: 50.", metavar="NUMBER", show_default=False)
]
_After: TypeAlias = Annotated[
    int, _flag("Begin behind the event of this sequence. Default: at the first one.", "SEQUENCE")
]
_Link: TypeAlias = Annotated[
    _Text,
    _flag(
        "The link of that event, as it was kept; the chain has to pass through it. Default: any.",
        "HEX",
    ),
]
_File: TypeAlias = Annotated[
    Path | None,
    _flag("Verify this export instead, without any database. Default: the deployment.", "FILE"),
]


@app.command(name="list", help_epilogue=examples(f"{_NAME} list --name session --limit 10"))
@_PLACE
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
    if json:
        say_json([msgspec.to_builtins(shown(one)) for one in listed])
    else:
        say_table(_COLUMNS, [_row(one) for one in listed])


@app.command(help_epilogue=examples(f"{_NAME} export > events.ndjson"))
@_PLACE
def export(
    *, configuration: Configuration, organization: _Organization = None, after: _After = 0
) -> None:
    """Write events with their chain, oldest first, as one JSON object a line.

    Of one organization: all of its own, and the places of the others in the chain.
    """
    _refuse_negative(after)
    with operating(configuration.settings) as authority:
        caller, following = _caller(authority, organization, "export"), after
        while True:
            exported = authority.chain.export(caller, following)
            for line in exported.lines:
                say(msgspec.json.encode(line).decode())
            if exported.following is None:
                return
            following = exported.following


@app.command(
    help_epilogue=examples(
        f"{_NAME} verify",
        f"{_NAME} verify --file events.ndjson",
    )
)
@_PLACE
def verify(
    *,
    configuration: Configuration,
    file: _File = None,
    after: _After = 0,
    link: _Link = None,
    json: Json = False,
) -> None:
    """Verify the chain of all events, in the deployment or in an exported file.

    Keep the sequence and the link that this prints where nobody who can write the database can
    write: given as --after and --link the next time they show that nothing up to there was changed
    or cut off. Ends with 1 where the chain is broken.
    """
    _refuse_negative(after)
    if link is not None and _LINK.fullmatch(link) is None:
        raise Stopped("--link is not 64 hexadecimal digits.", Exit.NOT_UNDERSTOOD)
    kept = None if link is None else bytes.fromhex(link)
    if file is None:
        with operating(configuration.settings) as authority:
            walked = _walk(authority, after, kept)
    else:
        walked = _walk_file(file, after, kept)
    _say(after, walked, json=json)


def _caller(authority: Authority, organization: str | None, command: str) -> AtMachine:
    typed = f"{_NAME} {command}"
    if organization is None:
        return AtMachine(DEPLOYMENT, typed)
    return AtMachine(organization_of(authority, organization, typed).id, typed)


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


def _walk(authority: Authority, after: int, link: bytes | None) -> Walked:
    caller = AtMachine(DEPLOYMENT, f"{_NAME} verify")
    while True:
        proven = authority.chain.verify(caller, after, link)
        if not proven.more:
            return proven.walked
        after, link = proven.walked.until.sequence, proven.walked.until.link


def _walk_file(file: Path, after: int, link: bytes | None) -> Walked:
    if after and link is None:
        raise Stopped("A file that begins later needs --link, too.", Exit.NOT_UNDERSTOOD)
    place = Place(after, BEGINNING.link if link is None else link)
    try:
        return walk_lines(_lines(file), place)
    except OSError as error:
        raise Stopped(f"{file} cannot be read: {error.strerror}.") from None


def _lines(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while line := opened.readline(_LONGEST_LINE):
            yield line


def _say(after: int, walked: Walked, *, json: bool) -> None:
    until, link = walked.until, walked.until.link.hex()
    if json:
        told = {"intact": walked.broken_at is None, "from": after, "to": until.sequence}
        broken = {} if walked.broken_at is None else {"broken_at": walked.broken_at}
        say_json({**told, "link": link, **broken})
    if walked.broken_at is not None:
        raise Stopped(f"The chain is broken at event {walked.broken_at}.")
    if not json:
        say(f"The chain holds from event {after + 1} to event {until.sequence}.")
        say(f"Keep this place: --after {until.sequence} --link {link}")


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


def _refuse_negative(after: int) -> None:
    if after < 0:
        raise Stopped("--after is not a number from 0 on.", Exit.NOT_UNDERSTOOD)
