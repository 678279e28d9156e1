"""What a token's page says of its state, and what can be done with it in that state."""

from typing import Final

import msgspec

from tokenhouse.core.judge import Reason
from tokenhouse.core.lineage import Became, Generation
from tokenhouse.core.moment import Moment
from tokenhouse.faces.console.tokens.whose import Whose
from tokenhouse.look.times import Level, expiry


class State(msgspec.Struct, frozen=True):
    """A badge: a class that colours it and a word; `sentence` says what that means."""

    level: str
    word: str
    sentence: str = ""


class Deed(msgspec.Struct, frozen=True):
    """A link to a page on which something is done. `opens`: as a dialog, where scripts run."""

    href: str
    words: str
    opens: bool = False
    danger: bool = False


_SUSPENDED: Final = "No door takes it until that is over; then it is good again."
_STATES: Final = {
    Reason.EXPIRED: State(
        "warn", "expired", "No door takes it any more. Regenerate gives it a new string and expiry."
    ),
    Reason.REVOKED: State("bad", "revoked", "It has ended for good."),
    Reason.FAMILY_ENDED: State("bad", "revoked", "It has ended for good, with its family."),
    Reason.SUPERSEDED: State("bad", "replaced", "Its successor has taken its place, for good."),
    Reason.NOT_YET_VALID: State("warn", "not valid yet", "Its time has not come."),
    Reason.HOLDER_SUSPENDED: State("warn", "holder suspended", _SUSPENDED),
    Reason.MEMBERSHIP_ENDED: State("bad", "holder has left", "Its holder has left for good."),
    Reason.ORGANIZATION_SUSPENDED: State("warn", "organization suspended", _SUSPENDED),
    Reason.CLIENT_SUSPENDED: State("warn", "client suspended", _SUSPENDED),
}
_LEVELS: Final = {
    Level.NONE: "none",
    Level.FINE: "good",
    Level.SOON: "warn",
    Level.URGENT: "bad",
    Level.OVER: "bad",
}
_OVER: Final = frozenset({Reason.REVOKED, Reason.FAMILY_ENDED, Reason.SUPERSEDED})
_SUCCEEDED: Final = frozenset({Became.OVERLAPS, Became.LIVES_ON, Became.REPLACED})


def state_of(generation: Generation) -> State:
    """The judge's word on a token, and what comes of it."""
    if generation.reason is not None:
        return _STATES[generation.reason]
    if generation.became is Became.OVERLAPS:
        return State("warn", "being replaced")
    return State("good", "active")


def expiry_of(generation: Generation, now: Moment) -> State | None:
    """A badge for the expiry of what is not over."""
    if generation.reason in _OVER or generation.reason is Reason.EXPIRED:
        return None
    told = expiry(generation.token.expires_at, now)
    return State(_LEVELS[told.level], told.words)


def deeds(whose: Whose, generation: Generation, *, may_write: bool) -> tuple[Deed, ...]:
    """What can be done with a token as it is now, by somebody who may change it or may not."""
    if not may_write:
        return ()
    one = f"{whose.path}/{generation.token.id}"
    copy = Deed(f"{whose.path}/new?from={generation.token.id}", "Copy as new")
    if generation.reason in _OVER:
        return (copy,)
    regenerate = Deed(f"{one}/regenerate", "Regenerate", opens=True)
    remove = Deed(
        f"{whose.path}/remove?id={generation.token.id}", "Remove", opens=True, danger=True
    )
    succeeded = generation.became in _SUCCEEDED
    return (
        Deed(f"{one}/edit", "Edit"),
        *(() if succeeded else (regenerate,)),
        copy,
        remove,
    )
