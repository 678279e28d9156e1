"""How one token succeeds another: the one rule behind rotate, regenerate, refresh and renew."""

from enum import StrEnum
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.moment import Lifetime, Moment
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.token import Token


class Fate(StrEnum):
    """What becomes of the predecessor."""

    LIVES = "lives"
    """It stays good until its own expiry (gridX rotate, Spoke Zone renewal)."""
    ENDS = "ends"
    """It is superseded after the overlap, which may be nothing (cut-over, Virtuozzo regenerate)."""


class Terms(msgspec.Struct, frozen=True):
    """The terms of a succession; `overlap` is how long an ending predecessor stays good (µs)."""

    fate: Fate
    overlap: int = 0


class Successor(msgspec.Struct, frozen=True):
    """What the new token is given by its predecessor, and the predecessor as it is from now on.

    `predecessor` is None where its record does not change.
    """

    family_id: UUID
    predecessor_id: UUID
    expires_at: Moment | None
    predecessor: Token | None


def succeed(predecessor: Token, terms: Terms, extension: Lifetime | None, now: Moment) -> Successor:
    """Succeed a token that is not revoked. The new expiry is the old one plus `extension`.

    Raises Refused(UNPROCESSABLE) where no living successor can come of it: the predecessor has
    expired or was superseded, or an extension is asked of a token that never expires.
    """
    expires_at = predecessor.expires_at
    if expires_at is not None and expires_at <= now:
        raise _unprocessable("the token has expired; an expired token has no successor")
    if predecessor.superseded_at is not None and predecessor.superseded_at <= now:
        raise _unprocessable("the token was superseded; rotate its successor")
    if extension is not None:
        if expires_at is None:
            raise _unprocessable("the token never expires, so there is nothing to extend")
        try:
            expires_at = extension.after(expires_at)
        except ValueError as error:
            raise _unprocessable(str(error)) from None
    changed = None
    if terms.fate is Fate.ENDS:
        end = now + terms.overlap
        if predecessor.superseded_at is not None:
            end = min(end, predecessor.superseded_at)
        changed = replace(predecessor, superseded_at=end, updated_at=now)
    return Successor(predecessor.family_id, predecessor.id, expires_at, changed)


def _unprocessable(why: str) -> Refused:
    return Refused(
        Code.UNPROCESSABLE, "The token cannot be succeeded so.", (Problem("lifetime", why),)
    )
