"""How a question about a token is spelled, and its answer."""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from tokenhouse.boundary import Answer, Object, Time, answered, time
from tokenhouse.boundary.answers import Headers
from tokenhouse.boundary.lists import Names
from tokenhouse.boundary.sorts import SecretText
from tokenhouse.core.credential import MAX_CHARACTERS, Secret
from tokenhouse.core.judge import Reason
from tokenhouse.core.permission import NOTHING, Permissions
from tokenhouse.core.standing import subject
from tokenhouse.operations.ask import Told


class Question(msgspec.Struct, frozen=True):
    """The token asked about, and the permissions that it would need."""

    token: Secret
    permissions: Permissions = NOTHING


QUESTION: Final = Object(
    Question,
    {"token": SecretText(MAX_CHARACTERS), "permissions": Names()},
    required=("token",),
)


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
    organization: UUID | UnsetType = UNSET
    permissions: list[str] | UnsetType = UNSET
    expires_at: Time | UnsetType | None = UNSET
    as_of: Time
    fresh_ms: Annotated[int, Meta(ge=0)]


def write_told(told: Told, identity: Headers = ()) -> Answer:
    """A verdict: what a token is worth, why, and how long the answer may be kept.

    `identity`: the headers that say the same to a gateway, which reads no body.
    """
    judged = told.verdict
    verdict = Verdict(
        active=judged.active,
        allowed=judged.allowed,
        reason=judged.reason or UNSET,
        missing=sorted(judged.missing) or UNSET,
        as_of=time(told.as_of),
        fresh_ms=told.fresh_ms,
    )
    if judged.active and judged.found is not None:
        token = judged.found.token
        verdict = replace(
            verdict,
            id=token.id,
            kind=token.kind,
            subject=subject(judged.found),
            organization=token.organization_id,
            permissions=sorted(judged.permissions),
            expires_at=time(token.expires_at) if token.expires_at else None,
        )
    return answered(200, verdict, identity)
