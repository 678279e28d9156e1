"""Links take over nobody: many at once, and whatever is done in whatever order."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from msgspec.structs import replace

from linking import (
    CHOSEN,
    FOREIGNER,
    NEW,
    OTHER,
    accept,
    administrator,
    invite,
    new_group,
    recover,
    redeem,
    signed_in,
    signs_in,
)
from stage import ADMINISTRATOR, CLIENT, OPERATOR, PASSWORD, Stage
from tokenhouse.core.kind import Spelling
from tokenhouse.core.link import RECOVERY_GOOD_FOR
from tokenhouse.core.moment import HOUR
from tokenhouse.core.policy_group import union
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.invite import InvitationDraft
from tokenhouse.operations.links import Made

THREADS = 64
SEEDS = range(8)
STEPS = 60


def all_at_once(
    deed: Callable[[int], object], threads: int = THREADS
) -> tuple[list[int], set[Code]]:
    """Who did it, and how the others were refused; who got no answer asks again."""
    barrier = Barrier(threads)

    def try_it(number: int) -> Code | None:
        barrier.wait()
        while True:
            try:
                deed(number)
            except Refused as refused:
                return refused.code
            except Unavailable:
                continue
            return None

    with ThreadPoolExecutor(threads) as pool:
        outcomes = list(pool.map(try_it, range(threads)))
    winners = [number for number, code in enumerate(outcomes) if code is None]
    return winners, {code for code in outcomes if code is not None}


def passwords() -> list[str]:
    return [f"walnut glacier spindle {number}" for number in range(THREADS)]


def test_of_64_who_redeem_one_recovery_link_one_sets_the_password(stage: Stage):
    made, chosen = recover(stage, CLIENT), passwords()
    winners, refused = all_at_once(lambda number: redeem(stage, made.secret, chosen[number]))
    assert len(winners) == 1
    assert refused == {Code.UNAUTHENTICATED}
    assert signs_in(stage, CLIENT, chosen[winners[0]])
    names = [event.name for event in stage.store.events(None, 0, 1000)]
    assert names.count("recovery:person:used") == 1


def test_of_64_who_accept_one_invitation_one_becomes_a_person(stage: Stage):
    made, chosen = invite(stage, NEW, "Client"), passwords()
    winners, refused = all_at_once(lambda number: accept(stage, made.secret, chosen[number]))
    assert len(winners) == 1
    assert refused == {Code.UNAUTHENTICATED}
    assert signs_in(stage, NEW, chosen[winners[0]])
    names = [event.name for event in stage.store.events(None, 0, 1000)]
    assert names.count("invitation:organization:accepted") == 1


def test_joining_elsewhere_and_being_recovered_at_once_is_never_both(stage: Stage):
    """Whoever comes second sees the first: else an administrator had somebody of two firms."""
    stage.found_organization("Südstrom", FOREIGNER)
    draft = InvitationDraft(CLIENT, "Carl", ())
    made = recover(stage, CLIENT)
    invited = stage.authority.invite(administrator(stage, FOREIGNER), draft)
    deeds = (
        lambda: redeem(stage, made.secret, OTHER),
        lambda: accept(stage, invited.secret, PASSWORD),
    )
    winners, _ = all_at_once(lambda number: deeds[number % 2](), 16)
    assert len(winners) == 1


# a search


class World:
    """Mallory administers the firm, and knows the passwords that he chose, and no other.

    What he may have is reckoned here from the records, by itself and in other words than the
    program's.
    """

    def __init__(self, stage: Stage, dice: random.Random) -> None:
        self.stage = stage
        self.dice = dice
        self.sessions: dict[str, Caller] = {}
        self.foreign = stage.found_organization("Südstrom", FOREIGNER)
        self.firm = stage.membership(OPERATOR).organization_id
        new_group(stage, "Reception", "AccountsUsersWrite", "AccountsUsersRead", "SystemsRead")
        for number in range(3):
            made = invite(stage, f"v{number}@x.example", "Client", by=self.by(OPERATOR))
            accept(stage, made.secret, PASSWORD + "!")
        self.victims = [CLIENT, ADMINISTRATOR, *(f"v{number}@x.example" for number in range(3))]
        self.ids = {self.person_id(email) for email in self.victims}
        self.mallory = "mallory@nordlicht.example"
        accept(stage, invite(stage, self.mallory, "Reception", by=self.by(OPERATOR)).secret, CHOSEN)
        self.mallory_id = self.person_id(self.mallory)
        self.own = {self.mallory_id: CHOSEN}
        self.recoveries: list[tuple[Made, UUID]] = []
        self.invitations: list[Made] = []

    def person_id(self, email: str) -> UUID:
        return self.stage.person(email).id

    def by(self, email: str, password: str = PASSWORD) -> Caller:
        """A session that was started before, while it is good."""
        kept = self.sessions.get(email)
        if kept is None or not self.stage.verdict(kept.credential, None, Spelling.BEARER).active:
            kept = signed_in(self.stage, email, "AccountsUsersWrite", password)
            self.sessions[email] = kept
        return kept

    # what Mallory does

    def steps(self) -> list[Callable[[], None]]:
        attacks = (self.recover, self.redeem, self.redeem, self.mail, self.invite, self.accept)
        world = (self.join_elsewhere, self.operate, self.assign, self.leave, self.weaken, self.wait)
        return [*attacks, *attacks, *world]

    def recover(self) -> None:
        victim = self.dice.choice(sorted(self.ids))
        membership = self.at_firm(victim)
        if membership is None:
            return
        by = self.by(self.mallory, CHOSEN)
        allowed = self.in_charge(victim)
        try:
            made = self.stage.authority.recover.of_member(by, membership.id)
        except Refused:
            assert not allowed
            return
        assert allowed
        self.recoveries.append((made, victim))

    def redeem(self) -> None:
        if not self.recoveries:
            return
        made, victim = self.dice.choice(self.recoveries)
        before = self.record(victim)
        allowed = self.in_charge(victim)
        try:
            redeem(self.stage, made.secret, OTHER)
        except Refused:
            assert self.record(victim).password == before.password
            return
        assert allowed, "somebody was taken over who was not the firm's alone"
        self.own[victim] = OTHER

    def mail(self) -> None:
        victim = self.dice.choice(sorted(self.ids))
        membership = self.at_firm(victim)
        if membership is None:
            return
        by = self.by(self.mallory, CHOSEN)
        allowed, address = self.in_charge(victim), f"m{self.dice.random()}@x.example"
        try:
            self.stage.authority.change_email(by, membership.id, address, None)
        except Refused:
            assert not allowed
            return
        assert allowed

    def invite(self) -> None:
        victim = self.dice.choice(sorted(self.ids))
        groups = (self.stage_group("Administrator"),)
        by = self.by(self.mallory, CHOSEN)
        draft = InvitationDraft(self.record(victim).person.email, "x", groups)
        try:
            self.invitations.append(self.stage.authority.invite(by, draft))
        except Refused:
            assert not self.may_invite()

    def accept(self) -> None:
        """With the link alone, or with a password that he knows."""
        if not self.invitations:
            return
        made, before = self.dice.choice(self.invitations), self.everybody()
        try:
            accepted = accept(self.stage, made.secret, self.dice.choice([CHOSEN, OTHER]))
        except Refused:
            assert self.everybody() == before
            return
        person_id = accepted.person.id
        assert person_id not in before or person_id in self.own, "joined without the password"
        self.own.setdefault(person_id, CHOSEN)

    # what others do

    def join_elsewhere(self) -> None:
        victim = self.dice.choice(sorted(self.ids))
        record = self.record(victim)
        if victim in self.own or any(m.organization_id == self.foreign for m in record.memberships):
            return
        by = self.by(FOREIGNER)
        made = self.stage.authority.invite(by, InvitationDraft(record.person.email, "x"))
        for password in (PASSWORD, PASSWORD + "!"):
            try:
                accept(self.stage, made.secret, password)
            except Refused:
                continue
            return

    def operate(self) -> None:
        person = self.record(self.dice.choice(sorted(self.ids))).person
        self.stage.put(
            replace(person, version=person.version + 1, operator=not person.operator), person
        )

    def assign(self) -> None:
        self.carry(
            self.dice.choice(sorted(self.ids)),
            self.dice.choice([(), ("Client",), ("Client", "Gateway"), ("Administrator",)]),
        )

    def weaken(self) -> None:
        self.carry(self.mallory_id, self.dice.choice([("Reception",), ("Reception",), ("Client",)]))

    def leave(self) -> None:
        """Whoever is elsewhere too may leave the firm, or the other one."""
        record = self.record(self.dice.choice(sorted(self.ids)))
        if len(record.memberships) > 1:
            kept = self.dice.choice(record.memberships)
            later = replace(kept, version=kept.version + 1, ended_at=self.stage.clock.now())
            self.stage.put(later, kept)

    def wait(self) -> None:
        self.stage.clock.moment += self.dice.choice([HOUR, RECOVERY_GOOD_FOR])

    # what there is

    def carry(self, person_id: UUID, names: tuple[str, ...]) -> None:
        kept = self.at_firm(person_id)
        if kept is not None:
            groups = tuple(self.stage_group(name) for name in names)
            self.stage.put(replace(kept, version=kept.version + 1, groups=groups), kept)

    def stage_group(self, name: str) -> UUID:
        found = self.stage.store.find_group_named(self.firm, name)
        assert found is not None
        return found.id

    def record(self, person_id: UUID):
        record = self.stage.store.find_person(person_id)
        assert record is not None
        return record

    def everybody(self) -> dict[UUID, object]:
        return {one: self.record(one) for one in self.ids}

    def at_firm(self, person_id: UUID):
        listed = self.record(person_id).memberships
        return next((one for one in listed if one.organization_id == self.firm), None)

    def rights(self, person_id: UUID) -> frozenset[str]:
        membership = self.at_firm(person_id)
        if membership is None:
            return frozenset()
        groups = self.stage.store.find_groups(self.firm, membership.groups)
        return union(groups, self.stage.store.catalogue())

    def may_invite(self) -> bool:
        return "AccountsUsersWrite" in self.rights(self.mallory_id)

    def in_charge(self, person_id: UUID) -> bool:
        record = self.record(person_id)
        firms = {one.organization_id for one in record.memberships}
        stronger = self.rights(person_id) - self.rights(self.mallory_id)
        return (
            self.may_invite()
            and firms == {self.firm}
            and not record.person.operator
            and not stronger
        )


@pytest.mark.parametrize("stage", ["memory"], indirect=True)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_order_of_edits_invitations_and_recoveries_takes_over_anybody(stage: Stage, seed: int):
    dice = random.Random(seed)
    world = World(stage, dice)
    for _ in range(STEPS):
        dice.choice(world.steps())()
    for victim in world.ids - set(world.own):
        for password in (CHOSEN, OTHER):
            assert not signs_in(stage, world.record(victim).person.email, password)
