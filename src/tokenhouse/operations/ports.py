"""What operations need from outside, as they need it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeAlias
from uuid import UUID

import msgspec

from tokenhouse.clock import Uptime
from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import Jump, Moment
from tokenhouse.core.second_factor import Passkey
from tokenhouse.core.usage import Batch, Count, Usage
from tokenhouse.operations.changes import Change, Committed, Conflict
from tokenhouse.operations.records import Records
from tokenhouse.sharing import Work


class Store(Records, Protocol):
    """Keeps everything. Every read is one snapshot; every write is a `Change`.

    All methods raise Unavailable when they cannot tell.
    """

    @property
    def broken(self) -> Exception | None:
        """Why everything is refused from now on: a sync failed. None while all is well."""

    def commit(self, change: Change, meanwhile: Work | None = None) -> Committed | Conflict:
        """Write a change if all its guards still hold; return only once it is durable.

        `meanwhile`, which changes nothing that others see, may be done while the disk is waited
        for: once, or not at all. What it raises is lost.
        """

    def purge(self, now: Moment, kept: Mapping[str, int], limit: int) -> int:
        """Forget what outlived its term, at most `limit` records of each sort; give their number.

        `kept` gives, for each kind of token, the microseconds that a record outlives its end.
        """

    def close(self) -> None:
        """Finish what waits to be committed, and give everything back."""


class Attempts(Protocol):
    """Counts guesses, apart from everything durable: a stranger must not make us sync."""

    def take(self, key: bytes, burst: int, interval: int, now: Moment) -> int:
        """Count one attempt under `key`; give microseconds to wait until it would be allowed.

        0 means allowed. `burst` attempts are free at once, one more each `interval` microseconds.
        """

    def waits(self, asked: tuple[tuple[bytes, int, int], ...], now: Moment) -> list[int]:
        """What `take` would give for each key, burst and interval, without counting anything."""

    def give_back(self, key: bytes, interval: int) -> None:
        """Take back one counted attempt that was no guess."""

    def close(self) -> None:
        """Give everything back."""


class UsageStore(Protocol):
    """Keeps how often tokens were presented, apart from everything durable: nothing waits for it.

    All methods raise Unavailable when they cannot tell, or cannot write.
    """

    def add(self, batch: Batch) -> None:
        """Add what a process counted, all or nothing, and nothing twice: see `Batch`."""

    def last_used(self, ids: tuple[UUID, ...]) -> Mapping[UUID, Moment]:
        """When each of these tokens, or a token of each of these devices, was accepted last.

        There may be thousands of them.
        """

    def usage_of(self, token_id: UUID) -> Usage:
        """All that is kept of one token, in one snapshot."""

    def days_since(self, ids: tuple[UUID, ...], since: Moment) -> Mapping[UUID, tuple[Count, ...]]:
        """What is kept of each of these tokens by the day, from the beginning of a day on.

        Hours that are kept apart are summed up too; so one day may be there twice. In one snapshot.
        """

    def roll(self, now: Moment, limit: int) -> int:
        """Make days of hours that are over, and forget days that are; at most `limit` of each.

        Give how many there were.
        """

    def used_after(self, last: UUID | None, limit: int) -> tuple[UUID, ...]:
        """Ids of which a last use is kept, in their order, those behind one of them."""

    def forget(self, ids: tuple[UUID, ...]) -> None:
        """Forget all that is kept of these tokens and devices."""

    def close(self) -> None:
        """Give everything back."""


class Clock(Protocol):
    """The moment now, one reading per operation."""

    def now(self) -> Moment:
        """Microseconds since the epoch, never before what was applied from the feed.

        Raises Unavailable while the clock cannot be judged by.
        """

    def at(self, uptime: Uptime) -> Moment:
        """The same, for whoever has just read the boot clock."""


class WatchedClock(Clock, Protocol):
    """A clock that is compared with the head and the boot clock, and may have to be accepted."""

    def unjudged(self) -> Moment:
        """What the clock says, whatever it said before."""

    def jump(self) -> Jump | None:
        """The large step that waits to be accepted."""

    def skipped(self) -> Jump | None:
        """The last step forwards, also a small one that nobody has to accept."""

    def hold_floor(self, moment: Moment, accepted: int) -> None:
        """Never answer before this moment; a later acceptance has it count anew."""


Entropy: TypeAlias = Callable[[int], bytes]
"""Gives that many unpredictable bytes."""


class Hasher(Protocol):
    """Hashes passwords slowly, a bounded number at a time."""

    def hash(self, password: Secret) -> str:
        """Hash under today's parameters, which the result carries."""

    def matches(self, phc: str, password: Secret) -> bool:
        """Compare; raise Unavailable when too many wait."""

    def matches_nobody(self, password: Secret) -> None:
        """Do the same work for a person that we do not know."""

    def outdated(self, phc: str) -> bool:
        """Tell whether the parameters are no longer today's."""


class PasswordRule(Protocol):
    """What a password that a person chooses has to be."""

    def fault(self, password: Secret, known: tuple[str, ...]) -> str | None:
        """What is wrong with a password, in words that do not quote it; None when nothing is.

        `known`: names that anyone may connect with whose password it will be.
        """


Claims: TypeAlias = Mapping[str, str | int | UUID | Sequence[str]]
"""What a JWT says; an id is written in its canonical form."""


Unsigned: TypeAlias = Callable[[], Secret]
"""A JWT that lacks its signature, which is what takes longest.

Signs it, at the first call alone, and fails at nothing.
"""


class Claimed(msgspec.Struct, frozen=True, gc=False):
    """What a string that we signed says it is: its type and its `jti`."""

    typ: str
    id: UUID


class Signer(Protocol):
    """Signs tokens with the active key and checks the signature of ours."""

    def sign(self, typ: str, claims: Claims) -> Secret:
        """Sign claims as a JWT of this explicit type."""

    def prepare(self, typ: str, claims: Claims) -> Unsigned:
        """Do all of `sign` that can fail, and leave the signature for later."""

    def claimed(self, text: Secret, typs: frozenset[str], issuer: str) -> Claimed | None:
        """What a string says that we signed as one of these types; None for anything else."""


class Sealer(Protocol):
    """Seals an answer's secret so that only who asked can open it again."""

    def seal(self, secret: Secret, key_material: tuple[Secret, ...], context: bytes) -> bytes:
        """Seal under a key derived from all the material, bound to the context."""

    def open(
        self, sealed: bytes, key_material: tuple[Secret, ...], context: bytes
    ) -> Secret | None:
        """Open; None when the material or the context is another."""


class Vault(Protocol):
    """Seals what has to be read again, and tags what comes back. Raises Unavailable without key."""

    def seal(self, plain: bytes, context: bytes, master_key_id: str) -> bytes:
        """Seal under a master key, bound to where it is kept."""

    def open(self, sealed: bytes, context: bytes, master_key_id: str) -> bytes:
        """Open; raise Unavailable when it cannot be."""

    def tag(self, message: bytes, master_key_id: str) -> bytes:
        """What nobody can write beside a message who has not the master key."""


class Registered(msgspec.Struct, frozen=True):
    """A passkey as it was just made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


class Ceremonies(Protocol):
    """Reads what browsers answer to a passkey's challenge; every credential is their JSON."""

    @property
    def rp_id(self) -> str | None:
        """The name that passkeys are bound to; None where there can be none."""

    def challenge(self, credential: Secret) -> bytes | None:
        """The challenge that an answer names, of which nothing is believed yet."""

    def credential_id(self, credential: Secret) -> bytes | None:
        """The id of the passkey that an answer names."""

    def registered(self, credential: Secret, challenge: bytes) -> Registered | None:
        """The new passkey of an answer to this challenge; None for anything else."""

    def asserted(self, credential: Secret, challenge: bytes, passkey: Passkey) -> int | None:
        """The new count of a passkey that answered this challenge; None for anything else."""
