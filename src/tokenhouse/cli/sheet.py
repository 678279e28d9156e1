"""How help looks: plain text of 80 columns, without boxes and colours."""

import textwrap
from collections.abc import Sequence
from io import StringIO
from typing import Any, Final

from cyclopts import App
from cyclopts.help import HelpEntry, HelpPanel
from rich.console import Console, ConsoleOptions

WIDTH: Final = 80
_TITLES: Final = {"Parameters": "Options"}
_MARGIN: Final = 2
_UNWRAPPED: Final = 10_000
_MOST_LABEL: Final = 24
"""Columns; what is longer gets a line of its own, and is told on the next."""


class Sheet:
    """Writes the parts of a help text, as cyclopts asks for them."""

    def __call__(
        self,
        console: Console,
        options: ConsoleOptions,  # noqa: ARG002 -- cyclopts gives it
        panel: HelpPanel,
    ) -> None:
        """Write a heading and what stands under it."""
        if not panel.entries:
            return
        rows = [(_label(entry), _told(entry)) for entry in panel.entries]
        fitting = [len(label) for label, _ in rows if len(label) <= _MOST_LABEL]
        column = _MARGIN + max(fitting, default=_MOST_LABEL) + _MARGIN
        title = str(panel.title)
        _write(console, f"\n{_TITLES.get(title, title)}:")
        for label, told in rows:
            _write(console, _entry(label, told, column))

    def render_usage(self, console: Console, _: ConsoleOptions, usage: Any, /) -> None:
        """Write how the command is typed."""
        words = _plain(usage).split()
        _write(
            console,
            textwrap.fill(
                f"Usage: {' '.join(words)}",
                WIDTH,
                subsequent_indent="  ",
                break_on_hyphens=False,
            ),
        )

    def render_description(self, console: Console, _: ConsoleOptions, description: Any, /) -> None:
        """Write what the command is for; lines that are indented stay as they are."""
        for paragraph in _plain(description).split("\n\n"):
            kept = paragraph.startswith("  ")
            _write(console, "\n" + (paragraph if kept else _fill(paragraph)))


def help_text(app: App, path: Sequence[str]) -> str:
    """The help of the command with these names, none for the whole."""
    written = StringIO()
    console = Console(width=WIDTH, file=written, highlight=False, no_color=True, soft_wrap=True)
    app.help_print(path, console=console)
    return "".join(f"{line.rstrip()}\n" for line in written.getvalue().splitlines())


def _label(entry: HelpEntry) -> str:
    return ", ".join(entry.display_labels_with_metavar)


def _told(entry: HelpEntry) -> str:
    told = [_plain(entry.description)]
    if entry.choices:
        told.append(f"One of {', '.join(entry.choices)}.")
    if entry.default is not None:
        told.append(f"Default: {entry.default}.")
    if entry.required:
        told.append("Required.")
    return " ".join(told)


def _entry(label: str, told: str, column: int) -> str:
    lines = textwrap.wrap(told, WIDTH - column, break_on_hyphens=False, break_long_words=False)
    first = " " * _MARGIN + label
    if len(first) + _MARGIN > column:
        return "\n".join([first, *(" " * column + line for line in lines)])
    indented = "\n".join(" " * column + line for line in lines)
    return first + indented[len(first) :]


def _plain(renderable: Any) -> str:
    """The text of what cyclopts would have printed, its lines as they were written."""
    console = Console(width=_UNWRAPPED, file=StringIO(), no_color=True)
    with console.capture() as capture:
        console.print(renderable, highlight=False, markup=False)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()).strip()


def _fill(paragraph: str) -> str:
    return textwrap.fill(" ".join(paragraph.split()), WIDTH, break_on_hyphens=False)


def _write(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
