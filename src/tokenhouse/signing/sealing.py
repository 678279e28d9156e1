"""Sealing: AES-256-GCM under a derived key, bound to the one place where it may be opened."""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tokenhouse.core.credential import Secret
from tokenhouse.operations.ports import Entropy

VERSION: Final = b"\x01"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12

_TAG_BYTES: Final = 16
_ANSWER: Final = b"tokenhouse answer of an idempotent request"


def bound(*parts: bytes) -> bytes:
    """Join parts so that no two different lists give the same bytes."""
    return b"".join([len(part).to_bytes(4, "big") + part for part in parts])


def seal(plain: bytes, key: bytes, context: bytes, entropy: Entropy) -> bytes:
    """Seal under a key of KEY_BYTES: version ‖ nonce ‖ ciphertext and tag, bound to `context`."""
    nonce = entropy(NONCE_BYTES)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, plain, bound(VERSION, context))


def unseal(sealed: bytes, key: bytes, context: bytes) -> bytes | None:
    """Open what `seal` made; None when key, context or any byte is another."""
    if len(sealed) < len(VERSION) + NONCE_BYTES + _TAG_BYTES or not sealed.startswith(VERSION):
        return None
    nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, bound(VERSION, context))
    except InvalidTag:
        return None


class AnswerSealer:
    """Fulfils `Sealer`: the key is derived from what the caller presents and is kept nowhere."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy

    def seal(self, secret: Secret, key_material: tuple[Secret, ...], context: bytes) -> bytes:
        """Seal under a key derived from all the material, bound to the context."""
        return seal(secret.reveal().encode(), _derived(key_material), context, self._entropy)

    def open(
        self, sealed: bytes, key_material: tuple[Secret, ...], context: bytes
    ) -> Secret | None:
        """Open; None when the material or the context is another."""
        plain = unseal(sealed, _derived(key_material), context)
        return None if plain is None else Secret(plain.decode())


def _derived(material: tuple[Secret, ...]) -> bytes:
    joined = bound(*(part.reveal().encode() for part in material))
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=_ANSWER).derive(joined)
