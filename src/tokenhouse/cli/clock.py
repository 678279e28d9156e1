"""`tokenhouse clock`: show, accept."""

from cyclopts import App

from tokenhouse.cli.flags import Json, examples, of_deployment
from tokenhouse.cli.opening import opened
from tokenhouse.cli.say import moment, say, say_json
from tokenhouse.config import Configuration
from tokenhouse.core.moment import SECOND
from tokenhouse.operations.clock import Shown

app = App(
    name="clock",
    help="Show the clock, and accept it after a jump.",
    help_epilogue=examples("tokenhouse clock show"),
)


@app.command(help_epilogue=examples("tokenhouse clock show --data /var/lib/tokenhouse"))
@of_deployment
def show(*, configuration: Configuration, json: Json = False) -> None:
    """Show the clock that decisions go by: the database's, or with SQLite this machine's.

    It has to be accepted when it jumped by more than 60 seconds, or stands further behind the
    last commit.
    """
    with opened(configuration.settings) as there:
        shown = there.parts.clocks().shown()
    if json:
        say_json(_fields(shown))
        return
    say(f"The clock says {moment(shown.clock)}.")
    say(f"The last commit was at {moment(shown.head)}, {_distance(_ahead(shown))}.")
    say(
        "It has to be accepted: set it right, or run `tokenhouse clock accept` where it is right."
        if shown.needs_acceptance
        else "It needs no acceptance."
    )


@app.command(help_epilogue=examples("tokenhouse clock accept --data /var/lib/tokenhouse"))
@of_deployment
def accept(*, configuration: Configuration) -> None:
    """Accept the clock as it is, after a jump: time counts anew from what it says now.

    Look at the clock first. Where it is behind what was decided by it, what was issued for a time
    lives longer by as much. The servers go on by themselves, within about a second.
    """
    with opened(configuration.settings) as there:
        accepted = there.parts.clocks().accept()
    if accepted is None:
        say("The clock needs no acceptance; nothing was changed.")
        return
    say(f"The last commit was at {moment(accepted.head)}.")
    say(f"The clock is accepted: time counts anew from {moment(accepted.clock)}.")


def _ahead(shown: Shown) -> int:
    """Seconds."""
    return (shown.clock - shown.head) // SECOND


def _distance(seconds: int) -> str:
    return f"{seconds} seconds before that" if seconds >= 0 else f"{-seconds} seconds after that"


def _fields(shown: Shown) -> dict[str, object]:
    return {
        "clock": moment(shown.clock),
        "last_commit": moment(shown.head),
        "ahead_seconds": _ahead(shown),
        "needs_acceptance": shown.needs_acceptance,
    }
