"""ES256 signatures, by the library that makes one in three quarters of the time: AWS-LC."""

from collections.abc import Callable
from hashlib import sha256
from typing import TypeAlias

from awscrt.crypto import EC
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tokenhouse.signing.compact import SCALAR_BYTES, with_low

Sign: TypeAlias = Callable[[str], bytes]
"""Gives the signature of a text as JWS has it (RFC 7518, 3.4), of its two twins the low one."""


def signing_with(private: EllipticCurvePrivateKey) -> Sign:
    """What signs with this key."""
    der = private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    key = EC.new_key_from_der_data(der)

    def sign(text: str) -> bytes:
        signature = key.sign(sha256(text.encode()).digest())
        return with_low(EC.decode_der_signature_to_padded_pair(signature, SCALAR_BYTES))

    return sign
