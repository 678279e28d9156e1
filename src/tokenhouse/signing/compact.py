"""The strict reading of a JWS in compact form: one string per token, no neighbour accepted."""

import base64
import binascii
import json
from typing import Final, TypeAlias
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tokenhouse.core.credential import MAX_CHARACTERS

ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of the group of P-256."""

SIGNATURE_CHARACTERS: Final = 87
"""Of a signature, and of the dot before it."""

SCALAR_BYTES: Final = 32
"""Of each of the two numbers that a signature is."""

_HALF: Final = (ORDER // 2).to_bytes(SCALAR_BYTES, "big")
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_HEADER_NAMES: Final = {"alg", "kid", "typ"}

Json: TypeAlias = dict[str, object]


class Compact(msgspec.Struct, frozen=True):
    """A string of the right form. Nothing in it is believed before its signature was checked.

    `signature` is of the bytes `signed`.
    """

    alg: str
    kid: str
    typ: str
    payload: bytes
    signature: bytes
    signed: bytes


def read(text: str) -> Compact | None:
    """Read the form alone; None for any string that we would not have written so.

    The header holds our three names and no other: whatever names a key or an extension
    (`jwk`, `jku`, `x5c`, `x5u`, `crit`, `b64` and what comes after them) is refused.
    """
    if len(text) > MAX_CHARACTERS or not text.isascii():
        return None
    segments = [_decoded(segment) for segment in text.split(".", 3)]
    if len(segments) != 3:
        return None
    header, payload, signature = segments
    if not header or not payload or not signature:
        return None
    names = read_object(header)
    if names is None or names.keys() != _HEADER_NAMES:
        return None
    alg, kid, typ = names["alg"], names["kid"], names["typ"]
    if not (isinstance(alg, str) and isinstance(kid, str) and isinstance(typ, str)):
        return None
    signed = text.rpartition(".")[0].encode()
    return Compact(alg, kid, typ, payload, signature, signed)


def read_object(raw: bytes) -> Json | None:
    """Read a JSON object; None for anything else, and where a name stands twice at any depth."""
    try:
        found = _STRICT.decode(raw.decode())
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def is_low(signature: bytes) -> bool:
    """Tell whether an ES256 signature is the one of its two twins that we write."""
    return len(signature) == 2 * SCALAR_BYTES and signature[SCALAR_BYTES:] <= _HALF


def first_part(typ: str, alg: str, kid: UUID) -> str:
    """The first part of such a string: its header."""
    return _encoded(msgspec.json.encode({"typ": typ, "alg": alg, "kid": kid}))


def signed_part(first: str, payload: bytes) -> str:
    """What is signed of such a string: its first two parts."""
    return f"{first}.{_encoded(payload)}"


def written(signed: str, signature: bytes) -> str:
    """A string of the form that `read` takes."""
    return f"{signed}.{_encoded(signature)}"


def with_low(signature: bytes) -> bytes:
    """Of an ES256 signature and its twin the one that we write."""
    r, s = signature[:SCALAR_BYTES], signature[SCALAR_BYTES:]
    if s <= _HALF:
        return signature
    return r + (ORDER - int.from_bytes(s, "big")).to_bytes(SCALAR_BYTES, "big")


def der_signature(raw: bytes) -> bytes:
    """The same signature in the form that the cryptographic library takes."""
    r, s = (int.from_bytes(part, "big") for part in (raw[:SCALAR_BYTES], raw[SCALAR_BYTES:]))
    return encode_dss_signature(r, s)


def _decoded(segment: str) -> bytes | None:
    try:
        raw = base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    # The last character can hold bits that decoding drops: only one spelling is ours.
    return raw if _encoded(raw) == segment else None


def _encoded(raw: bytes) -> str:
    # As base64.urlsafe_b64encode does it, without two calls
    return binascii.b2a_base64(raw, newline=False).translate(_URL_SAFE).rstrip(b"=").decode()


def _unique(pairs: list[tuple[str, object]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_STRICT: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse)
