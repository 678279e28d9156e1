"""The master key: 32 bytes kept outside the database, under which private keys are sealed."""

import base64
import binascii
import hashlib
import re
from typing import Final, NoReturn

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tokenhouse.core.credential import Secret

MASTER_KEY_BYTES: Final = 32
TEXT_CHARACTERS: Final = 43
"""A key as unpadded base64url."""

_ID_DOMAIN: Final = b"tokenhouse master key id\x00"
_TORN: Final = re.compile(rf"[A-Za-z0-9_-]{{0,{TEXT_CHARACTERS - 1}}}", re.ASCII)


class MasterKeyError(Exception):
    """The master key is missing, unreadable or not the right one; a sentence for the operator."""


class MasterKey:
    """The key itself. It cannot be printed or serialized by accident.

    `id` tells keys apart and gives nothing away: 8 bytes, in hex, of a digest of its own domain.
    """

    __slots__ = ("_key", "id")

    def __init__(self, key: bytes) -> None:
        if len(key) != MASTER_KEY_BYTES:
            raise ValueError(f"a master key has {MASTER_KEY_BYTES} bytes")
        self._key: Final = key
        self.id: Final = hashlib.sha256(_ID_DOMAIN + key).hexdigest()[:16]

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose only (HKDF-SHA256, RFC 5869)."""
        return HKDF(SHA256(), MASTER_KEY_BYTES, salt=None, info=purpose.encode()).derive(self._key)

    def text(self) -> Secret:
        """The form in which it is kept in a file or the environment: unpadded base64url."""
        return Secret(base64.urlsafe_b64encode(self._key).rstrip(b"=").decode())

    def __repr__(self) -> str:
        return f"MasterKey(id={self.id!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a MasterKey is not serialized")


def parse(text: str) -> MasterKey | None:
    """Read the text form, padded or not, with outer white space; None for anything else."""
    trimmed = text.strip().removesuffix("=")
    try:
        key = base64.b64decode(trimmed + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(key) != MASTER_KEY_BYTES:
        return None
    found = MasterKey(key)
    return found if found.text().reveal() == trimmed else None


def torn(text: str) -> bool:
    """Tell whether this is what a write that was cut short leaves behind: a beginning of a key."""
    return _TORN.fullmatch(text) is not None
