"""Refusals: an operation was understood and declined. And inability, which is no answer."""

from enum import StrEnum

import msgspec


class Code(StrEnum):
    """The closed set of refusals. Each face gives every one of them its own status and words."""

    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    UNAUTHENTICATED = "unauthenticated"
    WRONG_DOOR = "wrong_door"
    FORBIDDEN = "forbidden"
    NOT_LISTED = "not_listed"
    """The holder may do it, and the token's own list does not name it."""
    NOT_FOUND = "not_found"
    METHOD = "method_not_allowed"
    NOT_ACCEPTABLE = "not_acceptable"
    MEDIA_TYPE = "unsupported_media_type"
    UNPROCESSABLE = "unprocessable"
    ALREADY_DONE = "already_done"
    STALE = "stale"
    PRECONDITION = "precondition_required"
    GONE = "gone"
    KEY_REUSED = "idempotency_key_reused"
    TOO_MANY = "too_many_attempts"
    SECOND_FACTOR = "second_factor_required"
    """What was shown is right, and a second factor is missing beside it, or is not good."""
    INVALID_GRANT = "invalid_grant"
    """What was presented for tokens is good for none (RFC 6749, 5.2); and the three below."""
    UNAUTHORIZED_CLIENT = "unauthorized_client"
    UNSUPPORTED_GRANT = "unsupported_grant_type"
    INVALID_SCOPE = "invalid_scope"


class Problem(msgspec.Struct, frozen=True):
    """One fault of a request: where, and what about it. Never quotes what was sent."""

    field: str
    sentence: str


class Refused(Exception):  # noqa: N818 -- a refusal is an answer, not an error
    """Declined: a code, a sentence for the caller, and the single faults.

    `detail` is for our own log and is never sent. `retry_after` is seconds; `delay` is seconds
    by which the answer is held back, so that guessing is slow.
    """

    def __init__(
        self,
        code: Code,
        public: str,
        problems: tuple[Problem, ...] = (),
        *,
        detail: str = "",
        retry_after: int | None = None,
        delay: float = 0.0,
    ) -> None:
        super().__init__(f"{code}: {public}")
        self.code = code
        self.public = public
        self.problems = problems
        self.detail = detail
        self.retry_after = retry_after
        self.delay = delay


class Unavailable(Exception):  # noqa: N818 -- named for what is the case
    """We could not decide. Reported as that, never as either answer."""
