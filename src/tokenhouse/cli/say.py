"""What a command says on stdout: lines, JSON, tables."""

import json
import shutil
import sys
from collections.abc import Sequence
from typing import Final

from tokenhouse.core.moment import SECOND, Moment, format_moment

_GAP: Final = "  "
_UNPRINTABLE: Final = "\N{REPLACEMENT CHARACTER}"


def say(line: str) -> None:
    """Say a line."""
    print(line)  # noqa: T201 -- what a command is for


def say_json(answer: object) -> None:
    """Say what `--json` asked for: one value."""
    say(json.dumps(answer, indent=2))


def say_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Say rows in aligned columns; on a terminal only the columns that fit, from the left."""
    fitting = _fitting([head, *rows])
    for line in aligned([row[:fitting] for row in (head, *rows)]):
        say(line)
    if fitting < len(head):
        left_out = ", ".join(head[fitting:])
        told = f"tokenhouse: left out, as this terminal is narrow: {left_out}; --json says all."
        print(told, file=sys.stderr)  # noqa: T201 -- the command's voice


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with columns of one width; what a terminal would act on is made harmless."""
    shown = [[printable(cell) for cell in row] for row in rows]
    widths = _widths(shown)
    return [
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in shown
    ]


def printable(text: str) -> str:
    """The text without what a terminal would act on."""
    return "".join(letter if letter.isprintable() else _UNPRINTABLE for letter in text)


def moment(moment: Moment | None) -> str | None:
    """A moment for programs, exact."""
    return None if moment is None else format_moment(moment)


def second(moment: Moment | None) -> str:
    """A moment for people, to the second; `-` where there is none."""
    return "-" if moment is None else format_moment(moment // SECOND * SECOND)


def yes_or_no(value: bool) -> str:
    """A flag for people."""
    return "yes" if value else "no"


def _fitting(rows: Sequence[Sequence[str]]) -> int:
    """How many columns fit; all of them where nobody looks, and always the first."""
    widths = _widths(rows)
    if not sys.stdout.isatty():
        return len(widths)
    room = shutil.get_terminal_size().columns
    ends = [sum(widths[: place + 1]) + len(_GAP) * place for place in range(len(widths))]
    return max(1, sum(end <= room for end in ends))


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]
