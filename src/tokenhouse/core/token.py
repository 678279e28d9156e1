"""The record of one token, and the ends that a family can have."""

import hashlib
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.moment import Moment
from tokenhouse.core.permission import Permissions
from tokenhouse.core.principal import HolderKind

_TECHNICAL: Final = b"technical user"


class Token(msgspec.Struct, frozen=True, gc=False):
    """One credential that we issued: holder, family, lifetime, state; never its string.

    `fingerprint` is None for a signed token, which is found by its id (`jti`). `groups` is None
    where a token carries all rights of its holder. `sequence` is the feed sequence of its issue,
    by which markers reach it. `superseded_at` is when its overlap with a successor ends.
    `addresses` are the networks that it may be used from; none: from anywhere. `audience` is the
    one API that it is meant for; None: any.

    A limited token has either `permissions`, the list to which it is restricted, or `set_id`, the
    predefined set whose list it follows; both None in every other, but for one that a client asked
    for: its `permissions` are those that were asked for, None where none were named.

    `client_id` is the record of the client that it was issued at, `auth_time` the sign-in behind
    it. A refresh token is superseded at the moment of its redemption and then names its
    `successor_id`; a device token names the one that it was last renewed with, and lives on.
    `sealed` is a refresh token's own string, which only its predecessor's string opens; it is there
    exactly as long as the token is the end of a family that goes on.
    """

    id: UUID
    version: int
    kind: str
    organization_id: UUID
    holder_kind: HolderKind
    holder_id: UUID
    family_id: UUID
    predecessor_id: UUID | None
    sequence: int
    number: int | None
    status_index: int | None
    fingerprint: bytes | None
    hint: str
    description: str
    groups: tuple[UUID, ...] | None
    made_by: UUID
    created_at: Moment
    updated_at: Moment
    expires_at: Moment | None
    superseded_at: Moment | None
    revoked_at: Moment | None
    addresses: tuple[str, ...] = ()
    audience: str | None = None
    permissions: Permissions | None = None
    set_id: int | None = None
    client_id: UUID | None = None
    auth_time: Moment | None = None
    successor_id: UUID | None = None
    sealed: bytes | None = None


MADE_WITH: Final = frozenset(
    {
        *("kind", "organization_id", "holder_kind", "holder_id", "client_id"),
        *("family_id", "predecessor_id", "sequence", "status_index", "fingerprint", "hint"),
        *("made_by", "auth_time"),
    }
)
"""What is told of a token from its beginning to its end: a store changes none of it."""


class Outline(msgspec.Struct, frozen=True, gc=False):
    """As much of a token as counting, searching and sorting thousands of them takes.

    `ended`: it was revoked by itself, with its family or by a marker, as the judge says.
    """

    id: UUID
    kind: str
    number: int | None
    hint: str
    description: str
    created_at: Moment
    updated_at: Moment
    expires_at: Moment | None
    superseded_at: Moment | None
    ended: bool


class FamilyEnd(msgspec.Struct, frozen=True):
    """Says that a whole family is over; its id is the family's. No row means that it goes on."""

    id: UUID
    version: int
    organization_id: UUID
    ended_at: Moment


def technical_user(family_id: UUID) -> UUID:
    """The id of the technical user behind an organizational token; it survives rotation."""
    # What uuid5 does, without its import at each call
    digest = hashlib.sha1(family_id.bytes + _TECHNICAL, usedforsecurity=False).digest()
    return UUID(bytes=digest[:16], version=5)


def superseded(token: Token | Outline, now: Moment) -> bool:
    """Tell whether a successor has taken a token's place, and for good.

    One that was cut over stays so, whatever an accepted clock says of that moment later.
    """
    end = token.superseded_at
    return end is not None and (end <= now or end <= token.updated_at)


def expired(token: Token | Outline, now: Moment) -> bool:
    """Tell whether a token has stopped by itself; at its expiry it has. There is no leeway."""
    return token.expires_at is not None and token.expires_at <= now
