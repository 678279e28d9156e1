"""Result codes: what a refusal is in this dialect, whose HTTP status is 200 for everything."""

from enum import IntEnum
from typing import Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary import Answer, Request
from tokenhouse.boundary.media import JSON
from tokenhouse.core.refusal import Code, Refused, Unavailable


class Result(IntEnum):
    """What `result` can say."""

    OK = 0
    BAD_PARAMETER = 3
    NOT_FOUND = 5
    DENIED = 8
    UNDECIDED = 99
    NOT_SIGNED_IN = 702
    NOT_LISTED = 8202


RESULT: Final = {
    Code.MALFORMED: Result.BAD_PARAMETER,
    Code.TOO_LARGE: Result.BAD_PARAMETER,
    Code.UNAUTHENTICATED: Result.NOT_SIGNED_IN,
    Code.WRONG_DOOR: Result.NOT_SIGNED_IN,
    Code.FORBIDDEN: Result.DENIED,
    Code.NOT_LISTED: Result.NOT_LISTED,
    Code.NOT_FOUND: Result.NOT_FOUND,
    Code.METHOD: Result.NOT_FOUND,
    Code.NOT_ACCEPTABLE: Result.BAD_PARAMETER,
    Code.MEDIA_TYPE: Result.BAD_PARAMETER,
    Code.UNPROCESSABLE: Result.BAD_PARAMETER,
    Code.ALREADY_DONE: Result.BAD_PARAMETER,
    Code.STALE: Result.BAD_PARAMETER,
    Code.PRECONDITION: Result.BAD_PARAMETER,
    Code.GONE: Result.BAD_PARAMETER,
    Code.KEY_REUSED: Result.BAD_PARAMETER,
    Code.SECOND_FACTOR: Result.NOT_SIGNED_IN,
    Code.TOO_MANY: Result.DENIED,
    Code.INVALID_GRANT: Result.BAD_PARAMETER,
    Code.UNAUTHORIZED_CLIENT: Result.DENIED,
    Code.UNSUPPORTED_GRANT: Result.BAD_PARAMETER,
    Code.INVALID_SCOPE: Result.BAD_PARAMETER,
}
"""The code of every refusal, in the one place where it is said."""

_SPELLED: Final = {
    "expires_at": "expiresAt",
    "permissions": "apiList",
    "predefined_set": "tokenTemplate",
}
"""Our names of fields where this dialect has another."""


class Failure(msgspec.Struct, frozen=True, rename={"required_auth_check": "requiredAuthCheck"}):
    """A refusal, or our inability. `result` is never 0.

    `requiredAuthCheck` stands there where the password is right, and a `code` is needed beside it.
    """

    result: int
    error: str
    required_auth_check: Literal[True] | UnsetType = UNSET


class Done(msgspec.Struct, frozen=True):
    """It was done, and there is nothing else to say."""

    result: Literal[0] = 0


def write(payload: msgspec.Struct, delay: float = 0.0) -> Answer:
    """A good answer, whose type says `result` 0."""
    return Answer(200, msgspec.json.encode(payload), JSON, delay=delay)


def refuse(_: Request, refused: Refused | Unavailable) -> Answer:
    """A refusal with every single fault in its one sentence."""
    if isinstance(refused, Unavailable):
        return write(Failure(Result.UNDECIDED, "This cannot be decided now. Try again."))
    faults = "; ".join(f"{_spelled(one.field)}: {one.sentence}" for one in refused.problems)
    error = f"{refused.public} {faults}." if faults else refused.public
    asks: Literal[True] | UnsetType = True if refused.code is Code.SECOND_FACTOR else UNSET
    return write(Failure(RESULT[refused.code], error, asks))


def _spelled(field: str) -> str:
    name, bracket, rest = field.partition("[")
    return f"{_SPELLED.get(name, name)}{bracket}{rest}"


DONE: Final = write(Done())
"""The answer of a method that has nothing to tell."""
