"""A family of tokens as people look at it: in order, and what became of each predecessor."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from tokenhouse.core.judge import Reason, inactive
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import Moment
from tokenhouse.core.standing import Found
from tokenhouse.core.token import Token, superseded


class Became(StrEnum):
    """What a token became when, and if, another one was issued in its place."""

    NEWEST = "newest"
    """Nothing took its place."""
    OVERLAPS = "overlaps"
    """It has a successor, and stays good beside it until a moment that was set."""
    LIVES_ON = "lives_on"
    """It has a successor, and stays good beside it until its own expiry, if it has one."""
    REPLACED = "replaced"
    """Its successor took its place: it is good no more."""
    OVER = "over"
    """It ended by itself or by decision, as its reason says."""


class Generation(msgspec.Struct, frozen=True):
    """One token of a family. `reason` is why it is not good now; None where it is.

    `until`: when it stops being good beside its successor, or did; None where it has none, or
    where nothing ends it.
    """

    token: Token
    reason: Reason | None
    became: Became
    until: Moment | None = None


_ENDED = frozenset({Reason.REVOKED, Reason.FAMILY_ENDED, Reason.EXPIRED})


def lineage(kind: Kind, family: Sequence[Found], now: Moment) -> tuple[Generation, ...]:
    """The tokens of a family in the order of their issue."""
    succeeded = {one.token.predecessor_id for one in family}
    succeeded |= {one.token.id for one in family if one.token.successor_id is not None}
    return tuple(
        _generation(kind, one, now, has_successor=one.token.id in succeeded)
        for one in sorted(family, key=lambda one: one.token.sequence)
    )


def _generation(kind: Kind, found: Found, now: Moment, *, has_successor: bool) -> Generation:
    token, reason = found.token, inactive(kind, found, now)
    if superseded(token, now):
        return Generation(token, reason, Became.REPLACED, token.superseded_at)
    if reason in _ENDED:
        return Generation(token, reason, Became.OVER)
    if token.superseded_at is not None:
        ends = (token.superseded_at, token.expires_at)
        until = min(end for end in ends if end is not None)
        return Generation(token, reason, Became.OVERLAPS, until)
    if has_successor:
        return Generation(token, reason, Became.LIVES_ON, token.expires_at)
    return Generation(token, reason, Became.NEWEST)
