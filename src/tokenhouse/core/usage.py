"""How often tokens were presented, and with which outcome: by the hour, and later by the day."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.judge import Reason
from tokenhouse.core.moment import DAY, HOUR, Moment

HOURS_KEPT: Final = 48 * HOUR
"""How long each hour is kept apart, counted from its end; then it is part of its day."""
DAYS_KEPT: Final = 90 * DAY
"""How long a day is kept, counted from its end."""

RECENT_DAYS: Final = 14
"""Days of which a list shows how much each token was used."""


class Outcome(StrEnum):
    """What came of presenting a token that we know. Closed, and few: see OUTCOMES."""

    ACCEPTED = "accepted"
    INSUFFICIENT = "insufficient"
    """Good in itself, but not for what was asked."""
    EXPIRED = "expired"
    ENDED = "ended"
    """By decision, for good: revoked, superseded, or with its family."""
    SUSPENDED = "suspended"
    """Whom or what it rests on is suspended, or was removed."""
    NOT_YET_VALID = "not_yet_valid"


OUTCOMES: Final[Mapping[Reason | None, Outcome]] = {
    None: Outcome.ACCEPTED,
    Reason.NOT_YET_VALID: Outcome.NOT_YET_VALID,
    Reason.EXPIRED: Outcome.EXPIRED,
    Reason.REVOKED: Outcome.ENDED,
    Reason.FAMILY_ENDED: Outcome.ENDED,
    Reason.SUPERSEDED: Outcome.ENDED,
    Reason.HOLDER_SUSPENDED: Outcome.SUSPENDED,
    Reason.MEMBERSHIP_ENDED: Outcome.SUSPENDED,
    Reason.ORGANIZATION_SUSPENDED: Outcome.SUSPENDED,
    Reason.CLIENT_SUSPENDED: Outcome.SUSPENDED,
    Reason.WRONG_DOOR: Outcome.INSUFFICIENT,
    Reason.WRONG_ASKER: Outcome.INSUFFICIENT,
    Reason.WRONG_AUDIENCE: Outcome.INSUFFICIENT,
    Reason.WRONG_ADDRESS: Outcome.INSUFFICIENT,
    Reason.INSUFFICIENT: Outcome.INSUFFICIENT,
    Reason.NOT_LISTED: Outcome.INSUFFICIENT,
}
"""What a verdict on a known token counts as. UNKNOWN is none: a stranger makes up what he likes."""


class Count(msgspec.Struct, frozen=True):
    """How many presentations of one token had one outcome, from `since` on: an hour, or a day."""

    since: Moment
    outcome: Outcome
    uses: int


class Usage(msgspec.Struct, frozen=True):
    """What is kept of one token. No presentation is in both: each hour becomes part of its day."""

    hours: tuple[Count, ...]
    days: tuple[Count, ...]


class Period(msgspec.Struct, frozen=True):
    """An hour, or a day, in which a token was presented, and how often with which outcome."""

    since: Moment
    uses: Mapping[Outcome, int]


class Use(msgspec.Struct, frozen=True, gc=False):
    """What one process counted of a token in one hour. `device_id`: the device that holds it."""

    token_id: UUID
    device_id: UUID | None
    outcome: Outcome
    hour: Moment
    uses: int
    last_at: Moment


class Batch(msgspec.Struct, frozen=True):
    """What one process writes at once, as its `number`-th. Each is added once, however often sent.

    No two of its uses are of the same token, outcome and hour. `moment` is that of the last.
    """

    process_id: UUID
    number: int
    moment: Moment
    uses: tuple[Use, ...]

    def last_uses(self) -> list[tuple[UUID, Moment]]:
        """When each token, and each device by its tokens, was accepted last; in their order."""
        last: dict[int, tuple[UUID, Moment]] = {}  # ids hash and sort several times as fast so
        for use in self.uses:
            if use.outcome is Outcome.ACCEPTED:
                for used in (use.token_id, use.device_id):
                    if used is not None:
                        _, before = last.get(used.int, (used, use.last_at))
                        last[used.int] = used, max(before, use.last_at)
        return [last[number] for number in sorted(last)]


class Day(msgspec.Struct, frozen=True):
    """How often a token was accepted in a day, and how often it was refused."""

    since: Moment
    accepted: int
    refused: int


def day_of(moment: Moment) -> Moment:
    """The beginning of the UTC day of a moment."""
    return moment - moment % DAY


def over_hours(now: Moment) -> Moment:
    """Hours that begin at this moment or before it are kept apart no longer."""
    return now - HOURS_KEPT - HOUR


def over_days(now: Moment) -> Moment:
    """Days that begin at this moment or before it are kept no longer."""
    return now - DAYS_KEPT - DAY


def hours(usage: Usage, now: Moment) -> tuple[Period, ...]:
    """The hours of the last 48 in which a token was presented, oldest first."""
    horizon = over_hours(now)
    return _periods((one.since, one) for one in usage.hours if one.since > horizon)


def days(usage: Usage, now: Moment) -> tuple[Period, ...]:
    """The days of the last 90 in which a token was presented, oldest first; today's hours too."""
    horizon = over_days(now)
    dated = ((day_of(one.since), one) for one in (*usage.days, *usage.hours))
    return _periods((day, one) for day, one in dated if day > horizon)


def recent_days(counts: Iterable[Count], now: Moment) -> tuple[Day, ...]:
    """The last RECENT_DAYS with today, oldest first, those without any presentation too."""
    accepted: dict[Moment, int] = {}
    refused: dict[Moment, int] = {}
    for one in counts:
        sums = accepted if one.outcome is Outcome.ACCEPTED else refused
        day = day_of(one.since)
        sums[day] = sums.get(day, 0) + one.uses
    first = first_recent(now)
    days = range(first, first + RECENT_DAYS * DAY, DAY)
    return tuple(Day(day, accepted.get(day, 0), refused.get(day, 0)) for day in days)


def first_recent(now: Moment) -> Moment:
    """The beginning of the first of these days."""
    return day_of(now) - (RECENT_DAYS - 1) * DAY


def _periods(dated: Iterable[tuple[Moment, Count]]) -> tuple[Period, ...]:
    sums: dict[Moment, dict[Outcome, int]] = {}
    for since, one in dated:
        counted = sums.setdefault(since, {})
        counted[one.outcome] = counted.get(one.outcome, 0) + one.uses
    return tuple(Period(since, sums[since]) for since in sorted(sums))
