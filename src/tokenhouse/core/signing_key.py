"""The record of one signing key, and the states of its life."""

from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.moment import HOUR, MINUTE, Moment

RENEWAL_GRACE: Final = 12 * HOUR
"""How long after its expiry the last token that a key signed may still be renewed."""
SIGNED_LATE: Final = MINUTE
"""For so long after a rotation something may still be signed that had not seen it."""


class KeyState(StrEnum):
    """The life of a signing key."""

    PENDING = "pending"
    """Published, so that verifiers know it before its first use; signs nothing yet."""
    ACTIVE = "active"
    """Signs. There is one."""
    RETIRING = "retiring"
    """Signs no more; verifies what it signed."""
    RETIRED = "retired"
    """Neither signs nor verifies; its private part is gone."""


class SigningKey(msgspec.Struct, frozen=True):
    """A key that signs tokens. `sealed` is the private part under the master key, None once erased.

    `public` is the JWK (RFC 7517) as JSON text, with `kid` and `alg`. `retires_at` is set when
    the key stops signing: from then on it verifies until that moment.
    """

    id: UUID
    version: int
    algorithm: str
    public: str
    sealed: bytes | None
    master_key_id: str
    created_at: Moment
    activated_at: Moment | None
    retires_at: Moment | None

    @property
    def signs(self) -> bool:
        """Whether it is active; no moment changes that."""
        return self.retires_at is None and self.activated_at is not None

    def state(self, now: Moment) -> KeyState:
        """The state at a moment."""
        if self.retires_at is not None:
            return KeyState.RETIRING if now < self.retires_at else KeyState.RETIRED
        return KeyState.ACTIVE if self.signs else KeyState.PENDING
