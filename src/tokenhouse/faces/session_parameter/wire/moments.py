"""Moments as clients of this dialect write them: in UTC, whatever zone nobody named."""

import re
from typing import Final

from tokenhouse.core.day import end_of_day, read_day
from tokenhouse.core.moment import SECOND, Moment, format_moment, parse_moment

_DAY_LAST: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_TIME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})?", re.ASCII
)


def read_expiry(text: str) -> Moment:
    """Read `2030-12-31 23:59:59`, ISO 8601, or a day such as `31-12-2030`.

    What names no zone is UTC. A day is good to its end: the expiry is the next midnight. Raises
    ValueError with a public sentence.
    """
    if (end := read_day(text)) is not None:
        return end
    if day := _DAY_LAST.fullmatch(text):
        return end_of_day(int(day[1]), int(day[2]), int(day[3]))
    if match := _TIME.fullmatch(text):
        return parse_moment(f"{match[1]}T{match[2]}{match[3] or ':00'}{match[4] or 'Z'}")
    raise ValueError("is no date such as 31-12-2030 or 2030-12-31 23:59:59")


def write_moment(moment: Moment) -> str:
    """Write `2030-12-31 23:59:59`, in UTC and to the second."""
    return format_moment(moment // SECOND * SECOND).replace("T", " ").removesuffix("Z")
