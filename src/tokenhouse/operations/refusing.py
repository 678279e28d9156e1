"""Say to a caller why his credential is not good, or not good enough for what he asks."""

from typing import Final

from tokenhouse.core.judge import Demand, Reason, Verdict
from tokenhouse.core.kind import Asker, Kind, Rights, Spelling
from tokenhouse.core.refusal import Code, Problem, Refused

_SENTENCES: Final = {
    Reason.UNKNOWN: "The token is not known here.",
    Reason.NOT_YET_VALID: "The token is not valid yet.",
    Reason.EXPIRED: "The token has expired.",
    Reason.REVOKED: "The token was revoked.",
    Reason.FAMILY_ENDED: "The token was revoked with its family.",
    Reason.SUPERSEDED: "The token was replaced by its successor.",
    Reason.HOLDER_SUSPENDED: "The holder of the token is suspended, or was removed.",
    Reason.MEMBERSHIP_ENDED: "The holder of the token has left the organization.",
    Reason.ORGANIZATION_SUSPENDED: "The organization of the token is suspended.",
    Reason.CLIENT_SUSPENDED: "The client of the token is suspended, or was removed.",
}


_ELSEWHERE: Final = {
    Reason.WRONG_AUDIENCE: "This token is meant for another API.",
    Reason.WRONG_ADDRESS: "This token may not be used from this address.",
}


def refusal(verdict: Verdict, spelling: Spelling, demand: Demand) -> Refused:
    """Say a verdict that does not allow: 401 and 403 matters apart, the missing right named."""
    kind = verdict.kind
    if verdict.reason in _LACKING:
        return _LACKING[verdict.reason](sorted(verdict.missing))
    if verdict.reason is Reason.WRONG_ASKER and kind is not None:
        return Refused(Code.FORBIDDEN, _asker_sentence(kind, demand.asker))
    if verdict.reason in _ELSEWHERE:
        return Refused(Code.FORBIDDEN, _ELSEWHERE[verdict.reason])
    if verdict.reason is Reason.WRONG_DOOR and kind is not None:
        return Refused(Code.WRONG_DOOR, _door_sentence(kind, spelling))
    return Refused(Code.UNAUTHENTICATED, why_not_good(verdict.reason or Reason.UNKNOWN))


def why_not_good(reason: Reason) -> str:
    """Say in a sentence why a token is not good in itself."""
    return _SENTENCES.get(reason, _SENTENCES[Reason.UNKNOWN])


def _insufficient(names: list[str]) -> Refused:
    return Refused(
        Code.FORBIDDEN,
        f"This needs the permission {' and '.join(names)}.",
        tuple(Problem("permission", f"{name} is missing") for name in names),
    )


def _not_listed(names: list[str]) -> Refused:
    return Refused(
        Code.NOT_LISTED,
        f"The list of this token does not name {' and '.join(names)}.",
        tuple(Problem("permission", f"{name} is not in its list") for name in names),
    )


_LACKING: Final = {Reason.INSUFFICIENT: _insufficient, Reason.NOT_LISTED: _not_listed}


def _asker_sentence(kind: Kind, asker: Asker) -> str:
    if asker is Asker.SIGNED_IN:
        return "This needs a person who signed in: use a session token."
    if asker is Asker.DEVICE:
        return "This is for devices: use a device token."
    if kind.rights is Rights.LIMITED:
        return "A limited token does only what its list names, and no list names this."
    return "This belongs to a person, and no person stands behind this token."


_PREFERRED: Final = (
    Spelling.BEARER,
    Spelling.TOKEN,
    Spelling.SESSION,
    Spelling.X_ACCESS_TOKEN,
    Spelling.COOKIE,
)
"""How a token is best sent, the first that its kind knows."""


def _door_sentence(kind: Kind, spelling: Spelling) -> str:
    right = next((one for one in _PREFERRED if one in kind.spellings), None)
    if right is None or spelling in kind.spellings:
        return f"A valid {kind.title} is not accepted here."
    return f"This is a valid {kind.title}: send it as `{right.value}`."
