"""How one token succeeds another: the one rule behind rotate, regenerate, refresh and renew."""

from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.moment import Lifetime, Moment
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.token import Token, expired, superseded


class Fate(StrEnum):
    """What becomes of the predecessor."""

    LIVES = "lives"
    """It stays good until its own expiry (gridX rotate, Spoke Zone renewal)."""
    ENDS = "ends"
    """It is superseded after the overlap, which may be nothing (cut-over, Virtuozzo regenerate)."""


class Terms(msgspec.Struct, frozen=True):
    """The terms of a succession; `overlap` is how long an ending predecessor stays good (µs).

    `grace` is how long after its expiry, that moment included, a token that proves itself is still
    succeeded (µs); None: an expired one is only cut over, by somebody who may manage it.
    """

    fate: Fate
    overlap: int = 0
    grace: int | None = None


class Until(msgspec.Struct, frozen=True):
    """The expiry that a successor is given, whatever the old one was; None: it never expires."""

    expires_at: Moment | None


Expiry: TypeAlias = Lifetime | Until | None
"""What becomes of the expiry: it moves by a lifetime, is set, or (None) stays as it is."""

CUT_OVER: Final = Terms(Fate.ENDS)
"""The old one ends as soon as there is a new one."""


_EXPIRED: Final = (
    "the token has expired: its successor needs an expiry of its own, which has to come along"
)


class Successor(msgspec.Struct, frozen=True):
    """What the new token is given by its predecessor, and the predecessor as it is from now on.

    `predecessor` is None where its record does not change.
    """

    family_id: UUID
    predecessor_id: UUID
    expires_at: Moment | None
    predecessor: Token | None


def succeed(predecessor: Token, terms: Terms, expiry: Expiry, now: Moment) -> Successor:
    """Succeed a token that is not revoked. A lifetime is added to the old expiry, not to now.

    An expired one can only be cut over, and only to an expiry that is set: its old string must
    not come to life again. Raises Refused(UNPROCESSABLE) where no living successor can come of
    it: the predecessor has expired or was superseded, a lifetime is added to a token that never
    expires, or the new expiry lies in the past.
    """
    has_expired = expired(predecessor, now) and not in_grace(predecessor, terms, now)
    if has_expired and not isinstance(expiry, Until):
        field = "lifetime" if isinstance(expiry, Lifetime) else "expires_at"
        raise _unprocessable(_EXPIRED, field)
    if superseded(predecessor, now):
        raise _unprocessable("the token was superseded; rotate its successor")
    expires_at = _moved(predecessor.expires_at, expiry, now)
    changed = None
    if has_expired:
        terms = CUT_OVER
    if terms.fate is Fate.ENDS:
        end = now + terms.overlap
        if predecessor.superseded_at is not None:
            end = min(end, predecessor.superseded_at)
        changed = replace(predecessor, superseded_at=end, updated_at=now)
    return Successor(predecessor.family_id, predecessor.id, expires_at, changed)


def in_grace(token: Token, terms: Terms, now: Moment) -> bool:
    """Tell whether a token is not so long expired that its terms forbid to renew it."""
    if token.expires_at is None or terms.grace is None:
        return False
    return now <= token.expires_at + terms.grace


def _moved(old: Moment | None, expiry: Expiry, now: Moment) -> Moment | None:
    if isinstance(expiry, Until):
        if expiry.expires_at is not None and expiry.expires_at <= now:
            raise _unprocessable("lies in the past", "expires_at")
        return expiry.expires_at
    if expiry is None:
        return old
    if old is None:
        raise _unprocessable("the token never expires, so there is nothing to extend")
    try:
        return expiry.after(old)
    except ValueError as error:
        raise _unprocessable(str(error)) from None


def _unprocessable(why: str, field: str = "lifetime") -> Refused:
    return Refused(Code.UNPROCESSABLE, "The token cannot be succeeded so.", (Problem(field, why),))
