"""The engines agree: the same operations, in any order, give the same answers and reads."""

import random
from pathlib import Path
from typing import TypeGuard
from uuid import UUID

import pytest
from msgspec.structs import replace

from conformance.conftest import Engine
from conformance.world import START, HandClock, World, filled
from registered import client_named
from tokenhouse.core.client import Client
from tokenhouse.core.device import Device
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.moment import DAY, HOUR
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import DEPLOYMENT, HolderKind, Membership, Organization, Person
from tokenhouse.core.second_factor import Passkey, SpentChallenge, Totp
from tokenhouse.core.standing import Found, Standing
from tokenhouse.core.token import FamilyEnd, Token
from tokenhouse.kinds.personal import PERSONAL
from tokenhouse.kinds.session import SESSION
from tokenhouse.operations.changes import (
    Change,
    Drop,
    FeedGone,
    Guard,
    KeptAnswer,
    Page,
    Put,
    Record,
    Stretch,
    guard_of,
)
from tokenhouse.operations.ports import Store

STEPS = 250
SEEDS = range(4)
NAMES = ("ops", "OPS", "Straße", "strasse", "reader")
KINDS = (PERSONAL, SESSION, replace(PERSONAL, name="odd", holder=HolderKind.ORGANIZATION))
KEPT = {"personal": 2 * DAY, "session": HOUR}


DROPPED = (PolicyGroup, Client, Device, Passkey, Totp)
"""What can be removed."""


class Play:
    """Random operations, decided from what one store shows and done to all stores alike."""

    def __init__(self, world: World, seed: int) -> None:
        self.dice = random.Random(seed)
        self.world = world
        self.other = filled(Organization, version=1)
        self.known: dict[UUID, Record] = {}
        self.remember(world.person, world.group, world.membership)

    def remember(self, *records: Record) -> None:
        self.known.update({record.id: record for record in records})

    def pick(self, record: type[Record]) -> Record | None:
        some = [kept for kept in self.known.values() if isinstance(kept, record)]
        return self.dice.choice(some) if some else None

    def moment(self) -> int | None:
        return self.dice.choice([None, START + self.dice.randrange(4 * DAY)])

    def token(self) -> Token:
        held = self.dice.random() < 0.6
        member, sibling = self.pick(Membership), self.pick(Token)
        group, client = self.pick(PolicyGroup), self.pick(Client)
        assert member is not None
        mine = self.world.organization.id
        token = self.world.new_token(
            kind=self.dice.choice(["personal", "session", "odd"]),
            holder_kind=HolderKind.MEMBERSHIP if held else HolderKind.ORGANIZATION,
            holder_id=member.id if held else mine,
            groups=self.dice.choice([None, (), (group.id,) if group else ()]),
            number=self.dice.choice([PENDING, None]),
            status_index=self.dice.choice([PENDING, None]),
            expires_at=self.moment(),
            revoked_at=self.moment() if self.dice.random() < 0.2 else None,
            successor_id=self.dice.choice([None, member.id]),
            client_id=None,
        )
        if client is not None and self.dice.random() < 0.5:
            token = replace(token, client_id=client.id)
        if client is not None and self.dice.random() < 0.2:
            token = replace(token, holder_kind=HolderKind.CLIENT, holder_id=client.id)
        device = self.pick(Device)
        if device is not None and self.dice.random() < 0.2:
            token = replace(token, holder_kind=HolderKind.DEVICE, holder_id=device.id)
        if sibling is not None and self.dice.random() < 0.3:
            assert isinstance(sibling, Token)
            token = replace(token, family_id=sibling.family_id)
        if sibling is not None and self.dice.random() < 0.05:
            token = replace(token, fingerprint=sibling.fingerprint)
        return token

    def fresh(self) -> Record:
        person, token = self.pick(Person), self.pick(Token)
        email = person.email if self.dice.random() < 0.3 else f"{self.dice.random()}@example.org"
        choices: list[Record] = [
            self.token(),
            self.token(),
            self.world.new_group(name=self.dice.choice(NAMES)),
            filled(Person, version=1, email=email),
            self.world.new_membership(person.id, groups=(self.world.group.id,)),
            filled(KeptAnswer, version=1, created_at=self.world.clock.moment),
        ]
        client = self.world.new_client()
        sibling = self.pick(Client)
        if isinstance(sibling, Client) and self.dice.random() < 0.2:
            client = replace(client, client_id=sibling.client_id)
        choices.append(client)
        device, like = self.world.new_device(), self.pick(Device)
        if isinstance(like, Device) and self.dice.random() < 0.2:
            device = replace(device, identifier=like.identifier)
        choices.append(device)
        passkey, twin = filled(Passkey, person_id=person.id, version=1), self.pick(Passkey)
        if isinstance(twin, Passkey) and self.dice.random() < 0.2:
            passkey = replace(passkey, credential_id=twin.credential_id)
        choices += [passkey, filled(Totp, version=1)]
        choices.append(filled(SpentChallenge, version=1, expires_at=self.world.clock.moment))
        if isinstance(token, Token):
            mine = self.world.organization.id
            choices.append(FamilyEnd(token.family_id, 1, mine, self.world.clock.moment))
        return self.dice.choice(choices)

    def later(self, kept: Record) -> Record:
        """The next version of a record; sometimes of one that has moved on meanwhile."""
        version = kept.version + (1 if self.dice.random() < 0.9 else 2)
        fields: dict[str, object] = {"version": version}
        if isinstance(kept, Membership):
            fields |= {"ended_at": self.moment(), "revoked_before": PENDING}
        elif isinstance(kept, Client | Device):
            fields |= {"revoked_before": PENDING, "suspended": self.dice.random() < 0.5}
        elif isinstance(kept, PolicyGroup):
            fields |= {"name": self.dice.choice(NAMES)}
        elif isinstance(kept, Token):
            fields |= {"revoked_at": self.moment(), "superseded_at": self.moment()}
            fields |= {"number": self.dice.choice([kept.number, None])}
        return replace(kept, **fields)

    def change(self) -> Change:
        fresh = {one.id: one for one in (self.fresh() for _ in range(self.dice.randrange(3)))}
        writes: list[Put | Drop] = [Put(one) for one in fresh.values()]
        guards: list[Guard] = []
        kept = self.dice.choice(list(self.known.values()))
        if self.dice.random() < 0.4:
            later = self.later(kept)
            writes.append(Put(later))
            guards.append(Guard(type(kept), kept.id, later.version - 1))
        elif self.dice.random() < 0.1 and isinstance(kept, DROPPED):
            writes.append(Drop(type(kept), kept.id))
            guards.append(guard_of(kept))
        if self.dice.random() < 0.2:
            guards.append(Guard(type(kept), kept.id, kept.version))
        self.dice.shuffle(writes)
        change = self.world.change(*writes, guards=tuple(guards), within=DEPLOYMENT)
        return replace(change, events=change.events * self.dice.choice([1, 1, 3]))


def _is_device(record: Record) -> TypeGuard[Device]:
    return isinstance(record, Device)


def _pages(store: Store, organization_id: UUID, order: str) -> list[object]:
    return [
        store.page_tokens(organization_id, kind, None, Page(order, descending, offset, 7))
        for kind in ("personal", "session", "odd")
        for descending in (False, True)
        for offset in (0, 5)
    ]


def _feed(store: Store, after: int) -> object:
    try:
        return store.feed(after, 1000)
    except FeedGone:
        return "gone"


def _reads(play: Play, store: Store) -> list[object]:
    mine = play.world.organization.id
    everyone = tuple(play.known)
    orders = ("created_at", "updated_at", "expires_at", "description", "number")
    return [
        store.head(),
        [store.find(one) for one in everyone],
        [store.find(one.fingerprint) for one in play.known.values() if isinstance(one, Token)],
        [store.find_token(mine, one) for one in everyone],
        [store.find_token_numbered(mine, "personal", number) for number in range(20)],
        [store.standing(one) for one in everyone],
        [store.find_group(mine, one) for one in everyone],
        [store.find_group_named(mine, name) for name in NAMES],
        [store.find_kept_answer(one) for one in everyone],
        [store.find_spent(one) for one in everyone],
        store.totps_under_another("no key", UUID(int=0), 1000),
        [store.find_for_sign_in(p.email) for p in play.known.values() if isinstance(p, Person)],
        [client_named(store, c.client_id) for c in play.known.values() if isinstance(c, Client)],
        [store.one_client(mine, one) for one in everyone],
        [store.page_clients(mine, Stretch(9, descending=down)) for down in (False, True)],
        [store.find_device(mine, d.identifier) for d in play.known.values() if _is_device(d)],
        [store.one_device(whose, one) for one in everyone for whose in (mine, None)],
        [store.numbered_device(whose, n) for n in range(20) for whose in (mine, None)],
        [
            store.page_devices(whose, Stretch(9, descending=down))
            for down in (False, True)
            for whose in (mine, None)
        ],
        store.find_groups(mine, everyone),
        store.find_tokens(mine, everyone),
        [store.outline_tokens(mine, one, KINDS, 9) for one in everyone],
        [_pages(store, mine, order) for order in orders],
        [store.page_groups(mine, Page(o, o == "name", 0, 9)) for o in ("name", "created_at")],
        store.events(None, 0, 10_000),
        store.events(mine, 3, 20),
        [_feed(store, after) for after in (0, 5, store.head()[0])],
    ]


def _kept(store: Store, one: UUID) -> Found | None:
    return store.anew(lambda: store.find(one))


def _remembers_wrongly(play: Play, store: Store) -> list[UUID]:
    """Tokens that are found otherwise than they are kept; what is purged may be remembered."""
    wrong = []
    for one in play.known:
        kept, found = _kept(store, one), store.find(one)
        if kept is not None and (found is None or _apart(found) != _apart(kept)):
            wrong.append(one)
    return wrong


def _apart(found: Found) -> tuple[Token, Standing]:
    return found.token, found.standing


@pytest.mark.parametrize("seed", SEEDS)
def test_all_engines_answer_the_same_whatever_is_done(
    engines: dict[str, Engine], tmp_path: Path, seed: int
):
    clock = HandClock()
    stores = [make(tmp_path, clock, _same) for make in engines.values()]
    play = Play(World(stores[0], clock), seed)
    for store in stores[1:]:
        store.commit(play.world.founding)
    won = 0
    for step in range(STEPS):
        clock.moment += play.dice.randrange(HOUR)
        if play.dice.random() < 0.06:
            now, limit = clock.moment + play.dice.randrange(DAY), play.dice.randrange(1, 9)
            assert len({store.purge(now, KEPT, limit) for store in stores}) == 1
        change = play.change()
        outcomes = [store.commit(change) for store in stores]
        assert outcomes.count(outcomes[0]) == len(stores)
        if hasattr(outcomes[0], "records"):
            won += 1
            play.remember(*outcomes[0].records)
        if step % 25 == 0:
            reads = [store.anew(lambda at=store: _reads(play, at)) for store in stores]
            assert reads.count(reads[0]) == len(stores)
        assert not any(_remembers_wrongly(play, store) for store in stores)
    assert STEPS // 4 < won < STEPS


def _same(n: int) -> bytes:
    return bytes(n)
