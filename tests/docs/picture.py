"""Draws the README's picture from what the tour really prints; as a program it writes the file.

What differs from one run to the next is left out: ids, moments of today, the ends of tokens.
"""

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from docs.documents import FOLDER
from running import PROGRAM
from tokenhouse.demo.walk.shown import CUT, folded

FILE: Final = FOLDER / "images" / "tour.svg"
DRAWN: Final = (
    "Make an organizational token.",
    "Rotate it before it expires:",
    "Stop an environment.",
    "Start it with that token:",
    "When it is over, the refresh token",
    "It renews its token,",
    "It connects to an MQTT broker",
    "Disabled, it is thrown off",
)
"""How the titles of the steps begin that are drawn, in their order."""

_VARIES: Final = (
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), CUT),
    (re.compile(r'"\d{4}-\d\d-\d\dT(?!00:00:00Z)[\d:.]+Z"'), f'"{CUT}"'),
    (re.compile(rf"\b(th[a-z]_|eyJ){CUT}[\w-]{{4}}"), rf"\1{CUT}"),
    (re.compile(r"\b(client_id=)\w{24}"), rf"\1{CUT}"),
)
_FONT: Final = 13
_ADVANCE: Final = 7.83
"""How wide a letter of that size is in the fonts that are named, at most."""
_LINE: Final = 19
_MARGIN: Final = 18
_COLUMNS: Final = 100
_HEAD: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"
  aria-labelledby="title">
<title id="title">Some of what tokenhouse demo --tour prints</title>
<style>
  rect {{ fill: #fbfaf7; stroke: #d8d4ca; }}
  text {{ font: {font}px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
    white-space: pre; fill: #2b2a27; }}
  .heading {{ font-weight: bold; }}
  .says {{ fill: #6b6558; }}
  .asks {{ fill: #1d4f8c; }}
  .tells {{ fill: #2d6a3e; }}
  @media (prefers-color-scheme: dark) {{
    rect {{ fill: #14181d; stroke: #343b44; }}
    text {{ fill: #e6e3dc; }}
    .says {{ fill: #9aa3ad; }}
    .asks {{ fill: #8db8f0; }}
    .tells {{ fill: #8fd0a0; }}
  }}
</style>
<rect x="0.5" y="0.5" width="{inner_width}" height="{inner_height}" rx="8"/>
"""
_CLASSES: Final = {"#": "says", ">": "asks", "<": "tells"}


def toured() -> str:
    """What the tour prints, run over a new demo."""
    with tempfile.TemporaryDirectory() as directory:
        command = [str(PROGRAM), "demo", "--tour", "--data", str(Path(directory) / "data")]
        return subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, timeout=120
        ).stdout


def drawn(printed: str) -> str:
    """The picture of what was printed; raises LookupError where a step is missing."""
    lines = list(_lines(printed))
    width = round(2 * _MARGIN + _COLUMNS * _ADVANCE)
    height = 2 * _MARGIN + len(lines) * _LINE
    head = _HEAD.format(
        width=width, height=height, inner_width=width - 1, inner_height=height - 1, font=_FONT
    )
    return head + "".join(_text(place, line) for place, line in enumerate(lines)) + "</svg>\n"


def _text(place: int, line: str) -> str:
    if not line:
        return ""
    y = _MARGIN + _FONT + place * _LINE
    class_ = _CLASSES.get(line[0], "heading")
    return f'<text class="{class_}" x="{_MARGIN}" y="{y}">{escape(line)}</text>\n'


def _lines(printed: str) -> list[str]:
    found: list[str] = []
    wanted = list(DRAWN)
    heading = shown = ""
    for paragraph in printed.split("\n\n"):
        first, *rest = paragraph.strip("\n").split("\n")
        if rest and set(rest[0]) == {"="}:
            heading = first
        elif wanted and first.startswith(f"# {wanted[0]}"):
            wanted.pop(0)
            if heading != shown:
                found += [*([""] * bool(found)), heading]
                shown = heading
            found += ["", first, *_without_what_varies(rest)]
    if wanted:
        raise LookupError(f"the tour has no step that begins with {wanted[0]!r}")
    return found


def _without_what_varies(lines: list[str]) -> list[str]:
    """The lines of a request and its answer, folded anew."""
    whole: list[str] = []
    for line in lines:
        if whole and whole[-1].endswith((",", "&")) and whole[-1][0] == line[0]:
            whole[-1] += line[2:]
        else:
            whole.append(line)
    told: list[str] = []
    for line in whole:
        kept = line
        for pattern, instead in _VARIES:
            kept = pattern.sub(instead, kept)
        told += folded(kept[:2], kept[2:])
    return told


if __name__ == "__main__":
    FILE.write_text(drawn(toured()), "utf-8")
