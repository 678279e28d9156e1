"""What an answer means, apart from how the dialect of its face says it.

Most faces say it by the status. Virtuozzo's dialect answers 200 to everything, and says it by
`result`. A face has one entry here, or the suite fails.
"""

import json
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from conformance.wire import Reply
from tokenhouse.boundary import Face


class Outcome(StrEnum):
    """What became of a request."""

    ALLOWED = "allowed"
    MALFORMED = "malformed"
    TOO_LARGE = "too large"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_LISTED = "not listed"
    """The token's own list does not name it, and its holder may do it."""
    NOT_FOUND = "not found"
    METHOD = "no method of this path"
    NOT_ACCEPTABLE = "not acceptable"
    MEDIA_TYPE = "unsupported media type"
    ALREADY_DONE = "already done"
    GONE = "gone"
    STALE = "stale"
    UNPROCESSABLE = "unprocessable"
    PRECONDITION = "precondition required"
    TOO_MANY = "too many attempts"
    UNDECIDED = "undecided"
    """We could not tell: neither yes nor no."""


class Dialect(NamedTuple):
    """How a face says what became of a request.

    `read` raises AssertionError for an answer that says nothing of it; `check` does for a refusal
    that has another form than its face's. `coarse` are the outcomes for which the dialect has only
    a wider word. `challenges` tells whether it says how to authenticate, as RFC 9110 has it, and
    `referrer` is the policy of its pages: one whose form is taken from nowhere else has to say
    where it was.
    """

    read: Callable[[Reply], Outcome]
    check: Callable[[Reply], None]
    coarse: Mapping[Outcome, Outcome]
    takes_forms: bool = False
    challenges: bool = True
    referrer: str = "no-referrer"


STATUSES: Final = {
    400: Outcome.MALFORMED,
    401: Outcome.UNAUTHENTICATED,
    403: Outcome.FORBIDDEN,
    404: Outcome.NOT_FOUND,
    405: Outcome.METHOD,
    406: Outcome.NOT_ACCEPTABLE,
    409: Outcome.ALREADY_DONE,
    410: Outcome.GONE,
    412: Outcome.STALE,
    413: Outcome.TOO_LARGE,
    414: Outcome.TOO_LARGE,
    415: Outcome.MEDIA_TYPE,
    416: Outcome.MALFORMED,
    422: Outcome.UNPROCESSABLE,
    428: Outcome.PRECONDITION,
    429: Outcome.TOO_MANY,
    431: Outcome.TOO_LARGE,
    503: Outcome.UNDECIDED,
}
RESULTS: Final = {
    0: Outcome.ALLOWED,
    3: Outcome.MALFORMED,
    5: Outcome.NOT_FOUND,
    8: Outcome.FORBIDDEN,
    11: Outcome.NOT_FOUND,
    99: Outcome.UNDECIDED,
    702: Outcome.UNAUTHENTICATED,
    8202: Outcome.NOT_LISTED,
}


def by_status(reply: Reply) -> Outcome:
    """What a status says."""
    if 200 <= reply.status < 300:
        return Outcome.ALLOWED
    assert reply.status in STATUSES, reply
    return STATUSES[reply.status]


def by_result(reply: Reply) -> Outcome:
    """What `result` says, and nothing else may."""
    assert reply.status == 200, reply
    assert reply.header("content-type") == "application/json", reply
    result = json.loads(reply.body)["result"]
    assert type(result) is int, reply
    assert result in RESULTS, reply
    return RESULTS[result]


def by_page(reply: Reply) -> Outcome:
    """The same where a browser goes on to another page once something was done."""
    return Outcome.ALLOWED if reply.status == 303 else by_status(reply)


# the forms of refusals


def _problem(reply: Reply) -> None:
    assert reply.header("content-type") == "application/problem+json"
    body = json.loads(reply.body)
    assert body["status"] == reply.status
    assert {"title", "code", "detail", "request_id"} <= set(body)
    assert body["request_id"] == reply.header("x-request-id")


def _message(reply: Reply) -> None:
    assert reply.header("content-type") == "application/json"
    body = json.loads(reply.body)
    assert set(body) == {"message"}
    assert body["message"]


def _message_and_details(reply: Reply) -> None:
    assert reply.header("content-type") == "application/json"
    body = json.loads(reply.body)
    assert set(body) == {"message", "details"}
    assert body["message"]
    assert all(isinstance(detail, str) for detail in body["details"])


def _errors(reply: Reply) -> None:
    """Spoke Zone's: every fault with its type, a sentence, and what it is about."""
    assert reply.header("content-type") == "application/json"
    body = json.loads(reply.body)
    assert set(body) == {"errors"}
    assert body["errors"]
    for one in body["errors"]:
        assert set(one) == {"type", "message", "details"}
        assert one["message"]
        assert set(one["details"]) <= {"field", "entityType", "entityId"}


def _page(reply: Reply) -> None:
    assert reply.header("content-type") == "text/html; charset=utf-8"
    policy = reply.header("content-security-policy") or ""
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert f">{reply.header('x-request-id')}</code>" in reply.body.decode()


def _envelope(reply: Reply) -> None:
    body = json.loads(reply.body)
    assert {"result", "error"} <= set(body) <= {"result", "error", "source"}
    assert body["result"] != 0
    assert body["error"]


def _error(reply: Reply) -> None:
    """RFC 6749, 5.2: one of its words, and a sentence in the characters that it allows."""
    assert reply.header("content-type") == "application/json"
    assert reply.header("pragma") == "no-cache"
    body = json.loads(reply.body)
    assert set(body) == {"error", "error_description"}
    assert body["error"] in ERRORS
    assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+", body["error_description"])


ERRORS: Final = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
        "insufficient_scope",
        "temporarily_unavailable",
    }
)
"""The words of RFC 6749 and RFC 6750 that are used."""
_COARSE_STATUSES: Final = MappingProxyType({Outcome.NOT_LISTED: Outcome.FORBIDDEN})
_COARSE_RESULTS: Final = MappingProxyType(
    {
        Outcome.TOO_LARGE: Outcome.MALFORMED,
        Outcome.METHOD: Outcome.NOT_FOUND,
        Outcome.MEDIA_TYPE: Outcome.MALFORMED,
        Outcome.UNPROCESSABLE: Outcome.MALFORMED,
        Outcome.TOO_MANY: Outcome.FORBIDDEN,
    }
)

RESULT_CODES: Final = Dialect(
    by_result, _envelope, _COARSE_RESULTS, takes_forms=True, challenges=False
)
"""Virtuozzo's."""
DIALECTS: Final = {
    "account_tokens": Dialect(by_status, _message_and_details, _COARSE_STATUSES),
    "console": Dialect(by_page, _page, _COARSE_STATUSES, takes_forms=True, referrer="same-origin"),
    "device_files": Dialect(by_status, _errors, _COARSE_STATUSES),
    "environments": RESULT_CODES,
    "fleet": Dialect(by_status, _errors, _COARSE_STATUSES),
    "native": Dialect(by_status, _problem, _COARSE_STATUSES),
    "oauth": Dialect(
        by_status,
        _error,
        MappingProxyType(
            {Outcome.NOT_LISTED: Outcome.FORBIDDEN, Outcome.MEDIA_TYPE: Outcome.MALFORMED}
        ),
        takes_forms=True,
    ),
    "session_parameter": RESULT_CODES,
    "systems": Dialect(by_status, _message, _COARSE_STATUSES),
}
"""By the name of the face."""


def outcome(face: Face, reply: Reply) -> Outcome:
    """What an answer of this face says became of the request."""
    return DIALECTS[face.name].read(reply)


def is_allowed(face: Face, reply: Reply) -> bool:
    """Whether it is a success as the dialect of its face means success."""
    return outcome(face, reply) is Outcome.ALLOWED


def told(face: Face, meant: Outcome) -> Outcome:
    """How much of an outcome the dialect of a face can tell."""
    return DIALECTS[face.name].coarse.get(meant, meant)
