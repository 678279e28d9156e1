"""Second factors: what a person has to show beside his password, once he has one."""

from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.moment import MINUTE, Moment
from tokenhouse.core.totp import NO_STEP

TOTP_CONFIRMED_WITHIN: Final = 10 * MINUTE
"""How long somebody has to show that his app gives the codes, in microseconds."""
CHALLENGE_GOOD_FOR: Final = 5 * MINUTE
"""The same to answer a passkey's challenge."""
MOST_PASSKEYS: Final = 20
"""Of one person."""
MAX_LABEL: Final = 100


class Factor(StrEnum):
    """What somebody can show beside his password."""

    TOTP = "totp"
    PASSKEY = "passkey"
    RECOVERY_CODE = "recovery_code"


class Totp(msgspec.Struct, frozen=True):
    """The authenticator app of a person, under his id. It counts once `confirmed_at` is set.

    `sealed` is its secret under that master key, `last_step` the last step accepted.
    """

    id: UUID
    version: int
    sealed: bytes
    master_key_id: str
    created_at: Moment
    confirmed_at: Moment | None = None
    last_step: int = NO_STEP

    def __repr__(self) -> str:
        return f"Totp(id={self.id!r})"


class Passkey(msgspec.Struct, frozen=True):
    """A passkey (WebAuthn credential) of a person; `public_key` is in the form of COSE.

    `sign_count` is what it last said of how often it was used, 0 where it does not count.
    """

    id: UUID
    version: int
    person_id: UUID
    credential_id: bytes
    public_key: bytes
    sign_count: int
    label: str
    created_at: Moment
    last_used_at: Moment | None = None

    def __repr__(self) -> str:
        return f"Passkey(id={self.id!r})"


class RecoveryCodes(msgspec.Struct, frozen=True):
    """The recovery codes of a person that are left, under his id and by their digests alone."""

    id: UUID
    version: int
    digests: tuple[str, ...]
    created_at: Moment

    def __repr__(self) -> str:
        return f"RecoveryCodes(id={self.id!r}, left={len(self.digests)})"


class SpentChallenge(msgspec.Struct, frozen=True):
    """A challenge that was answered; kept until it could not be answered any more."""

    id: UUID
    version: int
    expires_at: Moment


class Factors(msgspec.Struct, frozen=True):
    """All that a person has. Recovery codes alone are no factor: they stand in for one."""

    totp: Totp | None = None
    passkeys: tuple[Passkey, ...] = ()
    recovery_codes: RecoveryCodes | None = None

    @property
    def active_totp(self) -> Totp | None:
        """The authenticator app, once it counts."""
        return self.totp if self.totp is not None and self.totp.confirmed_at is not None else None

    @property
    def owed(self) -> bool:
        """Whether the person has to show one."""
        return self.active_totp is not None or bool(self.passkeys)


NONE: Final = Factors()
