"""The command line: one file per group of commands.

Owns what people type at the machine, what they read, and the exit codes: 0 done, 1 not done and
the cause in one sentence on stderr, 2 not understood. Does not own what a command does: that is
an operation. Groups are imported when they are used, so that `--help` is quick.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tokenhouse import __version__
from tokenhouse.config import Misconfigured
from tokenhouse.core.refusal import Refused, Unavailable

if TYPE_CHECKING:
    from cyclopts import App

DONE: Final = 0
NOT_DONE: Final = 1
NOT_UNDERSTOOD: Final = 2

_GROUPS: Final = (
    ("clock", "tokenhouse.cli.clock:app", "Show the clock, and accept it after a jump."),
    ("config", "tokenhouse.cli.config:app", "Show the settings, and where they came from."),
    ("demo", "tokenhouse.cli.demo:app", "Run a sample organization with an API to protect."),
    ("init", "tokenhouse.cli.init:app", "Set a deployment up: its organization and first person."),
    ("keys", "tokenhouse.cli.keys:app", "List and change the signing keys."),
    ("serve", "tokenhouse.cli.serve:app", "Serve a deployment."),
)
"""Name, where it is, and what `--help` says of it without importing it."""


class Stopped(Exception):  # noqa: N818 -- the end of a command, in one sentence
    """A command cannot go on, and says why to whoever typed it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; give the exit code."""
    try:
        from cyclopts import CycloptsError
    except ModuleNotFoundError:
        return _fail("the command needs the server's parts: pip install 'tokenhouse[server]'")
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _app()(given, exit_on_error=False, print_error=False, result_action="return_none")
    except CycloptsError as error:
        return _fail(f"{error} See tokenhouse --help.", NOT_UNDERSTOOD)
    except Refused as refused:
        return _fail(refused.public)
    except Misconfigured as wrong:
        return _fail(str(wrong), NOT_UNDERSTOOD)
    except (Stopped, Unavailable) as stopped:
        return _fail(str(stopped))
    return DONE


def _app() -> "App":
    from cyclopts import App

    app = App(
        name="tokenhouse",
        version=__version__,
        help="A self-hosted access token authority.",
        help_format="plaintext",
    )
    for name, where, sentence in _GROUPS:
        app.command(where, name=name, help=sentence)
    return app


def _fail(sentence: str, code: int = NOT_DONE) -> int:
    print(f"tokenhouse: {' '.join(sentence.split())}", file=sys.stderr)  # noqa: T201 -- its voice
    return code
