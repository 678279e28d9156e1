"""How the usage of a token is spelled."""

import msgspec

from tokenhouse.boundary import Answer, Time, answered, time
from tokenhouse.core.usage import Outcome, Period
from tokenhouse.operations.token_usage import TokenUsage
from tokenhouse.operations.usage import FLUSH_SECONDS


class Uses(msgspec.Struct, frozen=True):
    """How often a token was presented in the hour, or the day, that begins with `since`.

    `accepted`: it was good, and enough. `insufficient`: good, and not for what was asked. `ended`:
    revoked, superseded, or with its family. `suspended`: whom or what it rests on.
    """

    since: Time
    accepted: int
    insufficient: int
    expired: int
    ended: int
    suspended: int
    not_yet_valid: int


class Usage(msgspec.Struct, frozen=True):
    """The hours of the last 48, and the days of the last 90, in which a token was presented; UTC.

    Each day holds its hours. What was counted in the last `late_seconds` may be missing; a process
    that is killed loses as much.
    """

    last_used_at: Time | None
    late_seconds: int
    hours: list[Uses]
    days: list[Uses]


def usage(told: TokenUsage) -> Usage:
    """The usage of a token."""
    return Usage(
        None if told.last_used_at is None else time(told.last_used_at),
        int(FLUSH_SECONDS),
        [_uses(one) for one in told.hours],
        [_uses(one) for one in told.days],
    )


def _uses(period: Period) -> Uses:
    counted = {one.value: period.uses.get(one, 0) for one in Outcome}
    return Uses(time(period.since), **counted)


def write_usage(told: TokenUsage) -> Answer:
    """The usage of one token."""
    return answered(200, usage(told))
