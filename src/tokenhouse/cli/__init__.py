"""The command line: one file per group of commands.

Owns what people type at the machine, what they read, and the exit codes (`exits`). Does not own
what a command does: that is an operation. Help is kept as files, and groups are imported when they
are used, so that both come at once.
"""

import os
import sys
from collections.abc import Sequence

from tokenhouse.cli.exits import Exit
from tokenhouse.cli.texts import answer


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; give the exit code."""
    try:
        code = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        # whoever reads has read enough, as `head` does; what is still to be flushed goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    return code


def _run(given: list[str]) -> int:
    if (text := answer(given)) is not None:
        sys.stdout.write(text)
        return Exit.DONE
    try:
        from tokenhouse.cli.ending import run
        from tokenhouse.cli.tree import tree
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in {"cyclopts", "rich"}:
            raise
        told = "the command needs the server's parts: pip install 'tokenhouse[server]'"
        print(f"tokenhouse: {told}", file=sys.stderr)  # noqa: T201 -- its voice
        return Exit.NOT_DONE
    return run(tree(), given)
