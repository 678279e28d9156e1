"""Secrets that have to be read again are sealed under the master key, as the signing keys are."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from tokenhouse.core.refusal import Unavailable
from tokenhouse.operations.ports import Entropy
from tokenhouse.signing.master_key import MasterKey
from tokenhouse.signing.sealing import bound, seal, unseal

_SEALING: Final = "tokenhouse second factor"
_TAGGING: Final = "tokenhouse challenge"


class MasterVault:
    """Fulfils `Vault`. `find` gives the master key of an id, None when it is not to be had."""

    def __init__(self, find: Callable[[str], MasterKey | None], entropy: Entropy) -> None:
        self._find = find
        self._entropy = entropy

    def seal(self, plain: bytes, context: bytes, master_key_id: str) -> bytes:
        """Seal under a master key, bound to where it is kept."""
        master = self._master(master_key_id)
        return seal(plain, master.derive(_SEALING), _bound_to(context, master), self._entropy)

    def open(self, sealed: bytes, context: bytes, master_key_id: str) -> bytes:
        """Open; raise Unavailable when it cannot be."""
        master = self._master(master_key_id)
        plain = unseal(sealed, master.derive(_SEALING), _bound_to(context, master))
        if plain is None:
            raise Unavailable("a second factor does not open under its master key")
        return plain

    def tag(self, message: bytes, master_key_id: str) -> bytes:
        """What nobody can write beside a message who has not the master key (HMAC-SHA256)."""
        key = self._master(master_key_id).derive(_TAGGING)
        return hmac.digest(key, message, hashlib.sha256)

    def _master(self, master_key_id: str) -> MasterKey:
        if (master := self._find(master_key_id)) is None:
            raise Unavailable(f"the master key {master_key_id} is not to be had")
        return master


def _bound_to(context: bytes, master: MasterKey) -> bytes:
    return bound(context, bytes.fromhex(master.id))
