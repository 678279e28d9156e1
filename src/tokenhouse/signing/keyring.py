"""Signs with the active key, and tells which strings we signed."""

from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256

from tokenhouse.core.credential import MAX_CHARACTERS, Secret, fingerprint
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.signing_key import KeyState, SigningKey
from tokenhouse.operations.ports import Claimed, Claims, Clock, Store, Unsigned
from tokenhouse.signing.compact import (
    SIGNATURE_CHARACTERS,
    Compact,
    der_signature,
    first_part,
    is_low,
    read,
    read_object,
    signed_part,
    written,
)
from tokenhouse.signing.es256 import Sign, signing_with
from tokenhouse.signing.keys import Smith, read_public

MOST_PARSED: Final = 64
"""Public keys kept parsed; more are parsed again at each use."""

MOST_VERIFIED: Final = 16_384
"""Strings known by their fingerprints to be signed; when there are more, all are checked anew."""

_ES256: Final = ECDSA(SHA256())
_VERIFYING: Final = frozenset({KeyState.ACTIVE, KeyState.RETIRING})

_Parsed: TypeAlias = tuple[UUID, str]


class _Told(msgspec.Struct, frozen=True, gc=False):
    """What a string says of itself whose signature was good, and by which key it was."""

    key_id: UUID
    key_version: int
    issuer: str
    claimed: Claimed


class _Signing(NamedTuple):
    """The key that signs, opened, and all keys among which it is the active one."""

    keys: tuple[SigningKey, ...]
    key: SigningKey
    sign_with: Sign
    first_parts: dict[str, str]
    """By the type of a string."""


class Keyring:
    """Fulfils `Signer` over the records of a store.

    The records are read at each use, so that another process's rotation counts at once; what is
    kept are parsed keys, under the id and the public text that they were parsed from.
    """

    def __init__(self, store: Store, smith: Smith, clock: Clock) -> None:
        self._store = store
        self._smith = smith
        self._clock = clock
        self._public: dict[_Parsed, EllipticCurvePublicKey] = {}
        self._signing: _Signing | None = None
        self._verified: dict[bytes, _Told] = {}

    def sign(self, typ: str, claims: Claims) -> Secret:
        """Sign claims as a JWT of this explicit type.

        Raises Unavailable when no key is active or it cannot be opened, and ValueError for
        claims so long that nobody would accept the string.
        """
        return self.prepare(typ, claims)()

    def prepare(self, typ: str, claims: Claims) -> Unsigned:
        """The same but for the signature. Raises what `sign` raises."""
        _, key, sign_with, first_parts = self._opened()
        if (first := first_parts.get(typ)) is None:
            first = first_parts[typ] = first_part(typ, key.algorithm, key.id)
        signed = signed_part(first, msgspec.json.encode(claims))
        if len(signed) + SIGNATURE_CHARACTERS > MAX_CHARACTERS:
            raise ValueError(f"a token string has at most {MAX_CHARACTERS} characters")

        made: Secret | None = None

        def sign() -> Secret:
            nonlocal made
            if made is None:
                text = written(signed, sign_with(signed))
                self._remember_signed(text, key, typ, claims)
                made = Secret(text)
            return made

        return sign

    def _remember_signed(self, text: str, key: SigningKey, typ: str, claims: Claims) -> None:
        """What was signed here need not be verified here; a string without an id opens nothing."""
        token_id, issuer = claims.get("jti"), claims.get("iss")
        if isinstance(token_id, UUID) and isinstance(issuer, str):
            told = _Told(key.id, key.version, issuer, Claimed(typ, token_id))
            self._remember(fingerprint(text), told)

    def claimed(self, text: Secret, typs: frozenset[str], issuer: str) -> Claimed | None:
        """What a string says that we signed as one of these types; None for anything else.

        The signature, the key's state and who issued are judged here; expiry is the record's.
        """
        string = text.reveal()
        whole = fingerprint(string)
        told = self._verified.get(whole)
        if told is None or not self._still(told):
            self._store.beyond_memory()
            told = self._read(string)
            if told is None:
                return None
        if told.claimed.typ not in typs or told.issuer != issuer:
            return None
        self._remember(whole, told)
        return told.claimed

    def _read(self, string: str) -> _Told | None:
        """What a string says that carries a good signature of one of our keys."""
        compact = read(string)
        if compact is None:
            return None
        key_id = _canonical_uuid(compact.kid)
        key = self._named(key_id) if key_id is not None else None
        if key is None or key.algorithm != compact.alg or not self._signed_by(key, compact):
            return None
        claims = read_object(compact.payload)
        if claims is None:
            return None
        token_id, issuer = _canonical_uuid(claims.get("jti")), claims.get("iss")
        if token_id is None or not isinstance(issuer, str):
            return None
        return _Told(key.id, key.version, issuer, Claimed(compact.typ, token_id))

    def _still(self, told: _Told) -> bool:
        key = self._named(told.key_id)
        return key is not None and key.version == told.key_version

    def _remember(self, whole: bytes, told: _Told) -> None:
        if len(self._verified) >= MOST_VERIFIED:
            self._verified.clear()
        self._verified[whole] = told

    def refuse_unable(self) -> None:
        """Raise Unavailable unless a key is active and opens."""
        self._opened()

    def _named(self, key_id: UUID) -> SigningKey | None:
        """The key of this id, while it may verify."""
        now = self._clock.now()
        for key in self._store.signing_keys():
            if key.id == key_id:
                return key if key.state(now) in _VERIFYING else None
        return None

    def _signed_by(self, key: SigningKey, compact: Compact) -> bool:
        if not is_low(compact.signature):
            return False
        public = self._parsed(key)
        try:
            public.verify(der_signature(compact.signature), compact.signed, _ES256)
        except InvalidSignature:
            return False
        return True

    def _parsed(self, key: SigningKey) -> EllipticCurvePublicKey:
        name = (key.id, key.public)
        if (public := self._public.get(name)) is None:
            public = read_public(key)
            if len(self._public) >= MOST_PARSED:
                self._public = {}
            self._public[name] = public
        return public

    def _opened(self) -> _Signing:
        keys, held = self._store.signing_keys(), self._signing
        if held is not None and held.keys is keys:
            return held
        key = _active(keys)
        if held is not None and (held.key.id, held.key.public) == (key.id, key.public):
            held = held._replace(keys=keys, key=key)
        else:  # one only: the private part of a key that signs no more is forgotten here
            held = _Signing(keys, key, signing_with(self._smith.open(key)), {})
        self._signing = held
        return held


def _active(keys: tuple[SigningKey, ...]) -> SigningKey:
    for key in keys:
        if key.signs:
            return key
    raise Unavailable("no signing key is active")


def _canonical_uuid(text: object) -> UUID | None:
    if not isinstance(text, str):
        return None
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None
