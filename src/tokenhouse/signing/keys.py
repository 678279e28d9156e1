"""Making, sealing and opening ES256 keys (P-256, RFC 7518)."""

import json
from collections.abc import Callable
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
    generate_private_key,
)
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from msgspec.structs import replace

from tokenhouse.core.moment import Moment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.operations.ports import Entropy
from tokenhouse.signing.master_key import MasterKey
from tokenhouse.signing.sealing import bound, seal, unseal

ALGORITHM: Final = "ES256"
SCALAR_BYTES: Final = 32

_PURPOSE: Final = "tokenhouse signing key"
_TABLE: Final = b"signing_key"


class Smith:
    """Fulfils `KeySmith`. `find` gives the master key of an id, None when it is not to be had."""

    def __init__(self, find: Callable[[str], MasterKey | None], entropy: Entropy) -> None:
        self.find = find
        self._entropy = entropy

    def make(self, key_id: UUID, master_key_id: str, now: Moment) -> SigningKey:
        """A new key that signs nothing yet, its private part sealed under that master key.

        Raises Unavailable when there is no such master key.
        """
        master = self._master(master_key_id)
        private = generate_private_key(SECP256R1())
        return SigningKey(
            id=key_id,
            version=1,
            algorithm=ALGORITHM,
            public=_public_text(key_id, private),
            sealed=_seal(private, key_id, master, self._entropy),
            master_key_id=master.id,
            created_at=now,
            activated_at=None,
            retires_at=None,
        )

    def reseal(self, key: SigningKey, master_key_id: str) -> SigningKey:
        """The same key sealed under another master key, one version later."""
        private = self.open(key)
        master = self._master(master_key_id)
        return replace(
            key,
            version=key.version + 1,
            sealed=_seal(private, key.id, master, self._entropy),
            master_key_id=master.id,
        )

    def open(self, key: SigningKey) -> EllipticCurvePrivateKey:
        """Open the private part; raise Unavailable when it cannot be, or is not this key's."""
        if key.sealed is None:
            raise Unavailable(f"the private part of signing key {key.id} was erased")
        master = self._master(key.master_key_id)
        scalar = unseal(key.sealed, master.derive(_PURPOSE), _context(key.id, master))
        if scalar is None:
            raise Unavailable(f"signing key {key.id} does not open under its master key")
        private = derive_private_key(int.from_bytes(scalar, "big"), SECP256R1())
        if _public_text(key.id, private) != key.public:
            raise Unavailable(f"the two parts of signing key {key.id} do not belong together")
        return private

    def _master(self, master_key_id: str) -> MasterKey:
        if (master := self.find(master_key_id)) is None:
            raise Unavailable(f"the master key {master_key_id} is not to be had")
        return master


def read_public(key: SigningKey) -> EllipticCurvePublicKey:
    """The public part as a key; raise Unavailable when the record cannot be read as one."""
    try:
        public = ECKey.import_key(json.loads(key.public))
    except (JoseError, ValueError, TypeError):
        raise Unavailable(f"signing key {key.id} cannot be read") from None
    if key.algorithm != ALGORITHM or public.curve_name != "P-256" or public.is_private:
        raise Unavailable(f"signing key {key.id} is of another sort than we sign with")
    return public.public_key


def _public_text(key_id: UUID, private: EllipticCurvePrivateKey) -> str:
    jwk = ECKey.import_key(private.public_key()).as_dict()
    named = {**jwk, "kid": str(key_id), "alg": ALGORITHM, "use": "sig"}
    return json.dumps(named, sort_keys=True, separators=(",", ":"))


def _seal(
    private: EllipticCurvePrivateKey, key_id: UUID, master: MasterKey, entropy: Entropy
) -> bytes:
    scalar = private.private_numbers().private_value.to_bytes(SCALAR_BYTES, "big")
    return seal(scalar, master.derive(_PURPOSE), _context(key_id, master), entropy)


def _context(key_id: UUID, master: MasterKey) -> bytes:
    return bound(_TABLE, key_id.bytes, bytes.fromhex(master.id))
