"""`tokenhouse bench`: revocation."""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from typing import Annotated, Any, Final, TypeAlias

from cyclopts import App, Parameter
from cyclopts.validators import Number

from tokenhouse.cli.exits import Stopped
from tokenhouse.cli.flags import Json, examples, flag
from tokenhouse.cli.say import say, say_json, say_table
from tokenhouse.cli.trial.nodes import serving
from tokenhouse.cli.trial.place import new_place
from tokenhouse.cli.trial.revoking import Outcome, issue, revoke_each
from tokenhouse.config import REVOCATION_REACH_MS
from tokenhouse.core.credential import Secret

_MOST_PROCESSES: Final = 16
_MOST_REVOCATIONS: Final = 100_000

_EXAMPLE: Final = examples("tokenhouse bench revocation --processes 2 --revocations 100")
_QUANTILES: Final = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0))

_Processes: TypeAlias = Annotated[
    int,
    Parameter(
        help=f"Server processes over one store, 2 to {_MOST_PROCESSES}. Default: 3.",
        validator=Number(gte=2, lte=_MOST_PROCESSES),
        metavar="NUMBER",
        show_default=False,
    ),
]
_Revocations: TypeAlias = Annotated[
    int,
    Parameter(
        help=f"Tokens to revoke, up to {_MOST_REVOCATIONS}. Default: 10000.",
        validator=Number(gte=1, lte=_MOST_REVOCATIONS),
        metavar="NUMBER",
        show_default=False,
    ),
]
_Store: TypeAlias = Annotated[
    str | None,
    flag(
        "URL of a database of a PostgreSQL server, whose user may make databases: it is left alone,"
        " and the trial has one of its own beside it. Default: SQLite in a new directory.",
        "URL",
    ),
]

app = App(
    name="bench",
    help="Measure what is promised, on a deployment that is made for it and removed.",
    help_epilogue=_EXAMPLE,
)


@app.command(help_epilogue=_EXAMPLE)
def revocation(
    *,
    processes: _Processes = 3,
    revocations: _Revocations = 10_000,
    store: _Store = None,
    json: Json = False,
) -> None:
    """Measure how soon a revocation counts at every other process.

    Starts servers over one store on this machine, revokes tokens one after the other at one of
    them, and asks the others, which had just said yes, until they refuse. 10000 take some minutes.
    A yes to a question that came after the reach ends it with 1.
    """
    with _ended_like_interrupted():
        outcome = _measured(processes, revocations, None if store is None else Secret(store))
    figures = _figures(outcome.seconds)
    if json:
        say_json(
            {
                "processes": processes,
                "revocations": revocations,
                "store": "SQLite" if store is None else "PostgreSQL",
                "reach_ms": REVOCATION_REACH_MS,
                "refused_everywhere_ms": figures,
                "yes_after_the_reach": outcome.late,
                "yes_at_the_revoking_process": outcome.not_at_once,
            }
        )
    else:
        _say(outcome, figures, f"{processes} processes over {'PostgreSQL' if store else 'SQLite'}")
    if outcome.late or outcome.not_at_once:
        raise Stopped("A revoked token was taken for good after the bound.")


def _measured(processes: int, revocations: int, server: Secret | None) -> Outcome:
    with new_place(server) as place, serving(place, processes) as nodes:
        _tell(f"Issuing {revocations} tokens.")
        tokens = issue(nodes, revocations)
        _tell(f"Revoking them, one after the other, and asking {processes - 1} other processes.")
        return revoke_each(nodes, tokens, REVOCATION_REACH_MS)


def _figures(seconds: Sequence[float]) -> dict[str, float]:
    """The distribution in milliseconds, each by the nearest rank; empty without any."""
    ranked = sorted(seconds)
    return {
        name: round(ranked[ceil(share * len(ranked)) - 1] * 1000, 1)
        for name, share in _QUANTILES
        if ranked
    }


def _say(outcome: Outcome, figures: dict[str, Any], where: str) -> None:
    say(f"{where}; from acknowledged to refused at every other one, in milliseconds:")
    say_table(("revocations", *figures), [(str(len(outcome.seconds)), *map(str, figures.values()))])
    say(f"A yes to a question after the reach of {REVOCATION_REACH_MS} ms: {outcome.late}.")
    say(f"A yes to the next question at the process that revoked: {outcome.not_at_once}.")


def _tell(progress: str) -> None:
    if sys.stderr.isatty():
        print(progress, file=sys.stderr, flush=True)  # noqa: T201 -- the command's voice


@contextmanager
def _ended_like_interrupted() -> Iterator[None]:
    """Let SIGTERM end what was started, as Ctrl-C does: no process and no file is left behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
