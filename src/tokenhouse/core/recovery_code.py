"""Recovery codes: each is a second factor once, for whoever has lost the others."""

import hashlib
import re
from typing import Final
from uuid import UUID

from tokenhouse.core.credential import Secret

IN_A_SET: Final = 10
CHARACTERS: Final = 24
RANDOM_BYTES: Final = 15
"""120 bits: so many that a fast hash is enough to keep them by."""

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Without letters that are read for another (i, l, o) or make words (u)."""
_GROUP: Final = 4
_MISREAD: Final = str.maketrans("oil", "011")
_FORM: Final = re.compile(rf"[{_ALPHABET}]{{{CHARACTERS}}}", re.ASCII)
_DOMAIN: Final = b"tokenhouse recovery code\x00"


def make(random: bytes) -> Secret:
    """A code from RANDOM_BYTES of randomness, in groups that can be read and typed."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a recovery code takes {RANDOM_BYTES} random bytes")
    number = int.from_bytes(random, "big")
    digits = "".join(_ALPHABET[number >> (5 * place) & 31] for place in range(CHARACTERS))
    groups = (digits[start : start + _GROUP] for start in range(0, CHARACTERS, _GROUP))
    return Secret("-".join(groups))


def digest(person_id: UUID, text: str) -> str | None:
    """What is kept of somebody's code, in hex; None for what has not the form of one."""
    bare = "".join(text.lower().replace("-", "").split()).translate(_MISREAD)
    if _FORM.fullmatch(bare) is None:
        return None
    return hashlib.sha256(_DOMAIN + person_id.bytes + bare.encode()).hexdigest()
