"""Draws the chart of a page from the table in it: `python -m bench.chart PAGE PICTURE`.

A dot for each load by requests a second, on a logarithmic scale: nginx answers a hundred times as
much as whoever has to sync what he answers to the disk.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from html import escape
from math import log10
from pathlib import Path
from typing import Final, NamedTuple

_LINE: Final = re.compile(
    r"^\| ([^|]+?) \| ([\d,]+) \|(?: [\d.]* ?\|)* [\d.]+ ms \| \d+ \|$", re.MULTILINE
)
"""A load and its figure; ratios may stand behind it, then come the p99 and the errors."""
_PEERS: Final = ("nginx", "oidc-provider", "django-oauth-toolkit", "Keycloak")

_LEFT: Final = 430
_RIGHT: Final = 800
_WIDTH: Final = 860
_STEP: Final = 20
_TOP: Final = 44
_STYLE: Final = """<style>
text { font: 12px sans-serif; fill: #24292f; }
.name { text-anchor: end; }
.axis { text-anchor: middle; fill: #57606a; }
.grid { stroke: #d0d7de; }
.peer { fill: #8c959f; }
.ours { fill: #0b5cad; }
</style>"""


class Dot(NamedTuple):
    """A load, and how much of it was answered in a second."""

    name: str
    per_second: int


def dots(page: str) -> list[Dot]:
    """The lines of the table over HTTP."""
    return [
        Dot(name.replace("`", ""), int(figure.replace(",", "")))
        for name, figure in _LINE.findall(page)
    ]


def drawn(shown: Sequence[Dot]) -> str:
    """The picture, as SVG."""
    lowest = int(log10(min(one.per_second for one in shown)))
    highest = int(log10(max(one.per_second for one in shown))) + 1
    bottom = _TOP + _STEP * len(shown)

    def place(per_second: float) -> float:
        along = (log10(per_second) - lowest) / (highest - lowest)
        return round(_LEFT + along * (_RIGHT - _LEFT), 1)

    def lines() -> Iterator[str]:
        size = f'width="{_WIDTH}" height="{bottom + 12}" viewBox="0 0 {_WIDTH} {bottom + 12}"'
        yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
        yield "<title>Requests a second of each load, on a logarithmic scale</title>"
        yield _STYLE
        yield f'<rect width="{_WIDTH}" height="{bottom + 12}" fill="#ffffff"/>'
        yield '<text x="12" y="16">Requests a second, one core, logarithmic scale</text>'
        for power in range(lowest, highest + 1):
            x = place(10**power)
            yield f'<line class="grid" x1="{x}" y1="{_TOP - 8}" x2="{x}" y2="{bottom - 8}"/>'
            yield f'<text class="axis" x="{x}" y="{_TOP - 14}">{10**power:,}</text>'
        for number, one in enumerate(shown):
            x, y = place(one.per_second), _TOP + _STEP * number + 6
            whose = "peer" if one.name.startswith(_PEERS) else "ours"
            yield f'<text class="name" x="{_LEFT - 12}" y="{y + 4}">{escape(one.name)}</text>'
            yield f'<circle class="{whose}" cx="{x}" cy="{y}" r="5"/>'
            yield f'<text x="{x + 9:.1f}" y="{y + 4}">{one.per_second:,}</text>'
        yield "</svg>"

    return "\n".join(lines()) + "\n"


if __name__ == "__main__":
    page, picture = map(Path, sys.argv[1:])
    picture.write_text(drawn(dots(page.read_text("utf-8"))), "utf-8")
