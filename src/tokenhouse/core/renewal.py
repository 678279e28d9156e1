"""Renewing a device token: a machine that proves itself goes on, whatever became of the answer.

Nobody is there to sign a machine in again, so the rule errs on its side. A token may be presented
for its successor until twelve hours after its expiry, as often as it takes: power fails between the
answer and the disk. That is no theft to be seen, since a stolen token alone renews nothing.
"""

from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from tokenhouse.core.belonging import belongs_together
from tokenhouse.core.judge import Reason, inactive
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import Moment
from tokenhouse.core.standing import Found
from tokenhouse.core.succession import Successor, Until, succeed
from tokenhouse.core.token import Token


class Presented(msgspec.Struct, frozen=True):
    """A device token that came back, and the one that it was last renewed with (None: never yet).

    `proven`: the machine that presents it is the device.
    """

    found: Found
    proven: bool
    successor: Found | None = None


class Fresh(msgspec.Struct, frozen=True):
    """A successor is made; the presented token lives on to its own expiry."""

    successor: Successor


class Again(msgspec.Struct, frozen=True):
    """The same successor once more: nothing is made, its record is signed again."""

    successor: Found


Renewal: TypeAlias = Fresh | Again | Reason
"""What comes of presenting a device token; a reason declines it."""


def renew(kind: Kind, presented: Presented, expires_at: Moment, now: Moment) -> Renewal:
    """Decide what comes of a device token that is presented at a moment.

    `expires_at` is when a successor that is made now expires.
    """
    found = presented.found
    terms = kind.succession
    assert terms is not None
    if not belongs_together(kind, found) or not presented.proven:
        return Reason.UNKNOWN
    if reason := inactive(kind, _in_its_grace(found, terms.grace or 0), now):
        return reason
    again = presented.successor
    if again is not None and _lasts(kind, found.token, again, now):
        return Again(again)
    return Fresh(succeed(found.token, terms, Until(expires_at), now))


def _in_its_grace(found: Found, grace: int) -> Found:
    """The token as if it expired when it can no longer be renewed: it may at that very moment."""
    token = found.token
    if token.expires_at is None:
        return found
    return replace(found, token=replace(token, expires_at=token.expires_at + grace + 1))


def _lasts(kind: Kind, presented: Token, successor: Found, now: Moment) -> bool:
    """Whether the successor is good, and for more than half of its life."""
    token = successor.token
    if token.family_id != presented.family_id or inactive(kind, successor, now):
        return False
    if token.expires_at is None:
        return True
    return 2 * (token.expires_at - now) > token.expires_at - token.created_at
