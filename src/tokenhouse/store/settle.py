"""Settles a batch of changes: who wins, what is written, which numbers it gets.

All engines share it, so that an outcome never depends on where records are kept.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.client import Client
from tokenhouse.core.device import COUNTER, Device
from tokenhouse.core.events import SALT_BYTES, RecordedEvent, record
from tokenhouse.core.identifier import NUMBERS_END, PENDING
from tokenhouse.core.link import Link
from tokenhouse.core.moment import Moment
from tokenhouse.core.principal import (
    Deployment,
    Membership,
    Organization,
    Person,
)
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import (
    Change,
    Committed,
    Conflict,
    Drop,
    FeedEntry,
    Put,
)
from tokenhouse.store.head import Head, clocked, stands
from tokenhouse.store.shape import Ref, check_boundary, organization_of, ref_of

Outcome: TypeAlias = Committed | Conflict


class Known(NamedTuple):
    """What settling has to know of a kept record."""

    version: int
    organization_id: UUID | None


ABSENT: Final = Known(0, None)


class Stamp(msgspec.Struct, frozen=True):
    """What a batch is given from outside: the clock's moment, SALT_BYTES an event, its own id."""

    moment: Moment
    salts: bytes
    operation_id: UUID


class Settlement(msgspec.Struct, frozen=True):
    """A settled batch. `writes` are the winners' only, filled, to be carried out in this order."""

    outcomes: tuple[Outcome, ...]
    writes: tuple[Put | Drop, ...]
    events: tuple[RecordedEvent, ...]
    entries: tuple[FeedEntry, ...]
    head: Head


def settle(
    changes: Sequence[Change], head: Head, known: dict[Ref, Known], stamp: Stamp
) -> Settlement:
    """Settle changes in the order of their arrival; `known` holds every ref of `refs_of`.

    A record that `known` lacks is absent. What a winner writes is known from then on, so a later
    change that guards the version before loses, and leaves no write, event or number.
    Raises ValueError for a change that reaches into another organization, and Unavailable when a
    kind has run out of numbers.
    """
    walk = _Walk(head, known, stamp)
    outcomes = tuple(walk.take(change) for change in changes)
    return walk.settlement(outcomes)


class _Walk:
    def __init__(self, head: Head, known: dict[Ref, Known], stamp: Stamp) -> None:
        self._head = head
        self._known = known
        self._stamp = stamp
        self._moment = max(stamp.moment, head.moment)
        self._link = head.link
        self._numbers = dict(head.numbers)
        self._statuses = head.statuses
        self._writes: list[Put | Drop] = []
        self._events: list[RecordedEvent] = []
        self._entries: list[FeedEntry] = []

    def take(self, change: Change) -> Outcome:
        if not self._holds(change):
            return Conflict()
        sequence = self._head.sequence + len(self._events) + 1
        if change.reading is not None:
            self._head = clocked(self._head, self._moment, change, sequence)
            self._moment = self._head.moment
        writes = [self._filled(write, sequence) for write in change.writes]
        for write in writes:
            self._advance(change, write)
        self._writes.extend(sorted(writes, key=_turn))
        self._record(change)
        records = tuple([write.record for write in writes if isinstance(write, Put)])
        return Committed(sequence, self._moment, records)

    def settlement(self, outcomes: tuple[Outcome, ...]) -> Settlement:
        head = self._head
        if self._events:
            head = replace(
                head,
                sequence=head.sequence + len(self._events),
                moment=self._moment,
                link=self._link,
                numbers=self._numbers,
                statuses=self._statuses,
            )
        return Settlement(
            outcomes=outcomes,
            writes=tuple(self._writes),
            events=tuple(self._events),
            entries=tuple(self._entries),
            head=head,
        )

    def _holds(self, change: Change) -> bool:
        known = self._known
        if not stands(self._head, change):
            return False
        for guard in change.guards:
            if known.get((guard.record, guard.id.int), ABSENT).version != guard.version:
                return False
        for write in change.writes:
            if isinstance(write, Put) and write.record.version == 1:
                if known.get(ref_of(write), ABSENT).version != 0:
                    return False
                if isinstance(write.record, Token) and write.record.id <= self._head.spent:
                    return False
        return True

    def _advance(self, change: Change, write: Put | Drop) -> None:
        ref = ref_of(write)
        organization_id = self._known.get(ref, ABSENT).organization_id
        check_boundary(change, organization_id)
        if isinstance(write, Put):
            self._known[ref] = Known(write.record.version, organization_of(write.record))
        else:
            self._known[ref] = ABSENT

    def _record(self, change: Change) -> None:
        """What a change touched stands in the first entry that each organization sees of it.

        In every entry it would grow with the square of what ends at once.
        """
        touched = tuple(map(_named, change.writes))
        told: list[UUID] = []
        for event in change.events:
            place = len(self._events)
            sequence = self._head.sequence + place + 1
            salt = self._stamp.salts[place * SALT_BYTES : (place + 1) * SALT_BYTES]
            recorded = record(event, sequence, self._moment, salt, self._link)
            self._link = recorded.link
            self._events.append(recorded)
            self._entries.append(
                FeedEntry(
                    sequence,
                    self._moment,
                    self._stamp.operation_id,
                    event.organization_id,
                    () if event.organization_id in told else touched,
                )
            )
            told.append(event.organization_id)

    def _filled(self, write: Put | Drop, sequence: int) -> Put | Drop:
        if isinstance(write, Drop):
            return write
        kept = write.record
        if isinstance(kept, Token):
            if PENDING not in {kept.sequence, kept.number, kept.status_index}:
                return write
            return Put(self._filled_token(kept, sequence))
        if isinstance(kept, Link) and kept.sequence == PENDING:
            return Put(replace(kept, sequence=sequence))
        if isinstance(kept, Person):
            kept = self._filled_person(kept, sequence)
        if isinstance(kept, Device) and kept.number == PENDING:
            kept = replace(kept, number=self._next(COUNTER))
        marked = Deployment | Organization | Person | Membership | Client | Device
        if isinstance(kept, marked) and kept.revoked_before == PENDING:
            kept = replace(kept, revoked_before=sequence)
        return write if kept is write.record else Put(kept)

    def _filled_person(self, person: Person, sequence: int) -> Person:
        if person.sign_ins_revoked_before == PENDING:
            person = replace(person, sign_ins_revoked_before=sequence)
        if person.grants_revoked_before == PENDING:
            person = replace(person, grants_revoked_before=sequence)
        if person.sessions_revoked_before == PENDING:
            person = replace(person, sessions_revoked_before=sequence)
        if person.number == PENDING:
            person = replace(person, number=self._next("person"))
        return person

    def _next(self, counter: str) -> int:
        number = self._numbers[counter] = _within(self._numbers.get(counter, 0) + 1)
        return number

    def _filled_token(self, token: Token, sequence: int) -> Token:
        number, status_index = token.number, token.status_index
        if number == PENDING:
            number = self._next(token.kind)
        if status_index == PENDING:
            status_index = _within(self._statuses)
            self._statuses += 1
        if token.sequence != PENDING:
            sequence = token.sequence
        return replace(token, sequence=sequence, number=number, status_index=status_index)


def _named(write: Put | Drop) -> tuple[str, UUID]:
    if isinstance(write, Put):
        return type(write.record).__name__, write.record.id
    return write.record.__name__, write.id


def _turn(write: Put | Drop) -> int:
    """What goes frees its unique names first, what comes claims them last; on every engine."""
    if isinstance(write, Drop):
        return 0
    return 2 if write.record.version == 1 else 1


def _within(number: int) -> int:
    if number >= NUMBERS_END:
        raise Unavailable("all numbers of this kind are used up")
    return number
