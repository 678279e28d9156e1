"""How often a token was used, drawn as SVG: the sparkline of a list, the chart of a token's page.

Texts name classes only; colours are the style sheet's. What a picture says, its label or a table
says too.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final, NamedTuple

from tokenhouse.core.moment import DAY
from tokenhouse.core.usage import Day, Outcome, Period
from tokenhouse.look.used import REFUSED, Row, Window, rows, shown

_SPARK_HEIGHT: Final = 20
_SPARK_STEP: Final = 6
_SPARK_BAR: Final = 4
_LEAST: Final = 2
"""Units that whatever is more than nothing is high: three refusals in a million are seen."""
_TOP: Final = 16
_PLOT: Final = 144
_BOTTOM: Final = _TOP + _PLOT
_LETTERS: Final = (
    (10**18, "E"),
    (10**15, "P"),
    (10**12, "T"),
    (10**9, "G"),
    (10**6, "M"),
    (10**3, "k"),
)


class _Scale(NamedTuple):
    """Where bars stand, and how high the highest is but for what is drawn higher than it is."""

    ground: int
    height: int


_SPARK_SCALE: Final = _Scale(_SPARK_HEIGHT, _SPARK_HEIGHT - _LEAST)
_CHART_SCALE: Final = _Scale(_BOTTOM, _PLOT)


def sparkline(days: Sequence[Day]) -> str:
    """Draw how often a token was presented in each of some days, with a label that counts it."""
    most = max((day.accepted + day.refused for day in days), default=0)
    bars = "".join(
        _stack(_spark(day), most, _SPARK_SCALE, f'x="{place * _SPARK_STEP}" width="{_SPARK_BAR}"')
        for place, day in enumerate(days)
    )
    width = max(1, len(days)) * _SPARK_STEP - (_SPARK_STEP - _SPARK_BAR)
    refused = sum(day.refused for day in days)
    uses = sum(day.accepted for day in days) + refused
    label = escape(_counted(uses, refused, f"{len(days)} days"))
    return (
        f'<svg class="spark" viewBox="0 0 {width} {_SPARK_HEIGHT}" width="{width}" '
        f'height="{_SPARK_HEIGHT}" role="img" aria-label="{label}">'
        f'<path class="ground" d="M0 {_SPARK_HEIGHT - 0.5}H{width}"/>{bars}</svg>'
    )


def _spark(day: Day) -> Iterator[tuple[str, int]]:
    yield "accepted", day.accepted
    yield "refused", day.refused


def _counted(uses: int, refused: int, time: str) -> str:
    if not uses:
        return f"Not used in {time}"
    told = f"{uses:,} use{'' if uses == 1 else 's'} in {time}"
    return f"{told}, {refused:,} refused" if refused else told


def usage_chart(periods: Sequence[Period], window: Window, name: str = "usage") -> str:
    """Draw accepted and refused uses as stacked bars; `name` tells apart the charts of a page.

    Its width is the page's, its letters are not scaled with it: places across are per cent. The
    style sheet leaves room for the numbers on the left.
    """
    drawn = rows(periods, window)
    refused = sum(sum(row.refused.values()) for row in drawn)
    uses = sum(row.accepted for row in drawn) + refused
    top = _ceiling(max(row.accepted + sum(row.refused.values()) for row in drawn))
    unit = "day" if window.step == DAY else "hour"
    time = f"{window.bars} {unit}{'' if window.bars == 1 else 's'}"
    ends = f"{window.said(window.first)} to {window.said(window.last)} UTC"
    name = escape(name)
    return (
        f'<svg class="usage" height="{_BOTTOM + 24}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">Uses of this token by the {unit}</title>'
        f'<desc id="{name}-desc">{_counted(uses, refused, time)}, {ends}.{_causes(drawn)}</desc>'
        f"{_grid(top)}{''.join(_bars(drawn, top))}{_ends(window)}"
        f"{'' if any(map(_any, drawn)) else _nothing(time)}</svg>"
    )


def _any(row: Row) -> bool:
    return bool(row.accepted or row.refused)


def _causes(drawn: Sequence[Row]) -> str:
    told = [
        f"{sum(row.refused.get(cause, 0) for row in drawn):,} {words}"
        for cause, words in shown(drawn)
        if cause is not Outcome.ACCEPTED
    ]
    return f" Refused: {', '.join(told)}." if told else ""


def _bars(drawn: Sequence[Row], top: int) -> Iterator[str]:
    share = 100 / len(drawn)
    for place, row in enumerate(drawn):
        if _any(row):
            across = f'x="{place * share + share * 0.1:.3f}%" width="{share * 0.8:.3f}%"'
            parts = ((one, _of(row, one)) for one in (Outcome.ACCEPTED, *REFUSED))
            stack = _stack(parts, top, _CHART_SCALE, across)
            yield f"<g><title>{_said(row)}</title>{stack}</g>"


def _of(row: Row, outcome: Outcome) -> int:
    return row.accepted if outcome is Outcome.ACCEPTED else row.refused.get(outcome, 0)


def _said(row: Row) -> str:
    told = [f"{row.accepted:,} accepted", *(f"{n:,} {REFUSED[c]}" for c, n in row.refused.items())]
    return f"{row.said} UTC: {', '.join(told)}"


def _stack(parts: Iterator[tuple[str, int]], most: int, scale: _Scale, across: str) -> str:
    """The rectangles of one bar, from the ground up."""
    drawn, at = "", float(scale.ground)
    for class_, count in parts:
        if count:
            high = max(_LEAST, round(count / most * scale.height, 1))
            at = round(at - high, 1)
            drawn += f'<rect class="{class_}" {across} y="{at:g}" height="{high:g}"/>'
    return drawn


def _grid(top: int) -> str:
    marks = (0, top) if top % 2 else (0, top // 2, top)
    return "".join(
        f'<line class="grid" x2="100%" y1="{y:g}" y2="{y:g}"/>'
        f'<text class="count" x="-8" y="{y + 4:g}">{_short(mark)}</text>'
        for mark in marks
        for y in [_BOTTOM - round(mark / top * _PLOT, 1)]
    )


def _ends(window: Window) -> str:
    y = _BOTTOM + 18
    first, last = window.ends()
    drawn = f'<text class="last" x="100%" y="{y}">{last}</text>'
    return drawn if window.bars == 1 else f'<text class="first" x="0" y="{y}">{first}</text>{drawn}'


def _nothing(time: str) -> str:
    return f'<text class="nothing" x="50%" y="{_TOP + _PLOT // 2 - 8}">Not used in {time}</text>'


def _ceiling(most: int) -> int:
    """The least that is not less and whose half is easily read, such as 1, 2, 12, 1600."""
    if most <= 10:
        return next(step for step in (1, 2, 4, 6, 8, 10) if step >= most)
    power = int("1" + "0" * (len(str(most - 1)) - 2))
    return next(step * power for step in (12, 16, 20, 30, 40, 60, 80, 100) if step * power >= most)


def _short(count: int) -> str:
    for power, letter in _LETTERS:
        if count >= 10_000 and count >= power:
            return f"{count / power:g}{letter}"
    return f"{count:,}"
