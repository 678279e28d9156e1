"""What an operation asks a store to write, what it is answered, and what lists are made of."""

from typing import TypeAlias, TypeVar
from uuid import UUID

import msgspec

from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.client import Client
from tokenhouse.core.device import Device
from tokenhouse.core.events import Event
from tokenhouse.core.link import Link
from tokenhouse.core.moment import Moment
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Deployment, Membership, Organization, Password, Person
from tokenhouse.core.second_factor import (
    NONE,
    Factors,
    Passkey,
    RecoveryCodes,
    SpentChallenge,
    Totp,
)
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.core.token import FamilyEnd, Token


class KeptAnswer(msgspec.Struct, frozen=True):
    """What an idempotency key already did: `id` is a hash over actor, route and key.

    `subject_id` is the token, link or whatever was made. `sealed` is the secret of the answer;
    neither this record nor the key alone opens it.
    """

    id: UUID
    version: int
    request_hash: bytes
    subject_id: UUID
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
    | Link
    | Client
    | Device
    | Totp
    | Passkey
    | RecoveryCodes
    | SpentChallenge
)
"""Everything that is kept with an id and a version."""

R = TypeVar("R", bound=Record)


class Guard(msgspec.Struct, frozen=True, gc=False):
    """The version of a record that a decision relied on. 0: there was no such record."""

    record: type[Record]
    id: UUID
    version: int


def guard_of(record: Record) -> Guard:
    """That a record still has the version in which it was read."""
    return Guard(type(record), record.id, record.version)


class Put(msgspec.Struct, frozen=True, gc=False):
    """Writes a whole record. Version 1 inserts it; any other replaces the version before.

    A replaced version needs its guard in the same change. Whoever has it at hand gives it as
    `before`: then a store need not write what has stayed the same.
    """

    record: Record
    before: Record | None = None


class Drop(msgspec.Struct, frozen=True):
    """Removes a record for good; the guard names the version that goes."""

    record: type[Record]
    id: UUID


class Floor(msgspec.Struct, frozen=True):
    """What the head tells of time: the moment of the last commit, before which no clock answers.

    `accepted` and `jumped` are the sequences of the last acceptance of the clock and of the last
    jump that a process told of; 0 for none.
    """

    moment: Moment
    accepted: int
    jumped: int

    @property
    def doubted(self) -> bool:
        """Whether the clock jumped and was not accepted since."""
        return self.jumped > self.accepted


class Reading(msgspec.Struct, frozen=True):
    """What a change about the clock itself goes by, since that clock may be refused.

    `moment` becomes the commit's; `floor` is what it was compared with, and a guard: the change
    loses where the clock was accepted or told of meanwhile.
    """

    moment: Moment
    floor: Floor


class Change(msgspec.Struct, frozen=True, gc=False):
    """What one operation wants written, all or nothing, together with its events.

    `organization_id` is the tenant boundary, or DEPLOYMENT. `reading` comes with the events of
    the clock, and with no others.
    """

    organization_id: UUID
    guards: tuple[Guard, ...]
    writes: tuple[Put | Drop, ...]
    events: tuple[Event, ...]
    reading: Reading | None = None


class Committed(msgspec.Struct, frozen=True, gc=False):
    """Durable. `records` are the written ones with everything that only the commit knew."""

    sequence: int
    moment: Moment
    records: tuple[Record, ...]

    def written(self, sort: type[R]) -> R:
        """The record of this sort that was written; the first, where there are several."""
        return next(record for record in self.records if isinstance(record, sort))


class Conflict(msgspec.Struct, frozen=True):
    """Nothing was written: something relied on has changed, or a unique name was taken."""


class FeedEntry(msgspec.Struct, frozen=True, gc=False):
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
    factors: Factors = NONE


class Page(msgspec.Struct, frozen=True):
    """A slice of a list: `order` names a column, `size` and `offset` count rows."""

    order: str
    descending: bool
    offset: int
    size: int


class Stretch(msgspec.Struct, frozen=True):
    """A stretch of a list that goes by ids: at most `size` of those behind `after`.

    `descending`: the newest first, and behind means older.
    """

    size: int
    after: UUID | None = None
    descending: bool = False


class Wanted(msgspec.Struct, frozen=True):
    """Which tokens of an organization are asked for: of these kinds, and of one holder or family.

    The states of tokens are not asked for here: they are the judge's to tell.
    """

    kinds: tuple[str, ...]
    holder_id: UUID | None = None
    family_id: UUID | None = None


class Member(msgspec.Struct, frozen=True):
    """A membership that has not ended, with its person."""

    membership: Membership
    person: Person


class GroupCount(msgspec.Struct, frozen=True):
    """A policy group and how many people's memberships carry it."""

    group: PolicyGroup
    people: int
