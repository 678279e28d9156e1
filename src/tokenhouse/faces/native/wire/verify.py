"""How a question about a token is spelled, and its answer."""

from functools import lru_cache
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from tokenhouse.boundary import Answer, Object, Query, Request, Time, answered, time
from tokenhouse.boundary.answers import Headers
from tokenhouse.boundary.face import Tail
from tokenhouse.boundary.lists import Names
from tokenhouse.boundary.sorts import SecretText, Text
from tokenhouse.core.credential import MAX_CHARACTERS
from tokenhouse.core.judge import Reason
from tokenhouse.core.moment import MILLISECOND, Moment, format_moment
from tokenhouse.core.standing import subject
from tokenhouse.operations.ask import Question, Told

MAX_AUDIENCE: Final = 200
"""Characters of the name of an API that a token is meant for."""
_MAX_ADDRESS: Final = 45
_KEPT: Final = 16
"""Moments kept in words: thousands of answers a second tell the same few."""

QUESTION: Final = Object(
    Question,
    {
        "token": SecretText(MAX_CHARACTERS),
        "permissions": Names(),
        "audience": Text(MAX_AUDIENCE, empty=False),
        "address": Text(_MAX_ADDRESS, empty=False),
    },
    required=("token",),
    into={"token": "text"},
)


def _audience(audience: str | None = None) -> str | None:
    return audience


AUDIENCE: Final = Query(_audience, {"audience": Text(MAX_AUDIENCE, empty=False)})
"""Which API asks, in the query of a gateway's question."""


def read_audience(request: Request) -> str | None:
    """Which API asks. Whatever else a gateway hands on in the query is not looked at."""
    named = tuple(pair for pair in request.query if pair[0] == "audience")
    return AUDIENCE.read(replace(request, query=named)) if named else None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a token is worth. `allowed` is the field to look at.

    `id`, `kind`, `subject`, `organization`, `permissions` and `expires_at` (null: never) stand
    there only when it is active. It may be kept for `fresh_ms` milliseconds from when the question
    was sent.
    """

    active: bool
    allowed: bool
    reason: Reason | UnsetType = UNSET
    missing: list[str] | UnsetType = UNSET
    id: UUID | UnsetType = UNSET
    kind: str | UnsetType = UNSET
    subject: UUID | UnsetType = UNSET
    audience: str | UnsetType = UNSET
    organization: UUID | UnsetType = UNSET
    permissions: list[str] | UnsetType = UNSET
    expires_at: Time | UnsetType | None = UNSET
    as_of: Time
    fresh_ms: Annotated[int, Meta(ge=0)]


@lru_cache(_KEPT)
def _tail(as_of: Moment, fresh_ms: int) -> bytes:
    return f'"as_of":"{format_moment(as_of)}","fresh_ms":{fresh_ms}}}'.encode()


TAIL: Final = Tail(b'"as_of":', _tail)
"""The last two fields of a verdict."""


def write_told(told: Told, identity: Headers = ()) -> Answer:
    """A verdict: what a token is worth, why, and how long the answer may be kept.

    `identity`: the headers that say the same to a gateway, which reads no body.
    """
    return answered(200, told_verdict(told), identity)


def told_verdict(told: Told) -> Verdict:
    """The verdict in words for programs."""
    judged = told.verdict
    verdict = Verdict(
        active=judged.active,
        allowed=judged.allowed,
        reason=judged.reason or UNSET,
        missing=sorted(judged.missing) or UNSET,
        as_of=time(told.as_of - told.as_of % MILLISECOND),
        fresh_ms=told.fresh_ms,
    )
    if judged.active and judged.found is not None:
        token = judged.found.token
        verdict = replace(
            verdict,
            id=token.id,
            kind=token.kind,
            subject=subject(judged.found),
            audience=token.audience if token.audience is not None else UNSET,
            organization=token.organization_id,
            permissions=sorted(judged.permissions),
            expires_at=time(token.expires_at) if token.expires_at else None,
        )
    return verdict
