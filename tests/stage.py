"""A stage for promises: the demo's firm on a store of one's choice, with a clock that is moved.

Everything is the real thing but time and what a password costs: real keys, real records.
"""

import os
from pathlib import Path
from typing import ClassVar, Final
from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.catalogue import PredefinedSet
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Event, Name
from tokenhouse.core.judge import Demand, Verdict
from tokenhouse.core.kind import Asker, Door, Kind, Spelling
from tokenhouse.core.moment import Moment, parse_moment
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import DEPLOYMENT, Membership, Organization, Password, Person
from tokenhouse.demo import firm
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.changes import Change, Committed, Guard, Page, Put, Record
from tokenhouse.operations.issue import Draft, Issued
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.ports import Attempts, Store
from tokenhouse.operations.sign_in import Credentials, SignedIn
from tokenhouse.operations.usage import Usage
from tokenhouse.signing.keys import Smith
from tokenhouse.signing.master_keys import MasterKeys
from tokenhouse.signing.passwords import Argon2Hasher, Cost
from tokenhouse.signing.places import KeyFile
from tokenhouse.store.memory import MemoryUsage
from tokenhouse.wiring import Parts, build

START = parse_moment("2026-03-10T09:00:00Z")
ADMINISTRATOR = "anna@nordlicht.example"
CLIENT = "carl@nordlicht.example"
OPERATOR = "olga@nordlicht.example"
PASSWORD = "correct horse battery staple"

CHEAP: Final = Cost(memory_kib=8)
"""What a password costs here: nobody attacks a stage, and thousands of sign-ins wait for it."""


class MovedClock:
    """Stands still until it is moved."""

    def __init__(self, moment: Moment = START) -> None:
        self.moment = moment

    def now(self) -> Moment:
        return self.moment

    def at(self, uptime: int) -> Moment:  # noqa: ARG002 -- it stands
        return self.now()

    def unjudged(self) -> Moment:
        return self.moment

    def jump(self) -> None:
        """Moving it is no jump."""

    def skipped(self) -> None:
        """Nor does it skip any time."""

    def hold_floor(self, moment: Moment, _accepted: int) -> None:
        self.moment = max(self.moment, moment)

    def measured(self, moment: Moment) -> None:
        """What the store's clock says moves nothing here."""


class HashedOnce(Argon2Hasher):
    """Hashes a password once for all stages: only the salt is the same, and seconds are saved."""

    _hashed: ClassVar[dict[str, str]] = {}

    def hash(self, password: Secret) -> str:
        key = password.reveal()
        if key not in self._hashed:
            self._hashed[key] = super().hash(password)
        return self._hashed[key]


class Stage:
    """The firm, set up in a store, and the authority over it."""

    def __init__(
        self,
        store: Store,
        attempts: Attempts,
        clock: MovedClock,
        directory: Path,
    ) -> None:
        self.store = store
        self.clock = clock
        self.directory = directory
        place = KeyFile(directory / "master.key", os.urandom)
        smith = Smith(MasterKeys(place).find, os.urandom)
        usage = Usage(MemoryUsage(), os.urandom)
        self.parts = Parts(store, attempts, usage, clock, os.urandom, HashedOnce(CHEAP), smith)
        blueprint = firm.blueprint("http://localhost:8080", "th", lambda _: Secret(PASSWORD))
        keys = self.parts.keys().first(place.make().id)
        assert self.parts.set_up()(blueprint, keys)
        deployment = store.deployment()
        assert deployment is not None
        self.authority = build(self.parts, deployment)

    # who acts

    def sign_in(
        self,
        email: str = ADMINISTRATOR,
        organization_id: UUID | None = None,
        *,
        opaque: bool = False,
    ) -> SignedIn:
        credentials = Credentials(email, Secret(PASSWORD), organization_id, "192.0.2.1")
        sign_in = self.authority.sign_in
        return sign_in.opaque(credentials) if opaque else sign_in(credentials)

    def session(self, email: str = ADMINISTRATOR, *permissions: str) -> Caller:
        return caller(self.sign_in(email).secret, Spelling.BEARER, *permissions)

    # what happens

    def issue(
        self, by: Caller, groups: tuple[str, ...] | None = None, expires_at: Moment | None = None
    ) -> Issued:
        ids = None if groups is None else tuple(self.group(name).id for name in groups)
        draft = Draft("a token", expires_at, ids)
        return self.authority.issue(by, self.authority.organizational, draft)

    def issue_personal(self, by: Caller, expires_at: Moment | None = None) -> Issued:
        signed_in = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
        draft = Draft("mine", expires_at, None)
        return self.authority.issue(with_demand(by, signed_in), self.authority.personal, draft)

    def issue_limited(
        self,
        by: Caller,
        *names: str,
        set_id: int | None = None,
        expires_at: Moment | None = None,
    ) -> Issued:
        """A limited token with a list of these names, or one that follows a predefined set."""
        signed_in = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
        listed = frozenset(names) if names else None
        draft = Draft("limited", expires_at, None, permissions=listed, set_id=set_id)
        return self.authority.issue(with_demand(by, signed_in), self.authority.limited, draft)

    def predefine(self, *sets: PredefinedSet) -> None:
        """Let the catalogue have these predefined sets and no others."""
        before = self.store.catalogue()
        last = max([before.last_set, *(one.id for one in sets)])
        self.put(replace(before, version=before.version + 1, sets=sets, last_set=last), before)

    def verdict(
        self, secret: Secret, permission: str | None = None, spelling: Spelling = Spelling.TOKEN
    ) -> Verdict:
        demanded = frozenset({permission}) if permission else frozenset()
        asking = caller(secret, spelling, demand=Demand(Door.RESOURCE, demanded))
        return self.authority.ask.own(asking).verdict

    # what there is

    @property
    def organizational(self) -> Kind:
        return self.authority.organizational

    @property
    def organization_id(self) -> UUID:
        return self.membership(ADMINISTRATOR).organization_id

    def membership(self, email: str) -> Membership:
        record = self.store.find_for_sign_in(email)
        assert record is not None
        return record.memberships[0]

    def person(self, email: str) -> Person:
        record = self.store.find_for_sign_in(email)
        assert record is not None
        return record.person

    def group(self, name: str) -> PolicyGroup:
        page = Page("name", descending=False, offset=0, size=100)
        listed = self.store.page_groups(self.organization_id, page)
        return next(counted.group for counted in listed if counted.group.name == name)

    def found_organization(self, name: str, email: str) -> UUID:
        """Another organization of the same deployment, with one administrator."""
        now, mint = self.clock.now(), Mint(os.urandom, "th")
        organization = Organization(mint.id(now), 1, name, False, 0, now, now)
        group = PolicyGroup(
            mint.id(now), 1, organization.id, "Administrator", "", frozenset(), True, now, now
        )
        person = Person(mint.id(now), 1, email, "Eve", False, False, 0, organization.id, now, now)
        password = Password(person.id, 1, self.parts.hasher.hash(Secret(PASSWORD)))
        membership = Membership(
            mint.id(now), 1, person.id, organization.id, (group.id,), False, None, 0, now, now
        )
        for record in (organization, group, person, password, membership):
            self.put(record)
        return organization.id

    def put(self, record: Record, *before: Record) -> None:
        """Write a record past every operation, as an operator at the database would."""
        guards = tuple(Guard(type(one), one.id, one.version) for one in before)
        event = Event(Name.MEMBERSHIP_CHANGED, DEPLOYMENT, None, None, record.id)
        change = Change(DEPLOYMENT, guards, (Put(record),), (event,))
        assert isinstance(self.store.commit(change), Committed)


def caller(
    secret: Secret,
    spelling: Spelling = Spelling.TOKEN,
    *permissions: str,
    demand: Demand | None = None,
    key: str | None = None,
    request: bytes = b"the same request",
) -> Caller:
    """What a request with this credential brings."""
    return Caller(
        credential=secret,
        spelling=spelling,
        demand=demand or Demand(Door.MANAGEMENT, frozenset(permissions)),
        route="POST /somewhere",
        address="192.0.2.1",
        idempotency_key=None if key is None else Secret(key),
        request_hash=request,
    )


def with_demand(by: Caller, demand: Demand) -> Caller:
    """The same caller at a route with another demand."""
    return replace(by, demand=demand)
