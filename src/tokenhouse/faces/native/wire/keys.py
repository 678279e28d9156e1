"""How signing keys are spelled: never a private part."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.boundary import Answer, Object, Request, Time, answered, time
from tokenhouse.boundary.cursor import Listed
from tokenhouse.boundary.sorts import Flag
from tokenhouse.core.signing_key import KeyState
from tokenhouse.operations.keys import ListedKey
from tokenhouse.operations.signing_keys import Rotated


class Key(msgspec.Struct, frozen=True):
    """A signing key. `published`: whether verifiers are still shown it.

    It signs from `activated_at` on, and verifies until `retires_at`; null: not yet.
    """

    id: UUID
    state: KeyState
    algorithm: str
    published: bool
    created_at: Time
    activated_at: Time | None
    retires_at: Time | None


class Rotation(msgspec.Struct, frozen=True):
    """The ids of the keys that a rotation moved on; the retiring one verifies until then."""

    active: UUID
    retiring: UUID
    pending: UUID
    retires_at: Time


def _now(now: bool = False) -> bool:
    return now


ROTATE: Final = Object(_now, {"now": Flag()})


def read_now(request: Request) -> bool:
    """Whether to rotate though verifiers may not know the next key yet."""
    return ROTATE.read(request)


def write_keys(listed: tuple[ListedKey, ...]) -> Answer:
    """All keys at once, oldest first."""
    return answered(200, Listed([_key(one) for one in listed]))


def write_rotated(rotated: Rotated) -> Answer:
    """What the rotation did."""
    retires_at = rotated.retiring.retires_at
    assert retires_at is not None
    ids = (rotated.active.id, rotated.retiring.id, rotated.pending.id)
    return answered(200, Rotation(*ids, time(retires_at)))


def _key(listed: ListedKey) -> Key:
    key = listed.key
    return Key(
        id=key.id,
        state=listed.state,
        algorithm=key.algorithm,
        published=listed.published,
        created_at=time(key.created_at),
        activated_at=None if key.activated_at is None else time(key.activated_at),
        retires_at=None if key.retires_at is None else time(key.retires_at),
    )
