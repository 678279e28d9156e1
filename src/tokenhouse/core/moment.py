"""Moments and lifetimes: integer microseconds UTC, and calendar arithmetic over them."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

import msgspec

Moment: TypeAlias = int
"""Microseconds since 1970-01-01T00:00:00Z."""


class Jump(NamedTuple):
    """A large step of a clock: what it had said without it, and what it said."""

    expected: Moment
    read: Moment


MILLISECOND: Final = 1_000
SECOND: Final = 1000 * MILLISECOND
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - _EPOCH) // timedelta(
    microseconds=1
)
_MAX_COUNT: Final = 100_000
_KEPT: Final = 256
"""Seconds kept in words: answers say the same few again and again."""

_RFC3339 = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})",
    re.ASCII,
)
_SHORT = re.compile(r"(\d{1,6})([DWMY])", re.ASCII)
_ISO = re.compile(
    r"P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?"
    r"(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?",
    re.ASCII,
)


def parse_moment(text: str) -> Moment:
    """Read an RFC 3339 date and time with a zone; raise ValueError with a public sentence.

    A leap second (`:60`) counts as the second before it: we keep no time that finer clocks know.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?", text, re.ASCII):
            raise ValueError("has no zone; write it as 2030-01-01T00:00:00Z")
        raise ValueError("is not an RFC 3339 date and time such as 2030-01-01T00:00:00Z")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        naive = datetime(
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            min(int(second), 59),
            tzinfo=UTC,
        )
    except ValueError:
        raise ValueError("is not a date of the calendar") from None
    if int(second) > 60:
        raise ValueError("is not a date of the calendar")
    since = naive - _EPOCH
    moment = since.days * DAY + since.seconds * SECOND
    moment += int(((fraction or "") + "000000")[:6])
    if zone not in "Zz":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if hours > 23 or minutes > 59:
            raise ValueError("has a zone that does not exist")
        offset = hours * HOUR + minutes * MINUTE
        moment += offset if zone[0] == "-" else -offset
    if not 0 <= moment <= _LATEST:
        raise ValueError("lies outside the years 1970 to 9999")
    return moment


def format_moment(moment: Moment) -> str:
    """Write a moment as RFC 3339 UTC with `Z`; fractions only where there are some."""
    second, fraction = divmod(moment, SECOND)
    if not fraction:
        return f"{_second(second)}Z"
    return f"{_second(second)}.{fraction:06}".rstrip("0") + "Z"


@lru_cache(_KEPT)
def _second(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).isoformat().removesuffix("+00:00")


class Lifetime(msgspec.Struct, frozen=True):
    """A calendar distance: months and days have no fixed length, microseconds have."""

    months: int = 0
    days: int = 0
    microseconds: int = 0

    def after(self, start: Moment) -> Moment:
        """Give the moment this long after `start`, by the UTC calendar.

        A month's end stays a month's end: 31 January and one month is the last of February.
        Raises ValueError when the result lies after the year 9999.
        """
        if not self.months:  # a fixed distance, for which no calendar is needed
            return _within(start + self.days * DAY + self.microseconds)
        at = _EPOCH + timedelta(microseconds=start)
        months = at.year * 12 + at.month - 1 + self.months
        year, month = divmod(months, 12)
        try:
            at = _clamped(at, year, month + 1) + timedelta(
                days=self.days, microseconds=self.microseconds
            )
        except (OverflowError, ValueError):
            raise ValueError("ends after the year 9999") from None
        return _within((at - _EPOCH) // timedelta(microseconds=1))


def _within(moment: Moment) -> Moment:
    if moment > _LATEST:
        raise ValueError("ends after the year 9999")
    return moment


def _clamped(at: datetime, year: int, month: int) -> datetime:
    for day in range(at.day, 27, -1):
        try:
            return at.replace(year=year, month=month, day=day)
        except ValueError:
            if not 1 <= year <= 9999:
                raise
    return at.replace(year=year, month=month)


def parse_lifetime(text: str) -> Lifetime:
    """Read a duration that is longer than nothing; raise ValueError with a public sentence."""
    lifetime = parse_duration(text)
    if lifetime == Lifetime():
        raise ValueError("is not longer than nothing")
    return lifetime


def parse_duration(text: str) -> Lifetime:
    """Read `1M`, `90D` (gridX) or ISO 8601 `P1M`; raise ValueError with a public sentence."""
    if short := _SHORT.fullmatch(text):
        count, unit = int(short[1]), short[2]
        lifetime = {
            "D": Lifetime(days=count),
            "W": Lifetime(days=7 * count),
            "M": Lifetime(months=count),
            "Y": Lifetime(months=12 * count),
        }[unit]
    elif (iso := _ISO.fullmatch(text)) and any(iso.groups()) and not text.endswith("T"):
        years, months, weeks, days, hours, minutes, seconds = (int(n or 0) for n in iso.groups())
        lifetime = Lifetime(
            months=12 * years + months,
            days=7 * weeks + days,
            microseconds=hours * HOUR + minutes * MINUTE + seconds * SECOND,
        )
        count = max(years, months, weeks, days, hours, minutes, seconds)
    else:
        hint = ""
        if re.fullmatch(r"\d{1,6}[dwmy]", text, re.ASCII):
            hint = "; the unit is upper case, M means month"
        raise ValueError(f"is not a lifetime such as 1D, 1W, 1M, 1Y or P1M{hint}")
    if count > _MAX_COUNT:
        raise ValueError(f"counts more than {_MAX_COUNT:,}".replace(",", " "))
    return lifetime


def format_duration(microseconds: int) -> str:
    """Write a fixed distance in whole seconds as ISO 8601, such as `P90D` or `PT12H`."""
    days, rest = divmod(microseconds // SECOND, DAY // SECOND)
    hours, rest = divmod(rest, HOUR // SECOND)
    minutes, seconds = divmod(rest, MINUTE // SECOND)
    counted = zip((hours, minutes, seconds), "HMS", strict=True)
    time = "".join(f"{count}{unit}" for count, unit in counted if count)
    day = f"{days}D" if days else ""
    return f"P{day}T{time}" if time else f"P{day or 'T0S'}"
