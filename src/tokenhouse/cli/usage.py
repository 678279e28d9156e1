"""Shows how often a token was presented to whoever sits at the machine."""

from typing import Final

import msgspec

from tokenhouse.cli.say import say, say_json, say_table, second
from tokenhouse.core.usage import Outcome, Period
from tokenhouse.faces.native.wire.usage import usage as told_in_json
from tokenhouse.operations.token_usage import TokenUsage
from tokenhouse.operations.usage import FLUSH_SECONDS

_HEAD: Final = ("SINCE", *(one.value.upper().replace("_", " ") for one in Outcome))


def say_usage(told: TokenUsage, *, json: bool) -> None:
    """Say the days, then the hours, in which it was presented."""
    if json:
        say_json(msgspec.to_builtins(told_in_json(told)))
        return
    say(f"Last used: {second(told.last_used_at)}")
    say(f"What came in the last {FLUSH_SECONDS:.0f} seconds may be missing.")
    for title, periods in (("Days", told.days), ("Hours", told.hours)):
        if periods:
            say("")
            say(f"{title} (UTC):")
            say_table(_HEAD, [_row(one) for one in periods])


def _row(period: Period) -> tuple[str, ...]:
    return (second(period.since), *(str(period.uses.get(one, 0)) for one in Outcome))
