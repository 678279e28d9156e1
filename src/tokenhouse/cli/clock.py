"""`tokenhouse clock`: show, accept."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from cyclopts import App, Parameter

from tokenhouse.cli import Stopped
from tokenhouse.cli.flags import takes
from tokenhouse.config import Configuration, Settings
from tokenhouse.core.moment import SECOND, format_moment
from tokenhouse.operations.clock import Clocks, Shown
from tokenhouse.store.sqlite import FILE
from tokenhouse.wiring import open_deployment

app = App(name="clock", help="Show the clock, and accept it after a jump.", help_format="markdown")


@app.command
@takes("data", "store")
def show(
    *,
    configuration: Configuration,
    json: Annotated[
        bool, Parameter(help="Answer in JSON.", negative="", show_default=False)
    ] = False,
) -> None:
    """Show the clock that decisions go by: the database's, or with SQLite this machine's.

    It has to be accepted when it jumped by more than 60 seconds, or stands further behind the
    last commit.

    Example: `tokenhouse clock show --data /var/lib/tokenhouse`
    """
    with _opened(configuration.settings) as clocks:
        shown = clocks.shown()
    if json:
        _say_json(shown)
        return
    away = (shown.clock - shown.head) // SECOND
    _say(f"The clock says {format_moment(shown.clock)}.")
    _say(f"The last commit was at {format_moment(shown.head)}, {_distance(away)}.")
    _say(
        "It has to be accepted: set it right, or run `tokenhouse clock accept` where it is right."
        if shown.needs_acceptance
        else "It needs no acceptance."
    )


@app.command
@takes("data", "store")
def accept(*, configuration: Configuration) -> None:
    """Accept the clock as it is, after a jump: time counts anew from what it says now.

    Look at the clock first. Where it is behind what was decided by it, what was issued for a time
    lives longer by as much. The servers go on by themselves, within about a second.

    Example: `tokenhouse clock accept --data /var/lib/tokenhouse`
    """
    with _opened(configuration.settings) as clocks:
        accepted = clocks.accept()
    if accepted is None:
        _say("The clock needs no acceptance; nothing was changed.")
        return
    _say(f"The last commit was at {format_moment(accepted.head)}.")
    _say(f"The clock is accepted: time counts anew from {format_moment(accepted.clock)}.")


@contextmanager
def _opened(settings: Settings) -> Iterator[Clocks]:
    if settings.store is None and not (settings.data / FILE).is_file():
        raise Stopped(f"No deployment was set up in {settings.data}.")
    with open_deployment(settings, os.environ) as opened:
        if opened.parts.store.deployment() is None:
            raise Stopped(f"No deployment was set up in {opened.where}.")
        yield opened.parts.clocks()


def _distance(seconds: int) -> str:
    return f"{seconds} seconds before that" if seconds >= 0 else f"{-seconds} seconds after that"


def _say_json(shown: Shown) -> None:
    told = {
        "clock": format_moment(shown.clock),
        "last_commit": format_moment(shown.head),
        "ahead_seconds": (shown.clock - shown.head) // SECOND,
        "needs_acceptance": shown.needs_acceptance,
    }
    _say(json.dumps(told, indent=2))


def _say(line: str) -> None:
    print(line)  # noqa: T201 -- what a command is for
