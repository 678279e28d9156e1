"""`tokenhouse events verify`: walk the chain of events, in a deployment or in an export."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.flags import Json, examples, flag, of_deployment
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import say, say_json
from tokenhouse.config import Configuration
from tokenhouse.core.chain import BEGINNING, Place, Walked, walk_lines
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.operations import Authority
from tokenhouse.operations.at_machine import AtMachine

_NAME: Final = "tokenhouse events verify"
VERIFY: Final = examples(_NAME, f"{_NAME} --file events.ndjson")
_LINK: Final = re.compile(r"[0-9a-f]{64}")
_LONGEST_LINE: Final = 8 * 1024 * 1024
"""Bytes; more in one line is no event of ours, and is not read."""

After: TypeAlias = Annotated[
    int, flag("Begin behind the event of this sequence. Default: at the first one.", "SEQUENCE")
]


def refuse_negative(after: int) -> None:
    """Raise Stopped for what is no sequence."""
    if after < 0:
        raise Stopped("--after is not a number from 0 on.", Exit.NOT_UNDERSTOOD)


@of_deployment
def verify(
    *,
    configuration: Configuration,
    file: Annotated[
        Path | None,
        flag("Verify this export instead, without any database. Default: the deployment.", "FILE"),
    ] = None,
    after: After = 0,
    link: Annotated[
        str | None,
        flag(
            "The link of that event, as it was kept; the chain has to pass through it. Default:"
            " any.",
            "HEX",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Verify the chain of all events, in the deployment or in an exported file.

    Keep the sequence and the link that this prints where nobody who can write the database can
    write: given as --after and --link the next time they show that nothing up to there was changed
    or cut off. Ends with 1 where the chain is broken.
    """
    refuse_negative(after)
    if link is not None and _LINK.fullmatch(link) is None:
        raise Stopped("--link is not 64 hexadecimal digits.", Exit.NOT_UNDERSTOOD)
    kept = None if link is None else bytes.fromhex(link)
    if file is None:
        with operating(configuration.settings) as authority:
            walked = _walk(authority, after, kept)
    else:
        walked = _walk_file(file, after, kept)
    _say(after, walked, json=json)


def _walk(authority: Authority, after: int, link: bytes | None) -> Walked:
    caller = AtMachine(DEPLOYMENT, _NAME)
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
