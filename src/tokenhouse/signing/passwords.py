"""Passwords: Argon2id (RFC 9106), a bounded number at a time.

A password is hashed exactly as it was typed, after Unicode normalization to NFC, so that the same
key strokes on two systems give the same password. It is never cut short, folded or trimmed.
"""

import base64
import unicodedata
from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Final, TypeVar

import msgspec
from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Unavailable
from tokenhouse.sharing import beside

T = TypeVar("T")

MAX_PASSWORD_BYTES: Final = 4096
"""In UTF-8, as typed."""
AT_ONCE: Final = 2
WAITING: Final = 16
LONGEST_WAIT_SECONDS: Final = 5.0

_HASH_BYTES: Final = 32
_SALT_BYTES: Final = 16


class Cost(msgspec.Struct, frozen=True):
    """What one hash costs: KiB of memory, passes over it, lanes."""

    memory_kib: int = 47_104
    passes: int = 1
    lanes: int = 1


TODAY: Final = Cost()
MOST: Final = Cost(memory_kib=262_144, passes=10, lanes=4)
"""A kept hash that costs more than this is not computed: it would be somebody's weapon."""


class Argon2Hasher:
    """Fulfils `Hasher`. All methods raise ValueError for a password above MAX_PASSWORD_BYTES."""

    def __init__(self, cost: Cost = TODAY) -> None:
        self._argon2 = PasswordHasher(
            time_cost=cost.passes,
            memory_cost=cost.memory_kib,
            parallelism=cost.lanes,
            hash_len=_HASH_BYTES,
            salt_len=_SALT_BYTES,
            type=Type.ID,
        )
        self._nobody = _hash_of_nobody(cost)
        self._admitted = BoundedSemaphore(AT_ONCE + WAITING)
        self._working = BoundedSemaphore(AT_ONCE)

    def hash(self, password: Secret) -> str:
        """Hash under today's cost, which the result (PHC string) carries."""
        typed = _bytes_of(password)
        return self._in_turn(lambda: self._argon2.hash(typed))

    def matches(self, phc: str, password: Secret) -> bool:
        """Compare; raise Unavailable when too many wait or what we kept cannot be read."""
        typed = _bytes_of(password)
        _refuse_unreadable(phc)
        return self._in_turn(lambda: self._verify(phc, typed))

    def matches_nobody(self, password: Secret) -> None:
        """Do the same work for a person that we do not know."""
        self.matches(self._nobody, password)

    def outdated(self, phc: str) -> bool:
        """Tell whether the cost is no longer today's."""
        _refuse_unreadable(phc)
        return self._argon2.check_needs_rehash(phc)

    def _verify(self, phc: str, typed: bytes) -> bool:
        try:
            return self._argon2.verify(phc, typed)
        except VerifyMismatchError:
            return False
        except (VerificationError, ValueError):
            raise Unavailable("a kept password hash cannot be read") from None

    def _in_turn(self, compute: Callable[[], T]) -> T:
        """Compute when so few others do that there is memory for it."""
        if not self._admitted.acquire(blocking=False):
            raise Unavailable("too many passwords wait to be checked")
        try:
            return beside(lambda: self._computed(compute))
        finally:
            self._admitted.release()

    def _computed(self, compute: Callable[[], T]) -> T:
        if not self._working.acquire(timeout=LONGEST_WAIT_SECONDS):
            raise Unavailable("a password waited too long to be checked")
        try:
            return compute()
        finally:
            self._working.release()


def _bytes_of(password: Secret) -> bytes:
    typed = password.reveal()
    if len(typed.encode()) > MAX_PASSWORD_BYTES:
        raise ValueError(f"a password has at most {MAX_PASSWORD_BYTES} bytes")
    return unicodedata.normalize("NFC", typed).encode()


def _refuse_unreadable(phc: str) -> None:
    try:
        found = extract_parameters(phc)
    except InvalidHashError:
        raise Unavailable("a kept password hash cannot be read") from None
    bounded = (
        found.type is Type.ID
        and 8 <= found.memory_cost <= MOST.memory_kib
        and 1 <= found.time_cost <= MOST.passes
        and 1 <= found.parallelism <= MOST.lanes
    )
    if not bounded:
        raise Unavailable("a kept password hash is of another kind or costs too much")


def _hash_of_nobody(cost: Cost) -> str:
    """A hash that no password has: its salt and digest are zeros, its work is that of any other."""
    salt = base64.b64encode(bytes(_SALT_BYTES)).rstrip(b"=").decode()
    digest = base64.b64encode(bytes(_HASH_BYTES)).rstrip(b"=").decode()
    terms = f"m={cost.memory_kib},t={cost.passes},p={cost.lanes}"
    return f"$argon2id$v=19${terms}${salt}${digest}"
