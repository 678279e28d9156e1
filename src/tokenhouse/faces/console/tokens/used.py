"""How often a token was used, as its page shows it: a chart, what it counts, and a table."""

from collections.abc import Sequence
from typing import Final

import msgspec

from tokenhouse.core.moment import Moment
from tokenhouse.core.usage import Outcome
from tokenhouse.look import charts
from tokenhouse.look.used import Row, last_days, last_hours, rows, shown
from tokenhouse.operations.token_usage import TokenUsage
from tokenhouse.operations.usage import FLUSH_SECONDS

_HOURS: Final = 48
_DAYS: Final = 90
DAYS: Final = "days"


class Used(msgspec.Struct, frozen=True):
    """`counts` are what the legend says: a class, a number, words. `rows` are those with uses."""

    by: str
    time: str
    unit: str
    chart: str
    counts: tuple[tuple[str, int, str], ...]
    columns: tuple[tuple[Outcome, str], ...]
    rows: tuple[Row, ...]
    late_seconds: int

    @staticmethod
    def count(row: Row, outcome: Outcome) -> int:
        """What a row counts in one column."""
        return row.accepted if outcome is Outcome.ACCEPTED else row.refused.get(outcome, 0)


def used(usage: TokenUsage, by: str, now: Moment) -> Used:
    """The last 90 days where `by` says days, else the last 48 hours."""
    daily = by == DAYS
    window = last_days(now, _DAYS) if daily else last_hours(now, _HOURS)
    periods = usage.days if daily else usage.hours
    drawn = rows(periods, window)
    columns = shown(drawn)
    return Used(
        by=DAYS if daily else "hours",
        time=f"{_DAYS} days" if daily else f"{_HOURS} hours",
        unit="day" if daily else "hour",
        chart=charts.usage_chart(periods, window),
        counts=tuple((one.value, _sum(drawn, one), words) for one, words in columns),
        columns=columns,
        rows=tuple(row for row in reversed(drawn) if row.accepted or row.refused),
        late_seconds=int(FLUSH_SECONDS),
    )


def _sum(drawn: Sequence[Row], outcome: Outcome) -> int:
    return sum(Used.count(row, outcome) for row in drawn)
