"""Signs with the active key, and tells which strings we signed."""

import json
from typing import Final, TypeAlias
from uuid import UUID

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from tokenhouse.core.credential import MAX_CHARACTERS, Secret
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.signing_key import KeyState, SigningKey
from tokenhouse.operations.ports import Claimed, Clock, Store
from tokenhouse.signing.compact import Compact, is_low, lowered, read, read_object
from tokenhouse.signing.keys import ALGORITHM, Smith, read_public

MOST_PARSED: Final = 64
"""Public keys kept parsed; more are parsed again at each use."""

_REGISTRY: Final = jws.JWSRegistry(algorithms=[ALGORITHM])
_VERIFYING: Final = frozenset({KeyState.ACTIVE, KeyState.RETIRING})

_Parsed: TypeAlias = tuple[UUID, str]


class Keyring:
    """Fulfils `Signer` over the records of a store.

    The records are read at each use, so that another process's rotation counts at once; what is
    kept are parsed keys, under the id and the public text that they were parsed from.
    """

    def __init__(self, store: Store, smith: Smith, clock: Clock) -> None:
        self._store = store
        self._smith = smith
        self._clock = clock
        self._public: dict[_Parsed, ECKey] = {}
        self._private: tuple[_Parsed, ECKey] | None = None

    def sign(self, typ: str, claims: dict[str, str | int | list[str]]) -> Secret:
        """Sign claims as a JWT of this explicit type.

        Raises Unavailable when no key is active or it cannot be opened, and ValueError for
        claims so long that nobody would accept the string.
        """
        key = self._active()
        header = {"typ": typ, "alg": key.algorithm, "kid": str(key.id)}
        payload = json.dumps(claims, separators=(",", ":"))
        text = jws.serialize_compact(header, payload, self._opened(key), registry=_REGISTRY)
        if len(text) > MAX_CHARACTERS:
            raise ValueError(f"a token string has at most {MAX_CHARACTERS} characters")
        return Secret(lowered(text))

    def claimed(self, text: Secret, typs: frozenset[str], issuer: str) -> Claimed | None:
        """What a string says that we signed as one of these types; None for anything else.

        The signature, the key's state and who issued are judged here; expiry is the record's.
        """
        compact = read(text.reveal())
        if compact is None or compact.typ not in typs:
            return None
        key = self._named(compact)
        if key is None or not self._signed_by(key, compact, text):
            return None
        claims = read_object(compact.payload)
        if claims is None or claims.get("iss") != issuer:
            return None
        token_id = _canonical_uuid(claims.get("jti"))
        return None if token_id is None else Claimed(compact.typ, token_id)

    def refuse_unable(self) -> None:
        """Raise Unavailable unless a key is active and opens."""
        self._opened(self._active())

    def _active(self) -> SigningKey:
        now = self._clock.now()
        for key in self._store.signing_keys():
            if key.state(now) is KeyState.ACTIVE:
                return key
        raise Unavailable("no signing key is active")

    def _named(self, compact: Compact) -> SigningKey | None:
        now = self._clock.now()
        for key in self._store.signing_keys():
            if str(key.id) == compact.kid:
                good = key.algorithm == compact.alg and key.state(now) in _VERIFYING
                return key if good else None
        return None

    def _signed_by(self, key: SigningKey, compact: Compact, text: Secret) -> bool:
        if not is_low(compact.signature):
            return False
        public = self._parsed(key)
        try:
            jws.deserialize_compact(text.reveal(), public, registry=_REGISTRY)
        except (JoseError, ValueError):
            return False
        return True

    def _parsed(self, key: SigningKey) -> ECKey:
        name = (key.id, key.public)
        if (public := self._public.get(name)) is None:
            public = read_public(key)
            if len(self._public) >= MOST_PARSED:
                self._public = {}
            self._public[name] = public
        return public

    def _opened(self, key: SigningKey) -> ECKey:
        name = (key.id, key.public)
        held = self._private
        if held is None or held[0] != name:
            # One only: the private part of a key that signs no more is forgotten here.
            held = self._private = (name, self._smith.open(key))
        return held[1]


def _canonical_uuid(text: object) -> UUID | None:
    if not isinstance(text, str):
        return None
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None
