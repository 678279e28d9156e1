"""The command line: one file per group of commands.

Owns what people type at the machine, what they read, and the exit codes (`exits`). Does not own
what a command does: that is an operation. Help is kept as files, and groups are imported when they
are used, so that both come at once.
"""

import sys
from collections.abc import Sequence

from tokenhouse.cli.exits import Exit
from tokenhouse.cli.texts import answer


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; give the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
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
