"""How often a token was used, as the rows that its chart and the table beside it show."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from tokenhouse.core.moment import DAY, HOUR, Moment
from tokenhouse.core.usage import Outcome, Period
from tokenhouse.look.times import date, hour, hour_of_year

REFUSED: Final[Mapping[Outcome, str]] = {
    Outcome.INSUFFICIENT: "not allowed",
    Outcome.EXPIRED: "expired",
    Outcome.ENDED: "revoked or replaced",
    Outcome.SUSPENDED: "suspended",
    Outcome.NOT_YET_VALID: "not yet valid",
}
"""The causes of refusals in words, from the bottom of a bar to its top."""


class Window(msgspec.Struct, frozen=True):
    """The time that a chart shows: `bars` hours or days, each `step` long, from `first` on."""

    first: Moment
    bars: int
    step: int

    @property
    def last(self) -> Moment:
        """The beginning of its last hour or day."""
        return self.first + (self.bars - 1) * self.step

    def ends(self) -> tuple[str, str]:
        """What stands below its first and its last bar, short enough for a small screen."""
        say = date if self.step == DAY else hour_of_year
        return say(self.first), f"{say(self.last)} UTC"

    def said(self, since: Moment) -> str:
        """One of its hours or days in words."""
        return date(since) if self.step == DAY else hour(since)


class Row(msgspec.Struct, frozen=True):
    """An hour or a day of the chart, for the table beside it."""

    since: Moment
    said: str
    accepted: int
    refused: Mapping[Outcome, int]


def last_hours(now: Moment, bars: int = 48) -> Window:
    """The hours that end with the one that is not over yet."""
    return Window(now - now % HOUR - (bars - 1) * HOUR, bars, HOUR)


def last_days(now: Moment, bars: int = 30) -> Window:
    """The UTC days that end with today."""
    return Window(now - now % DAY - (bars - 1) * DAY, bars, DAY)


def rows(periods: Sequence[Period], window: Window) -> tuple[Row, ...]:
    """Every hour or day of a window, the oldest first; also those without any use."""
    uses = {one.since: one.uses for one in periods}
    return tuple(
        _row(since, window.said(since), uses.get(since, {}))
        for since in range(window.first, window.last + 1, window.step)
    )


def _row(since: Moment, said: str, uses: Mapping[Outcome, int]) -> Row:
    refused = {cause: uses[cause] for cause in REFUSED if uses.get(cause)}
    return Row(since, said, uses.get(Outcome.ACCEPTED, 0), refused)


def shown(drawn: Sequence[Row]) -> tuple[tuple[Outcome, str], ...]:
    """What a chart's legend and its table's columns name: `accepted`, and causes that occur."""
    causes = {cause for row in drawn for cause in row.refused}
    return (
        (Outcome.ACCEPTED, "accepted"),
        *((cause, words) for cause, words in REFUSED.items() if cause in causes),
    )
