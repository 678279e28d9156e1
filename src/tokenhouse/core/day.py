"""Days as people write them, in UTC: `31-12-2030` is good to its end."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from tokenhouse.core.moment import Lifetime, Moment, parse_moment

_DAY_FIRST: Final = re.compile(r"(\d{2})-(\d{2})-(\d{4})", re.ASCII)
_A_DAY: Final = Lifetime(days=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def read_day(text: str) -> Moment | None:
    """Read `31-12-2030` as the midnight that ends it; None for what is written otherwise.

    Raises ValueError with a public sentence for what is written so and is no day.
    """
    day = _DAY_FIRST.fullmatch(text)
    return None if day is None else end_of_day(int(day[3]), int(day[2]), int(day[1]))


def end_of_day(year: int, month: int, day: int) -> Moment:
    """Give the midnight that ends a day; raise ValueError with a public sentence."""
    try:
        midnight = datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        raise ValueError("is not a date of the calendar") from None
    return _A_DAY.after(parse_moment(midnight.isoformat()))


def write_day(end: Moment) -> str:
    """Write `31-12-2030`: the last day on which something is good that ends at this moment."""
    return (_EPOCH + timedelta(microseconds=end - 1)).strftime("%d-%m-%Y")
