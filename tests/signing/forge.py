"""Makes JWTs as an attacker would: any header, any payload, any signature."""

import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

N = int("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", 16)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def as_json(fields: dict[str, object] | str | bytes) -> bytes:
    """JSON of fields; text and bytes as they are."""
    if isinstance(fields, bytes):
        return fields
    text = fields if isinstance(fields, str) else json.dumps(fields, separators=(",", ":"))
    return text.encode()


def numbers(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def low(raw: bytes) -> bytes:
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    return numbers(r, min(s, N - s))


def es256(private: EllipticCurvePrivateKey, header: object, claims: object) -> str:
    """Signed well, with a low s: whatever is refused is refused for its content."""
    text = f"{b64(as_json(header))}.{b64(as_json(claims))}"
    r, s = decode_dss_signature(private.sign(text.encode(), ECDSA(SHA256())))
    return f"{text}.{b64(low(numbers(r, s)))}"


def hs256(secret: bytes, header: object, claims: object) -> str:
    text = f"{b64(as_json(header))}.{b64(as_json(claims))}"
    return f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def resigned(text: str, signature: bytes) -> str:
    """The same header and payload under this signature."""
    return f"{text.rpartition('.')[0]}.{b64(signature)}"
