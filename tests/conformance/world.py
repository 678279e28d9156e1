"""What the store suite is told in: records without a zero value, and changes made of them."""

from collections.abc import Callable
from enum import StrEnum
from itertools import count
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.catalogue import Catalogue, PredefinedSet
from tokenhouse.core.client import Client, ClientSecret, Grant
from tokenhouse.core.device import Device
from tokenhouse.core.events import Event, Name
from tokenhouse.core.identifier import PENDING, uuid7
from tokenhouse.core.moment import HOUR, Moment
from tokenhouse.core.permission import Operation, Permission
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import (
    DEPLOYMENT,
    Deployment,
    HolderKind,
    Membership,
    Organization,
    Password,
    Person,
)
from tokenhouse.core.token import FamilyEnd, Token
from tokenhouse.operations.changes import Change, Committed, Conflict, Drop, Guard, Put, Record
from tokenhouse.operations.ports import Store

CATALOGUE = UUID(int=1)
START: Moment = 1_900_000_000_000_000
"""Years ahead: no other process's clock follows a store that stands there."""
R = TypeVar("R", bound=msgspec.Struct)
_numbers = count(1)


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self, moment: Moment = START) -> None:
        self.moment = moment

    def now(self) -> Moment:
        return self.moment

    def at(self, uptime: int) -> Moment:  # noqa: ARG002 -- it stands
        return self.now()

    def hold_floor(self, moment: Moment, accepted: int) -> None:
        """Nothing: a test may commit in the past."""

    def measured(self, moment: Moment) -> None:
        """Nothing: the test says what time it is."""


def new_id() -> UUID:
    """Ids in the order of their making."""
    number = next(_numbers)
    return uuid7(START + number * 1000, number.to_bytes(10, "big"))


FIRST_NUMBER: Final = 1_000_000
"""Numbers from here on are nobody's by the counter of any test."""


def filled(record: type[R], **fields: object) -> R:
    """A record whose every field has a value that is neither empty nor any other field's."""
    if record is Person:
        fields.setdefault("number", FIRST_NUMBER + next(_numbers))
    if record is Device:
        fields.setdefault("number", FIRST_NUMBER + next(_numbers))
    if record is Client:
        fields.setdefault("client_id", f"{next(_numbers):024}")
    chosen = {
        field.name: fields[field.name] if field.name in fields else _value(field.type)
        for field in msgspec.structs.fields(record)
    }
    return record(**chosen)


def _value(annotation: Any) -> object:
    if get_origin(annotation) in {Union, UnionType}:
        (annotation,) = (part for part in get_args(annotation) if part is not NoneType)
    number = next(_numbers)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return list(annotation)[-1]
    makers: dict[Any, Callable[[], object]] = {
        UUID: new_id,
        int: lambda: START + number,
        bool: lambda: True,
        str: lambda: f'Zoë\'s "no. {number}" \n 電 %s :id',
        bytes: lambda: number.to_bytes(32, "big"),
        tuple[UUID, ...]: lambda: (new_id(), new_id()),
        tuple[str, ...]: lambda: (f"192.0.2.{number % 256}/32", "2001:db8::/32"),
        dict[str, int]: lambda: {"personal": number, "session": number + 1},
        frozenset[str]: lambda: frozenset({f"Right{number}", "SystemsRead"}),
        tuple[Permission, ...]: lambda: (filled(Permission), filled(Permission)),
        tuple[Operation, ...]: lambda: (filled(Operation), filled(Operation)),
        frozenset[Grant]: lambda: frozenset({Grant.PASSWORD, Grant.CLIENT_CREDENTIALS}),
        tuple[ClientSecret, ...]: lambda: (filled(ClientSecret), filled(ClientSecret)),
        tuple[PredefinedSet, ...]: lambda: (filled(PredefinedSet), filled(PredefinedSet)),
    }
    return makers[annotation]()


def guards_of(*writes: Put | Drop) -> tuple[Guard, ...]:
    """The guards that these writes need."""
    return tuple(
        Guard(type(write.record), write.record.id, write.record.version - 1)
        for write in writes
        if isinstance(write, Put)
    )


def event(organization_id: UUID, **details: str | int) -> Event:
    """Some event."""
    return Event(
        Name.TOKEN_CHANGED, organization_id, new_id(), new_id(), new_id(), {"no": 1, **details}
    )


class World:
    """A store with one deployment, an organization, a person and his membership in it."""

    def __init__(self, store: Store, clock: HandClock) -> None:
        self.store = store
        self.clock = clock
        self.deployment = filled(Deployment, id=DEPLOYMENT, version=1, revoked_before=0)
        self.catalogue = filled(Catalogue, id=CATALOGUE, version=1)
        self.organization = filled(Organization, version=1, suspended=False, revoked_before=0)
        self.person = filled(
            Person,
            version=1,
            revoked_before=0,
            sign_ins_revoked_before=0,
            sessions_revoked_before=0,
            default_organization_id=self.organization.id,
            number=PENDING,
        )
        self.password = filled(Password, id=self.person.id, version=1)
        self.group = self.new_group()
        self.membership = self.new_membership(self.person.id, groups=(self.group.id,))
        first = (
            self.deployment,
            self.catalogue,
            self.organization,
            self.person,
            self.password,
            self.group,
            self.membership,
        )
        self.founding = self.change(*map(Put, first), within=DEPLOYMENT)
        founded = store.commit(self.founding)
        assert isinstance(founded, Committed)
        self.person = founded.written(Person)

    def new_group(self, **fields: object) -> PolicyGroup:
        within = {"organization_id": self.organization.id, "version": 1, "fixed": False}
        return filled(PolicyGroup, **within | fields)

    def new_membership(self, person_id: UUID, **fields: object) -> Membership:
        within = {"organization_id": self.organization.id, "version": 1, "ended_at": None}
        at_rest = {"suspended": False, "revoked_before": 0, "person_id": person_id}
        return filled(Membership, **within | at_rest | fields)

    def new_client(self, **fields: object) -> Client:
        within = {"organization_id": self.organization.id, "version": 1, "revoked_before": 0}
        return filled(Client, **within | fields)

    def new_device(self, **fields: object) -> Device:
        within = {"organization_id": self.organization.id, "version": 1, "revoked_before": 0}
        return filled(Device, **within | {"number": PENDING} | fields)

    def new_token(self, **fields: object) -> Token:
        """A live token of the membership, as an operation hands it to the store."""
        token_id = new_id()
        return filled(
            Token,
            **{
                "id": token_id,
                "version": 1,
                "kind": "personal",
                "organization_id": self.organization.id,
                "holder_kind": HolderKind.MEMBERSHIP,
                "holder_id": self.membership.id,
                "family_id": token_id,
                "sequence": PENDING,
                "number": PENDING,
                "status_index": PENDING,
                "expires_at": self.clock.moment + HOUR,
                "superseded_at": None,
                "successor_id": None,
                "revoked_at": None,
            }
            | fields,
        )

    def change(
        self, *writes: Put | Drop, guards: tuple[Guard, ...] = (), within: UUID | None = None
    ) -> Change:
        organization_id = self.organization.id if within is None else within
        all_guards = (*guards_of(*writes), *guards)
        return Change(organization_id, all_guards, writes, (event(organization_id),))

    def commit(
        self, *writes: Put | Drop, guards: tuple[Guard, ...] = (), within: UUID | None = None
    ) -> Committed | Conflict:
        return self.store.commit(self.change(*writes, guards=guards, within=within))

    def put(self, *records: Record, within: UUID | None = None) -> Committed:
        """Write records that nothing stands against."""
        outcome = self.commit(*map(Put, records), within=within)
        assert isinstance(outcome, Committed)
        return outcome

    def issue(self, **fields: object) -> Token:
        """Commit a token; give it as it was written."""
        (token,) = self.put(self.new_token(**fields)).records
        assert isinstance(token, Token)
        return token

    def revoke_all(self, membership: Membership | None = None) -> Membership:
        """Put a marker on a membership."""
        kept = membership or self.membership
        marked = replace(kept, version=kept.version + 1, revoked_before=PENDING)
        (written,) = self.put(marked).records
        assert isinstance(written, Membership)
        return written

    def end_family(self, family_id: UUID) -> FamilyEnd:
        ended = FamilyEnd(family_id, 1, self.organization.id, self.clock.moment)
        self.put(ended)
        return ended

    def image(self) -> tuple[object, ...]:
        """All that a commit can move, seen from outside."""
        return (
            self.store.head(),
            self.store.events(None, 0, 10_000),
            self.store.feed(0, 10_000),
            self.store.find_for_sign_in(self.person.email),
        )
