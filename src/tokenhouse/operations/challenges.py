"""Challenges for passkeys: nothing is kept of one until it was answered, and then it is used up.

A stranger must not be able to make us write. So a challenge says itself what it is for and until
when, with a tag that only the master key can make; what is written is that it was answered, in the
commit which that answer brought about.
"""

import hmac
from typing import Final
from uuid import UUID

from tokenhouse.core.identifier import ID_BYTES, uuid7
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.second_factor import CHALLENGE_GOOD_FOR, SpentChallenge
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.operations.ports import Clock, Entropy, Store, Vault

SIGN_IN: Final = "sign-in"
"""For whoever shows a passkey beside a password or a link; whose it is nobody has said yet."""
CONFIRM: Final = "confirm"
REGISTER: Final = "register"

_MOMENT_BYTES: Final = 8
_TAG_BYTES: Final = 32
_ID: Final = 16
_BODY: Final = _ID + _MOMENT_BYTES


class Challenges:
    """Makes challenges, and knows its own."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, entropy: Entropy) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._entropy = entropy

    def make(self, purpose: str, *about: str) -> bytes:
        """A new challenge for a purpose, and for what it is about alone."""
        now = self._clock.now()
        challenge_id = uuid7(now, self._entropy(ID_BYTES))
        expires_at = now + CHALLENGE_GOOD_FOR
        body = challenge_id.bytes + expires_at.to_bytes(_MOMENT_BYTES, "big")
        return body + self._tag(body, purpose, about)

    def used(self, challenge: bytes | None, purpose: str, *about: str) -> SpentChallenge | None:
        """What is to be written once this one was answered.

        None for what is none of ours, is for something else, has expired or was answered before.
        """
        if challenge is None or len(challenge) != _BODY + _TAG_BYTES:
            return None
        body, tag = challenge[:_BODY], challenge[_BODY:]
        if not hmac.compare_digest(tag, self._tag(body, purpose, about)):
            return None
        challenge_id = UUID(bytes=body[:_ID])
        expires_at = int.from_bytes(body[_ID:], "big")
        if expires_at <= self._clock.now() or self._store.find_spent(challenge_id) is not None:
            return None
        return SpentChallenge(challenge_id, 1, expires_at)

    def _tag(self, body: bytes, purpose: str, about: tuple[str, ...]) -> bytes:
        said = (body, *(part.encode() for part in (purpose, *about)))
        message = b"".join(len(part).to_bytes(4, "big") + part for part in said)
        return self._vault.tag(message, sealing_key(self._store).master_key_id)


def confirming(token_id: UUID | None, deed: str) -> tuple[str, ...]:
    """What a challenge is about that confirms a deed in a session."""
    return CONFIRM, str(token_id), deed


def sealing_key(store: Store) -> SigningKey:
    """The signing key that tells which master key is the one now."""
    sealed = [key for key in store.signing_keys() if key.sealed is not None]
    if not sealed:
        raise Unavailable("no signing key tells which master key is the one now")
    return sealed[-1]
