"""What operations need from outside, as they need it."""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias
from uuid import UUID

import msgspec

from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Event, RecordedEvent
from tokenhouse.core.moment import Moment
from tokenhouse.core.permission import Catalogue, PolicyGroup
from tokenhouse.core.principal import Deployment, Membership, Organization, Password, Person
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.core.standing import Found, Standing
from tokenhouse.core.token import FamilyEnd, Token


class KeptAnswer(msgspec.Struct, frozen=True):
    """What an idempotency key already did: `id` is a hash over actor, route and key.

    `sealed` is the secret of the answer; neither this record nor the key alone opens it.
    """

    id: UUID
    version: int
    request_hash: bytes
    token_id: UUID
    sealed: bytes
    created_at: Moment


Record: TypeAlias = (
    Deployment
    | Catalogue
    | Organization
    | Person
    | Password
    | Membership
    | PolicyGroup
    | Token
    | FamilyEnd
    | SigningKey
    | KeptAnswer
)
"""Everything that is kept with an id and a version."""


class Guard(msgspec.Struct, frozen=True):
    """The version of a record that a decision relied on. 0: there was no such record."""

    record: type[Record]
    id: UUID
    version: int


class Put(msgspec.Struct, frozen=True):
    """Writes a whole record. Version 1 inserts it; any other replaces the version before.

    A replaced version needs its guard in the same change.
    """

    record: Record


class Drop(msgspec.Struct, frozen=True):
    """Removes a record for good; the guard names the version that goes."""

    record: type[Record]
    id: UUID


class Change(msgspec.Struct, frozen=True):
    """What one operation wants written, all or nothing, together with its events.

    `organization_id` is the tenant boundary, or DEPLOYMENT.
    """

    organization_id: UUID
    guards: tuple[Guard, ...]
    writes: tuple[Put | Drop, ...]
    events: tuple[Event, ...]


class Committed(msgspec.Struct, frozen=True):
    """Durable. `records` are the written ones with everything that only the commit knew."""

    sequence: int
    moment: Moment
    records: tuple[Record, ...]


class Conflict(msgspec.Struct, frozen=True):
    """Nothing was written: something relied on has changed, or a unique name was taken."""


class FeedEntry(msgspec.Struct, frozen=True):
    """One step of the change feed: what a committed event touched, as (record name, id)."""

    sequence: int
    moment: Moment
    operation_id: UUID
    organization_id: UUID
    touched: tuple[tuple[str, UUID], ...]


class FeedGone(Exception):  # noqa: N818 -- an answer: start again from a snapshot
    """The feed no longer reaches back to the cursor asked for."""


class SignInRecord(msgspec.Struct, frozen=True):
    """What sign-in needs of a person, read in one snapshot."""

    person: Person
    password: Password | None
    memberships: tuple[Membership, ...]


class Page(msgspec.Struct, frozen=True):
    """A slice of a list: `order` names a column, `size` and `offset` count rows."""

    order: str
    descending: bool
    offset: int
    size: int


class GroupCount(msgspec.Struct, frozen=True):
    """A policy group and how many people's memberships carry it."""

    group: PolicyGroup
    people: int


class TokenSource(Protocol):
    """Where verification finds a token: the store, a cache over it, or a replica."""

    def find(self, key: bytes | UUID) -> Found | None:
        """Find a token by the fingerprint of its string, or by id once a signature was checked."""


class Store(TokenSource, Protocol):
    """Keeps everything. Every read is one snapshot; every write is a `Change`.

    All methods raise Unavailable when they cannot tell.
    """

    @property
    def broken(self) -> Exception | None:
        """Why everything is refused from now on: a sync failed. None while all is well."""

    def commit(self, change: Change) -> Committed | Conflict:
        """Write a change if all its guards still hold; return only once it is durable."""

    def find_token(self, organization_id: UUID, token_id: UUID) -> Found | None:
        """Find a token for managing it, within one organization only."""

    def page_tokens(
        self, organization_id: UUID, kind: str, holder_id: UUID | None, page: Page
    ) -> tuple[Token, ...]:
        """A page of an organization's tokens of one kind that are not revoked."""

    def find_groups(self, organization_id: UUID, ids: tuple[UUID, ...]) -> tuple[PolicyGroup, ...]:
        """Those of the named groups that the organization has."""

    def page_groups(self, organization_id: UUID, page: Page) -> tuple[GroupCount, ...]:
        """A page of an organization's policy groups."""

    def find_group(self, organization_id: UUID, group_id: UUID) -> GroupCount | None:
        """One policy group of an organization."""

    def find_group_named(self, organization_id: UUID, name: str) -> PolicyGroup | None:
        """The group of an organization whose name is this one, without regard to case."""

    def find_for_sign_in(self, email: str) -> SignInRecord | None:
        """The person with this canonical e-mail, password, and memberships that have not ended."""

    def standing(self, membership_id: UUID) -> Standing | None:
        """What a membership rests on, as for judging one of its tokens."""

    def find_kept_answer(self, answer_id: UUID) -> KeptAnswer | None:
        """What an idempotency key already did."""

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """All signing keys, oldest first."""

    def deployment(self) -> Deployment | None:
        """The deployment's own record; None before it was set up."""

    def catalogue(self) -> Catalogue:
        """The permissions of the deployment; empty and of version 0 before it was set up."""

    def head(self) -> tuple[int, Moment]:
        """The last feed sequence and the moment of its commit."""

    def feed(self, after: int, limit: int) -> tuple[FeedEntry, ...]:
        """The feed behind a cursor, oldest first; raise FeedGone when it does not reach back."""

    def events(
        self, organization_id: UUID | None, after: int, limit: int
    ) -> tuple[RecordedEvent, ...]:
        """Events behind a sequence, oldest first, of one organization or (None) of all."""

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

    def give_back(self, key: bytes, interval: int) -> None:
        """Take back one counted attempt that was no guess."""


class Clock(Protocol):
    """The moment now, one reading per operation."""

    def now(self) -> Moment:
        """Microseconds since the epoch, never before what was applied from the feed."""


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


class Signer(Protocol):
    """Signs tokens with the active key and checks the signature of ours."""

    def sign(self, typ: str, claims: dict[str, str | int | list[str]]) -> Secret:
        """Sign claims as a JWT of this explicit type."""

    def token_id(self, text: Secret, typs: frozenset[str], issuer: str) -> UUID | None:
        """The `jti` of a string that we signed as one of these types; None for anything else."""


class Sealer(Protocol):
    """Seals an answer's secret so that only who asked can open it again."""

    def seal(self, secret: Secret, key_material: tuple[Secret, ...], context: bytes) -> bytes:
        """Seal under a key derived from all the material, bound to the context."""

    def open(
        self, sealed: bytes, key_material: tuple[Secret, ...], context: bytes
    ) -> Secret | None:
        """Open; None when the material or the context is another."""
