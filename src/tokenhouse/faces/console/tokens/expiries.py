"""The field *Expiry*: presets, a day, never; each with what it means, and why it cannot be."""

from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.core.day import read_day, write_day
from tokenhouse.core.moment import DAY, Lifetime, Moment
from tokenhouse.look.times import exact

KEEP: Final = "keep"
LONGEST: Final = "longest"
DATE: Final = "date"
NEVER: Final = "never"
PRESETS: Final = {
    "7d": ("7 days", Lifetime(days=7)),
    "30d": ("30 days", Lifetime(days=30)),
    "90d": ("90 days", Lifetime(days=90)),
    "1y": ("1 year", Lifetime(months=12)),
}
USUAL: Final = "30d"

_TOO_LONG: Final = "longer than your organization allows"
_NEVER_GREYED: Final = "your organization wants an expiry"


class Bounds(msgspec.Struct, frozen=True):
    """What an expiry has to keep to. `kept`: what the token has now, UNSET where it has none yet.

    `latest` None: whenever one likes.
    """

    now: Moment
    latest: Moment | None
    none_allowed: bool
    kept: Moment | UnsetType | None = UNSET

    def forbids(self, moment: Moment | None) -> bool:
        """Whether a new expiry may not be so."""
        if moment is None:
            return not self.none_allowed
        return self.latest is not None and moment > self.latest

    @property
    def last_day(self) -> str:
        """The last day that can be typed; empty where any can."""
        return "" if self.latest is None else write_day(self.latest - self.latest % DAY)


class Choice(msgspec.Struct, frozen=True):
    """One way to choose an expiry. `told`: when that is; `greyed`: why it cannot be chosen."""

    value: str
    label: str
    told: str = ""
    greyed: str = ""


def choices(bounds: Bounds) -> tuple[Choice, ...]:
    """The ways there are, the field for a day aside."""
    shown = []
    if bounds.kept is not UNSET:
        kept = bounds.kept
        told = "never expires" if kept is None else exact(kept)
        shown.append(Choice(KEEP, "As it is", told))
    for value, (label, lifetime) in PRESETS.items():
        moment = lifetime.after(bounds.now)
        greyed = _TOO_LONG if bounds.forbids(moment) else ""
        shown.append(Choice(value, label, exact(moment), greyed))
    if bounds.latest is not None and bounds.latest > bounds.now:
        shown.append(Choice(LONGEST, "The longest allowed", exact(bounds.latest)))
    shown.append(Choice(NEVER, "Never", "", "" if bounds.none_allowed else _NEVER_GREYED))
    return tuple(shown)


def preselected(bounds: Bounds) -> str:
    """What is chosen where nobody has chosen yet."""
    if bounds.kept is not UNSET:
        return KEEP
    usual = PRESETS[USUAL][1].after(bounds.now)
    return LONGEST if bounds.forbids(usual) else USUAL


def moment_of(bounds: Bounds, expiry: str, date: str) -> Moment | None:
    """The expiry that was chosen; raise ValueError with what is wrong with it, as a predicate."""
    if expiry == KEEP and not isinstance(bounds.kept, UnsetType):
        return bounds.kept
    moment = _wanted(bounds, expiry, date.strip())
    if moment is not None and moment <= bounds.now:
        raise ValueError("lies in the past")
    if bounds.forbids(moment):
        if moment is None or bounds.latest is None:
            raise ValueError("is required: your organization wants one")
        raise ValueError(f"lies beyond what your organization allows: {exact(bounds.latest)}")
    return moment


def _wanted(bounds: Bounds, expiry: str, date: str) -> Moment | None:
    if expiry == NEVER:
        return None
    if expiry == LONGEST and bounds.latest is not None:
        return bounds.latest
    if expiry == DATE:
        day = read_day(date)
        if day is None:
            raise ValueError("is not a day such as 31-12-2030: day, month and year")
        return day
    if expiry not in PRESETS:
        raise ValueError("is not chosen")
    return PRESETS[expiry][1].after(bounds.now)
