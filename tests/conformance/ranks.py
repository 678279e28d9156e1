"""People and tokens of every rank in a house, written past every operation, and what each holds.

What a credential may do is said here from the ranks alone, in a few lines that share nothing with
the judge.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from functools import cached_property
from itertools import count
from typing import Any, Final, NamedTuple
from uuid import UUID

from msgspec.structs import replace

from conformance.dialects import Outcome, told
from conformance.house import AT_CLIENTS, CLIENTS, FOREIGNER, TWIN, Credential, House, Made
from registered import register
from stage import ADMINISTRATOR, OPERATOR
from tokenhouse.boundary import Face, Route
from tokenhouse.core.kind import Door, Kind, Spelling
from tokenhouse.core.permission import DEPLOYMENT_PERMISSIONS, PRODUCT_PERMISSIONS
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Membership, Organization
from tokenhouse.demo import firm
from tokenhouse.kinds.limited import LIMITED
from tokenhouse.kinds.personal import PERSONAL
from tokenhouse.operations.mint import Mint, Owner, presented_as
from tokenhouse.store.settle import Head

EVERYTHING: Final = PRODUCT_PERMISSIONS | {entry.name for entry in firm.CATALOGUE}
LISTED: Final = EVERYTHING - {
    "AccountTokenWrite",
    "AccountsUsersWrite",
    "ClientsWrite",
    *(entry.name for entry in firm.CATALOGUE if entry.manages_access),
}
"""What a limited token can carry of it, whatever its list names."""
_SPELLED: Final = {
    "session": {Spelling.BEARER, Spelling.X_ACCESS_TOKEN, Spelling.SESSION},
    TWIN: {Spelling.SESSION, Spelling.COOKIE},
    "personal": {Spelling.TOKEN, Spelling.X_ACCESS_TOKEN, Spelling.SESSION},
    "limited_personal": {Spelling.TOKEN, Spelling.X_ACCESS_TOKEN, Spelling.SESSION},
    "organizational": {Spelling.TOKEN},
    "access": {Spelling.BEARER},
    "refresh": set(),
    CLIENTS: {Spelling.BEARER},
    "device": {Spelling.X_ACCESS_TOKEN},
}
_DOORS: Final = {
    "session": {"resource", "verify", "management", "devices"},
    TWIN: {"resource", "verify", "management", "devices"},
    "personal": {"resource", "verify", "management", "devices"},
    "limited_personal": {"resource", "verify", "management", "devices"},
    "organizational": {"resource", "verify", "management", "asking"},
    "access": {"resource", "verify"},
    "refresh": set(),
    CLIENTS: {"resource", "verify", "asking"},
    "device": {"resource", "verify", "devices"},
}
_ASKERS: Final = {
    "session": {"anyone", "person", "signed in"},
    TWIN: {"anyone", "person", "signed in"},
    "personal": {"anyone", "person"},
    "limited_personal": {"anyone", "person"},
    "organizational": {"anyone"},
    "access": {"anyone", "person"},
    "refresh": set(),
    CLIENTS: {"anyone"},
    "device": {"anyone", "device"},
}

_HELD: Final = {kind.name: kind for kind in (PERSONAL, LIMITED)}

_numbers: Final = count(1)


class Rank(NamedTuple):
    """Who asks: with which permissions, and what is special about it."""

    name: str
    held: frozenset[str]

    @property
    def here(self) -> bool:
        """Whether it belongs to the house's own organization, in good standing."""
        return self.name not in {"suspended", "foreign administrator"}

    def holds(self, kind: str) -> frozenset[str]:
        """What a token of this kind may do for it."""
        if kind == "device":
            return frozenset()
        if self.name == "operator" and kind in {"session", TWIN}:
            return EVERYTHING | DEPLOYMENT_PERMISSIONS
        return self.held & (LISTED if kind == "limited_personal" else EVERYTHING)


def ranks(demanded: frozenset[str]) -> list[Rank]:
    """Every rank, as far as a demand tells them apart."""
    return [
        Rank("member without groups", frozenset()),
        Rank("member with exactly that", demanded),
        *(Rank(f"member without {name}", demanded - {name}) for name in sorted(demanded)),
        Rank("administrator", EVERYTHING),
        Rank("operator", EVERYTHING),
        Rank("foreign administrator", EVERYTHING),
        Rank("suspended", EVERYTHING),
    ]


def demanded(route: Route) -> frozenset[str]:
    """The permissions that a route asks for, with the one that stands in its path."""
    assert route.demand is not None
    named = {"SystemsRead"} if "{permission}" in route.path else set()
    return route.demand.permissions | named


def expected(face: Face, route: Route, rank: Rank, kind: str, spelling: Spelling) -> Outcome:
    """What comes of a credential at a route, as far as the dialect of the face tells it."""
    return told(face, _expected(face, route, rank, kind, spelling))


def _expected(face: Face, route: Route, rank: Rank, kind: str, spelling: Spelling) -> Outcome:
    demand, needed = route.demand, demanded(route)
    assert demand is not None
    if rank.name == "suspended" or spelling not in face.spellings or spelling not in _SPELLED[kind]:
        return Outcome.UNAUTHENTICATED
    if demand.door.value not in _DOORS[kind]:
        return Outcome.UNAUTHENTICATED
    managing = demand.door in {Door.MANAGEMENT, Door.DEVICES}
    manages_nothing = managing and not demand.permissions
    if demand.asker.value not in _ASKERS[kind] or (kind == "limited_personal" and manages_nothing):
        return Outcome.FORBIDDEN
    if demand.itself and kind == "device":
        return Outcome.ALLOWED
    if needed <= rank.holds(kind) or demand.everywhere in rank.holds(kind):
        return Outcome.ALLOWED
    is_listed = kind != "limited_personal" or needed - rank.holds("personal")
    return Outcome.FORBIDDEN if is_listed else Outcome.NOT_LISTED


class Ranked:
    """Credentials of every rank and kind in one house, each made once."""

    def __init__(self, at: House) -> None:
        self._at = at
        self._mint = Mint(os.urandom, "th")
        self._emails: dict[Rank, str] = {}
        self._groups: dict[frozenset[str], PolicyGroup] = {}
        self._made: dict[tuple[Rank, str], Credential] = {}
        self._numbers: dict[Rank, str] = {}

    @cached_property
    def weak(self) -> dict[str, str]:
        """Ids of what gives nothing: whoever may deal with such things at all may with these."""
        weak = self._organizational(Rank("member without groups", frozenset()))
        return {"token_id": str(weak.token.id)}

    def credential(self, rank: Rank, kind: str) -> Credential:
        """A token of this kind for somebody of this rank."""
        if (rank, kind) not in self._made:
            self._made[rank, kind] = self._make(rank, kind).credential
        return self._made[rank, kind]

    def number(self, rank: Rank) -> str:
        """The number of the device of this rank, which has a token."""
        self.credential(rank, "device")
        return self._numbers[rank]

    def email(self, rank: Rank) -> str:
        """Somebody of this rank."""
        usual = {
            "administrator": ADMINISTRATOR,
            "operator": OPERATOR,
            "foreign administrator": FOREIGNER,
        }
        if rank.name in usual:
            return usual[rank.name]
        if rank not in self._emails:
            self._emails[rank] = self._join(rank)
        return self._emails[rank]

    def _join(self, rank: Rank) -> str:
        if rank.name == "suspended":
            return self._at.join("Administrator")
        return self._at.join(*(self.group(rank.held).name,) if rank.held else ())

    def group(self, permissions: frozenset[str]) -> PolicyGroup:
        """A group that has exactly these names in its record."""
        if permissions not in self._groups:
            group = replace(
                self._at.stage.group("Client"),
                id=self._mint.id(self._at.stage.clock.now()),
                version=1,
                name=f"exactly {next(_numbers)}",
                permissions=permissions,
            )
            self._at.stage.put(group)
            self._groups[permissions] = group
        return self._groups[permissions]

    def _make(self, rank: Rank, kind: str) -> Made:
        if kind == "organizational":
            return self._organizational(rank)
        if kind == CLIENTS:
            return self._client(rank)
        if kind == "device":
            return self._device(rank)
        stage, email = self._at.stage, self.email(rank)
        membership = stage.membership(email)
        if rank.name == "suspended" and membership.suspended:
            self._suspend(membership, suspended=False)
        if kind in {"session", TWIN}:
            signed_in = stage.sign_in(email, opaque=kind == TWIN)
            spelling = Spelling.SESSION if kind == TWIN else Spelling.BEARER
            made = Made(Credential(signed_in.secret, spelling), signed_in.token)
        elif kind in AT_CLIENTS:
            application = register(stage, organization_id=membership.organization_id)
            made = self._at.granted(kind, email, application)
        else:
            owner = Owner(membership.organization_id, membership.id, membership.person_id)
            made = self._put(_HELD[kind], owner, None)
        if rank.name == "suspended":
            self._suspend(stage.membership(email), suspended=True)
        return made

    def _suspend(self, membership: Membership, *, suspended: bool) -> None:
        later = replace(membership, version=membership.version + 1, suspended=suspended)
        self._at.stage.put(later, membership)

    def _put(self, kind: Kind, owner: Owner, groups: tuple[UUID, ...] | None) -> Made:
        secret = self._mint.string(kind)
        token = self._mint.token(kind, owner, self._at.stage.clock.now())
        named = EVERYTHING if kind is LIMITED else None
        token = replace(presented_as(token, secret), groups=groups, permissions=named)
        self._at.stage.put(token)
        return Made(Credential(secret, Spelling.TOKEN), token)

    def _device(self, rank: Rank) -> Made:
        stage, is_foreign = self._at.stage, rank.name == "foreign administrator"
        made = self._at.equipped(self._at.foreign if is_foreign else self._at.own)
        if rank.name == "suspended":
            device = stage.store.one_device(None, made.token.holder_id)
            assert device is not None
            stage.put(replace(device, version=device.version + 1, suspended=True), device)
        self._numbers[rank] = self._at.number(made)
        return made

    def _client(self, rank: Rank) -> Made:
        """An access token of a client that is allowed what the rank holds."""
        stage, is_foreign = self._at.stage, rank.name == "foreign administrator"
        where = self._at.foreign if is_foreign else self._at.own
        application = register(stage, organization_id=where, permissions=rank.held)
        made = self._at.granted(CLIENTS, "", application)
        if rank.name == "suspended":
            client = application.client
            stage.put(replace(client, version=client.version + 1, suspended=True), client)
        return made

    def _organizational(self, rank: Rank) -> Made:
        stage = self._at.stage
        organization_id, groups = self._at.own, self._groups_of(rank)
        if rank.name == "suspended":
            organization_id, groups = self._suspended_organization()
        elif rank.name == "foreign administrator":
            organization_id = self._at.foreign
        owner = Owner(organization_id, organization_id, stage.person(ADMINISTRATOR).id)
        return self._put(stage.organizational, owner, groups)

    def _groups_of(self, rank: Rank) -> tuple[UUID, ...]:
        if rank.name.startswith("member"):
            return (self.group(rank.held).id,) if rank.held else ()
        return self._at.stage.membership(self.email(rank)).groups

    def _suspended_organization(self) -> tuple[UUID, tuple[UUID, ...]]:
        stage, email = self._at.stage, f"boss{next(_numbers)}@shut.example"
        organization_id = stage.found_organization("Shut", email)
        membership = stage.membership(email)
        standing = stage.store.standing(membership.id)
        assert standing is not None
        before: Organization = standing.organization
        stage.put(replace(before, version=before.version + 1, suspended=True), before)
        return organization_id, membership.groups


class Kept:
    """All that a house in memory holds now, to go back to."""

    def __init__(self, at: House) -> None:
        self._records: Any = at.switch._kept
        self._attempts: Any = at.stage.parts.attempts
        self._then = _copied(self._records)
        self._counted = _copied(self._attempts)

    def restore(self) -> None:
        """Forget whatever happened since."""
        for holder, then in ((self._records, self._then), (self._attempts, self._counted)):
            for name, value in then.items():
                setattr(holder, name, copy(value))


def _copied(holder: object) -> dict[str, Any]:
    return {
        name: copy(value)
        for name, value in vars(holder).items()
        if isinstance(value, dict | list | Head)
    }


@contextmanager
def as_it_was(at: House) -> Iterator[None]:
    """Whatever happens within is forgotten afterwards. For a house in memory."""
    kept = Kept(at)
    try:
        yield
    finally:
        kept.restore()
