"""A change is written whole when all its guards hold, and leaves nothing when one does not."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from conformance.world import World, event, filled, new_id
from tokenhouse.core.events import SALT_BYTES
from tokenhouse.core.identifier import NUMBERS_END, PENDING
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import DEPLOYMENT, Membership, Organization, Person
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Change, Committed, Conflict, Drop, Guard, KeptAnswer, Put
from tokenhouse.store.head import Head
from tokenhouse.store.settle import Stamp, settle


def test_a_change_with_a_stale_guard_leaves_nothing(world: World):
    before = world.image()
    token = world.new_token()
    for guard in (
        Guard(Membership, world.membership.id, 2),
        Guard(Membership, world.membership.id, 0),
        Guard(Membership, new_id(), 1),
        Guard(PolicyGroup, world.membership.id, 1),
    ):
        assert world.commit(Put(token), guards=(guard,)) == Conflict()
    assert world.image() == before
    assert world.store.find(token.id) is None
    assert world.issue().number == 1


def test_a_guard_on_what_is_absent_holds_until_it_is_there(world: World):
    answer = filled(KeptAnswer, version=1)
    guard = Guard(KeptAnswer, answer.id, 0)
    assert isinstance(world.commit(Put(answer), guards=(guard,)), Committed)
    again = replace(answer, sealed=b"another secret")
    assert world.commit(Put(again), guards=(guard,)) == Conflict()
    assert world.commit(Put(again)) == Conflict()
    assert world.store.find_kept_answer(answer.id) == answer


def test_a_replaced_version_is_gone_for_who_still_guards_it(world: World):
    renamed = replace(world.group, version=2, name="Renamed")
    world.put(renamed)
    assert world.commit(Put(replace(world.group, version=2, name="Late"))) == Conflict()
    assert world.store.find_groups(world.organization.id, (world.group.id,)) == (renamed,)


def test_a_removed_record_conflicts_with_who_relied_on_it(world: World):
    guard = Guard(PolicyGroup, world.group.id, 1)
    assert isinstance(world.commit(Drop(PolicyGroup, world.group.id), guards=(guard,)), Committed)
    assert world.store.find_group(world.organization.id, world.group.id) is None
    assert world.commit(Put(world.new_token()), guards=(guard,)) == Conflict()
    assert world.commit(Drop(PolicyGroup, world.group.id), guards=(guard,)) == Conflict()


def test_an_insert_raises_no_version_but_its_own(world: World):
    relied_on = (
        Guard(Membership, world.membership.id, 1),
        Guard(Person, world.person.id, 1),
        Guard(Organization, world.organization.id, 1),
    )
    for _ in range(3):
        assert isinstance(world.commit(Put(world.new_token()), guards=relied_on), Committed)


def test_revoking_all_of_a_holder_makes_an_issue_under_way_fail(world: World):
    read = world.store.standing(world.membership.id)
    assert read is not None
    assert read.membership is not None
    world.revoke_all()
    guard = Guard(Membership, read.membership.id, read.membership.version)
    assert world.commit(Put(world.new_token()), guards=(guard,)) == Conflict()


def test_a_marker_reaches_what_was_issued_before_it_and_nothing_after(world: World):
    old = world.issue()
    marked = world.revoke_all()
    new = world.issue()
    assert old.sequence <= marked.revoked_before < new.sequence
    assert marked.revoked_before == world.store.head()[0] - 1


MARKS = ("sign_ins_revoked_before", "sessions_revoked_before", "grants_revoked_before")


@pytest.mark.parametrize("name", ["deployment", "organization", "person", "membership"])
def test_every_level_has_a_marker_that_the_commit_fills(world: World, name: str):
    kept = getattr(world, name)
    marked = replace(kept, version=2, revoked_before=PENDING)
    outcome = world.put(marked, within=DEPLOYMENT)
    assert outcome.records == (replace(marked, revoked_before=outcome.sequence),)


def test_all_marks_of_a_person_are_filled(world: World):
    marks = dict.fromkeys(("revoked_before", *MARKS), PENDING)
    for names in (*([name] for name in MARKS), list(marks)):
        record = world.store.find_person(world.person.id)
        assert record is not None
        kept = record.person
        marked = replace(kept, version=kept.version + 1, **{name: marks[name] for name in names})
        outcome = world.put(marked, within=DEPLOYMENT)
        filled_in = dict.fromkeys(names, outcome.sequence)
        assert outcome.records == (replace(marked, **filled_in),)
        again = world.store.find_person(world.person.id)
        assert again is not None
        assert again.person == outcome.records[0]


def test_each_event_takes_one_sequence_and_a_change_that_of_its_first(world: World):
    last, _ = world.store.head()
    for number in (1, 3, 2):
        change = replace(
            world.change(Put(world.new_token())),
            events=tuple(event(world.organization.id, at=at) for at in range(number)),
        )
        outcome = world.store.commit(change)
        assert isinstance(outcome, Committed)
        assert outcome.sequence == last + 1
        (token,) = outcome.records
        assert isinstance(token, Token)
        assert token.sequence == last + 1
        last += number
        assert world.store.head() == (last, world.clock.moment)


def test_numbers_count_for_each_kind_alone_and_status_indexes_for_all(world: World):
    given = [
        (token.kind, token.number, token.status_index)
        for token in (
            world.issue(kind="personal"),
            world.issue(kind="organizational"),
            world.issue(kind="personal"),
            world.issue(kind="session", number=None),
            world.issue(kind="organizational", status_index=None),
            world.issue(kind="organizational"),
        )
    ]
    assert given == [
        ("personal", 1, 0),
        ("organizational", 1, 1),
        ("personal", 2, 2),
        ("session", None, 3),
        ("organizational", 2, None),
        ("organizational", 3, 4),
    ]


def test_records_come_back_in_the_order_in_which_they_were_handed_in(world: World):
    old = world.issue()
    new = world.new_token()
    ended = replace(old, version=2, superseded_at=world.clock.moment)
    first, second = world.put(new, ended).records
    assert (first.id, second.id) == (new.id, old.id)
    assert second == ended


def test_a_commit_is_never_dated_before_the_last_one(world: World):
    _, moment = world.store.head()
    world.clock.moment -= 1_000_000
    assert world.put(world.new_token()).moment == moment
    world.clock.moment += 5_000_000
    assert world.put(world.new_token()).moment == world.clock.moment


def _other(world: World) -> Organization:
    other = filled(Organization, version=1)
    world.put(other, within=DEPLOYMENT)
    return other


def test_no_change_reaches_into_an_organization_that_it_does_not_name(world: World):
    other = _other(world)
    foreign = filled(PolicyGroup, version=1, organization_id=other.id)
    world.put(foreign, within=other.id)
    guard = Guard(PolicyGroup, foreign.id, 1)
    mine = world.organization.id
    before = world.image()
    for change in (
        world.change(Put(world.new_token(organization_id=other.id))),
        world.change(Put(replace(other, version=2))),
        world.change(Put(replace(foreign, version=2))),
        world.change(Put(replace(foreign, version=2, organization_id=mine))),
        world.change(Drop(PolicyGroup, foreign.id), guards=(guard,)),
        world.change(Drop(Organization, other.id), guards=(Guard(Organization, other.id, 1),)),
        replace(world.change(Put(world.new_token())), events=(event(other.id),)),
    ):
        with pytest.raises(ValueError, match="organization"):
            world.store.commit(change)
    assert world.image() == before
    assert world.store.find_groups(other.id, (foreign.id,)) == (foreign,)


def test_the_deployment_may_change_any_organization(world: World):
    other = _other(world)
    renamed = replace(other, version=2, name="Renamed")
    assert isinstance(world.commit(Put(renamed), within=DEPLOYMENT), Committed)


def test_a_change_without_its_event_or_its_guard_is_a_fault_of_the_program(world: World):
    token = world.issue()
    later = replace(token, version=2)
    mine = world.organization.id
    happened = (event(mine),)
    exact = Guard(Token, token.id, 1)
    for change in (
        Change(mine, (), (Put(world.new_token()),), ()),
        Change(mine, (), (Put(later),), happened),
        Change(mine, (Guard(Token, token.id, 2),), (Put(later),), happened),
        Change(mine, (Guard(Token, new_id(), 1),), (Put(later),), happened),
        Change(mine, (), (Drop(Token, token.id),), happened),
        Change(mine, (Guard(Token, token.id, 0),), (Drop(Token, token.id),), happened),
        Change(mine, (exact,), (Put(later), Put(later)), happened),
        Change(mine, (), (Put(replace(token, version=0)),), happened),
    ):
        with pytest.raises(ValueError, match="a change"):
            world.store.commit(change)
    assert world.store.commit(Change(mine, (exact,), (Put(later),), happened))


def test_a_change_may_consist_of_its_event_alone(world: World):
    before, _ = world.store.head()
    outcome = world.commit()
    assert outcome == Committed(before + 1, world.clock.moment, ())


def test_a_used_up_counter_gives_no_number_at_all(world: World):
    change = world.change(Put(world.new_token()))
    full = Head(numbers={"personal": NUMBERS_END - 1})
    with pytest.raises(Unavailable):
        settle([change], full, {}, Stamp(0, bytes(SALT_BYTES), UUID(int=1)))
