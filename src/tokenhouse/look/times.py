"""Moments in words: how far away they are, when exactly, and what an expiry warns of."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from tokenhouse.core.moment import DAY, HOUR, MINUTE, Moment, format_moment

SOON: Final = 14 * DAY
URGENT: Final = 2 * DAY

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
"""Not of the machine's locale, which would mix two languages on one page."""
_UNITS: Final = (
    (1, MINUTE, "min"),
    (60 * MINUTE, HOUR, "h"),
    (2 * DAY, DAY, "days"),
    (120 * DAY, 365 * DAY // 12, "months"),
    (730 * DAY, 365 * DAY, "years"),
)
"""From which distance on which unit counts; so late that each is a plural."""


class Told(msgspec.Struct, frozen=True):
    """A moment for a page: `<time datetime="{machine}" title="{exact}">{words}</time>`."""

    words: str
    exact: str
    machine: str


class Level(StrEnum):
    """How near an expiry is; a class name, beside which the words always stand."""

    NONE = "none"
    FINE = "fine"
    SOON = "soon"
    URGENT = "urgent"
    OVER = "over"


class Expiry(msgspec.Struct, frozen=True):
    """An expiry as a badge: the words say what the level colours."""

    level: Level
    words: str


def relative(moment: Moment | None, now: Moment) -> str:
    """Say `in 3 days`, `12 min ago`, `just now` or `never`; whole units, never rounded up."""
    if moment is None:
        return "never"
    away = abs(moment - now)
    if away < MINUTE:
        return "just now" if moment <= now else "in less than 1 min"
    unit, name = next((unit, name) for least, unit, name in reversed(_UNITS) if away >= least)
    count = away // unit
    return f"in {count} {name}" if moment > now else f"{count} {name} ago"


def exact(moment: Moment) -> str:
    """Say `Tue 22 Dec 2026 10:00 UTC`."""
    at = _at(moment)
    return f"{_WEEKDAYS[at.weekday()]} {date(moment)} {at:%H:%M} UTC"


def date(moment: Moment) -> str:
    """Say `22 Dec 2026`, the UTC day of a moment."""
    at = _at(moment)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def hour(moment: Moment) -> str:
    """Say `22 Dec 2026 10:00`, in UTC."""
    return f"{date(moment)} {_at(moment):%H:%M}"


def hour_of_year(moment: Moment) -> str:
    """Say `22 Dec 10:00`, in UTC, where the year stands elsewhere."""
    at = _at(moment)
    return f"{at.day} {_MONTHS[at.month - 1]} {at:%H:%M}"


def told(moment: Moment, now: Moment) -> Told:
    """Tell a moment in all three ways."""
    return Told(relative(moment, now), exact(moment), format_moment(moment))


def expiry(moment: Moment | None, now: Moment) -> Expiry:
    """Tell what an expiry warns of. At its moment it is over, as the judge has it."""
    if moment is None:
        return Expiry(Level.NONE, "no expiry")
    if moment <= now:
        return Expiry(Level.OVER, f"expired {relative(moment, now)}")
    left = moment - now
    level = Level.URGENT if left <= URGENT else Level.SOON if left <= SOON else Level.FINE
    return Expiry(level, f"expires {relative(moment, now)}")


def _at(moment: Moment) -> datetime:
    return _EPOCH + timedelta(microseconds=moment)
