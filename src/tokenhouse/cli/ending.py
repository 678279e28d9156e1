"""Runs a command to its end: the exit code, and why it was not done in a sentence on stderr."""

import sys
from collections.abc import Iterable, Sequence
from typing import Final

from cyclopts import App, CycloptsError

from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.say import printable
from tokenhouse.config import Misconfigured
from tokenhouse.core.refusal import Code, Problem, Refused, Unavailable

EXITS: Final = {
    Code.MALFORMED: Exit.REFUSED,
    Code.TOO_LARGE: Exit.REFUSED,
    Code.UNAUTHENTICATED: Exit.REFUSED,
    Code.WRONG_DOOR: Exit.REFUSED,
    Code.FORBIDDEN: Exit.REFUSED,
    Code.NOT_LISTED: Exit.REFUSED,
    Code.NOT_FOUND: Exit.NOT_FOUND,
    Code.METHOD: Exit.REFUSED,
    Code.NOT_ACCEPTABLE: Exit.REFUSED,
    Code.MEDIA_TYPE: Exit.REFUSED,
    Code.UNPROCESSABLE: Exit.REFUSED,
    Code.ALREADY_DONE: Exit.CONFLICT,
    Code.STALE: Exit.CONFLICT,
    Code.PRECONDITION: Exit.REFUSED,
    Code.GONE: Exit.NOT_FOUND,
    Code.KEY_REUSED: Exit.REFUSED,
    Code.SECOND_FACTOR: Exit.REFUSED,
    Code.TOO_MANY: Exit.REFUSED,
    Code.INVALID_GRANT: Exit.REFUSED,
    Code.UNAUTHORIZED_CLIENT: Exit.REFUSED,
    Code.UNSUPPORTED_GRANT: Exit.REFUSED,
    Code.INVALID_SCOPE: Exit.REFUSED,
}
"""What a refused command ends with."""


def run(app: App, arguments: Sequence[str]) -> int:
    """Run what was typed; give the exit code."""
    try:
        app(
            arguments,
            exit_on_error=False,
            print_error=False,
            result_action="return_none",
        )
    except CycloptsError as error:
        return _fail(f"{_harmless(error)} See tokenhouse --help.", Exit.NOT_UNDERSTOOD)
    except Refused as refused:
        return _fail(refused.public, EXITS[refused.code], map(_fault, refused.problems))
    except Misconfigured as wrong:
        return _fail(str(wrong), Exit.NOT_UNDERSTOOD)
    except Unavailable as unavailable:
        return _fail(str(unavailable), Exit.UNAVAILABLE)
    except Stopped as stopped:
        return _fail(str(stopped), stopped.code, stopped.lines)
    except KeyboardInterrupt:
        return _fail("Interrupted.", Exit.INTERRUPTED)
    return Exit.DONE


def _harmless(error: CycloptsError) -> str:
    """What was not understood, which may be a token where none belongs."""
    from tokenhouse.logs import redact

    return str(redact(None, "", {"told": str(error)})["told"])


def _fault(problem: Problem) -> str:
    return f"{problem.field} {problem.sentence}".strip()


def _fail(sentence: str, code: Exit, lines: Iterable[str] = ()) -> int:
    for told in (f"tokenhouse: {' '.join(sentence.split())}", *(f"  {line}" for line in lines)):
        print(printable(told), file=sys.stderr)  # noqa: T201 -- its voice
    return code
