"""Lists that go by ids: whole, without a gap or a repeat, and of nobody else."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from conformance.world import World, event, filled, new_id
from registered import client_named
from tokenhouse.core.link import Link, MakerKind, Purpose
from tokenhouse.core.principal import DEPLOYMENT, HolderKind, Organization, Person
from tokenhouse.operations.changes import Change, Committed, Stretch, Wanted

KINDS = ("organizational", "personal", "session")
ALL = Stretch(100)
Listing = Callable[[World, Stretch], tuple[UUID, ...]]


def _tokens(world: World, stretch: Stretch) -> tuple[UUID, ...]:
    listed = world.store.list_tokens(world.organization.id, Wanted(KINDS), stretch)
    return tuple(found.token.id for found in listed)


def _people(world: World, stretch: Stretch) -> tuple[UUID, ...]:
    return tuple(one.id for one in world.store.page_people(stretch))


def _members(world: World, stretch: Stretch) -> tuple[UUID, ...]:
    listed = world.store.page_members(world.organization.id, stretch)
    return tuple(one.membership.id for one in listed)


def _organizations(world: World, stretch: Stretch) -> tuple[UUID, ...]:
    return tuple(one.id for one in world.store.page_organizations(stretch))


def _links(world: World, stretch: Stretch) -> tuple[UUID, ...]:
    listed = world.store.page_links(world.organization.id, Purpose.INVITATION, stretch)
    return tuple(one.id for one in listed)


def _groups(world: World, stretch: Stretch) -> tuple[UUID, ...]:
    listed = world.store.list_groups(world.organization.id, stretch)
    return tuple(one.group.id for one in listed)


def _clients(world: World, stretch: Stretch) -> tuple[UUID, ...]:
    listed = world.store.page_clients(world.organization.id, stretch)
    return tuple(one.id for one in listed)


def new_link(world: World, **fields: object) -> Link:
    within = {"organization_id": world.organization.id, "version": 1}
    return filled(Link, **within | {"purpose": Purpose.INVITATION} | fields)


def _fill(world: World) -> dict[Listing, tuple[UUID, ...]]:
    """Five more of everything; the ids that each list has to show, in their order."""
    tokens = [world.issue(kind=KINDS[place % 3]) for place in range(5)]
    organizations = [filled(Organization, version=1) for _ in range(5)]
    people = [filled(Person, version=1) for _ in range(5)]
    members = [world.new_membership(one.id) for one in people]
    links = [new_link(world) for _ in range(5)]
    groups = [world.new_group() for _ in range(5)]
    clients = [world.new_client() for _ in range(5)]
    elsewhere = {"organization_id": organizations[0].id}
    foreign = (world.new_group(**elsewhere), world.new_client(**elsewhere))
    kept = (*organizations, *people, *members, *links, *groups, *clients, *foreign)
    world.put(*kept, within=DEPLOYMENT)
    mine = {
        _tokens: tokens,
        _people: [world.person, *people],
        _members: [world.membership, *members],
        _organizations: [world.organization, *organizations],
        _links: links,
        _groups: [world.group, *groups],
        _clients: clients,
    }
    return {listing: tuple(sorted(one.id for one in all_)) for listing, all_ in mine.items()}


def test_a_list_goes_by_ids_and_exactly_backwards(world: World):
    for listing, wanted in _fill(world).items():
        assert listing(world, ALL) == wanted
        assert listing(world, replace(ALL, descending=True)) == wanted[::-1]


@pytest.mark.parametrize("descending", [False, True])
def test_stretches_cut_a_list_without_a_gap_or_a_repeat(world: World, descending: bool):
    for listing, wanted in _fill(world).items():
        seen: list[UUID] = []
        stretch = Stretch(2, descending=descending)
        while part := listing(world, stretch):
            assert len(part) <= 2
            seen += part
            stretch = replace(stretch, after=part[-1])
        assert tuple(seen) == (wanted[::-1] if descending else wanted)


def test_tokens_are_listed_with_what_judging_them_would_find(world: World):
    revoked = world.issue(revoked_at=world.clock.moment - 1)
    ended = world.issue()
    world.end_family(ended.family_id)
    back_end = world.issue(
        kind="organizational",
        holder_kind=HolderKind.ORGANIZATION,
        holder_id=world.organization.id,
        groups=(world.group.id,),
    )
    listed = world.store.list_tokens(world.organization.id, Wanted(KINDS), ALL)
    assert [found.token.id for found in listed] == [revoked.id, ended.id, back_end.id]
    for found in listed:
        assert found == world.store.find_token(world.organization.id, found.token.id)


def test_tokens_are_listed_of_a_kind_a_holder_or_a_family(world: World):
    first = world.issue()
    successor = world.issue(family_id=first.family_id)
    other = world.issue(holder_id=new_id())
    session = world.issue(kind="session")

    def ids(**fields: Any) -> list[UUID]:
        wanted = Wanted(fields.pop("kinds", KINDS), **fields)
        listed = world.store.list_tokens(world.organization.id, wanted, ALL)
        return [found.token.id for found in listed]

    assert ids(kinds=("session",)) == [session.id]
    assert ids(kinds=()) == []
    assert ids(holder_id=world.membership.id) == [first.id, successor.id, session.id]
    assert ids(holder_id=world.membership.id, kinds=("personal",)) == [first.id, successor.id]
    assert ids(family_id=first.family_id) == [first.id, successor.id]
    assert ids(kinds=("personal",)) == [first.id, successor.id, other.id]


def test_who_left_is_no_member_and_members_are_shown_with_their_person(world: World):
    person = filled(Person, version=1)
    membership = world.new_membership(person.id)
    gone = world.new_membership(new_id(), ended_at=world.clock.moment)
    world.put(person, membership, gone, within=DEPLOYMENT)
    first, second = world.store.page_members(world.organization.id, ALL)
    assert (first.membership, first.person) == (world.membership, world.person)
    assert (second.membership, second.person) == (membership, person)


def test_groups_are_listed_with_the_number_of_their_people(world: World):
    (counted,) = world.store.list_groups(world.organization.id, ALL)
    assert counted == world.store.find_group(world.organization.id, world.group.id)
    assert counted.people == 1
    assert world.store.list_groups(new_id(), ALL) == ()


def test_whoever_is_suspended_or_has_left_counts_as_no_active_member(world: World):
    mine, group = world.organization.id, world.group.id
    person = replace(world.person, version=2, suspended=False)
    world.put(person, within=DEPLOYMENT)
    assert world.store.active_members(mine, group) == 1
    for fields in ({"suspended": True}, {"ended_at": world.clock.moment}, {"groups": (new_id(),)}):
        other = filled(Person, version=1, suspended=False)
        member = world.new_membership(other.id, groups=(group,))
        world.put(other, replace(member, **fields), within=DEPLOYMENT)
    suspended = filled(Person, version=1, suspended=True)
    world.put(suspended, world.new_membership(suspended.id, groups=(group,)), within=DEPLOYMENT)
    assert world.store.active_members(mine, group) == 1
    assert world.store.active_members(new_id(), group) == 0


def test_operators_are_counted_who_could_sign_in_and_no_others(world: World):
    before = world.store.active_operators()
    closed = filled(Organization, version=1, suspended=True)
    world.put(closed, within=DEPLOYMENT)
    for person, membership, counts in (
        ({}, {}, True),
        ({"suspended": True}, {}, False),
        ({"operator": False}, {}, False),
        ({}, {"suspended": True}, False),
        ({}, {"ended_at": world.clock.moment}, False),
        ({}, {"organization_id": closed.id}, False),
    ):
        fields = {"operator": True, "suspended": False} | person
        somebody = filled(Person, version=1, **fields)
        member = world.new_membership(somebody.id, **membership)
        world.put(somebody, member, within=DEPLOYMENT)
        assert world.store.active_operators() == before + counts
        before += counts
    world.put(filled(Person, version=1, operator=True, suspended=False), within=DEPLOYMENT)
    assert world.store.active_operators() == before


def test_a_member_is_found_within_the_organization_only(world: World):
    mine, email = world.organization.id, world.person.email
    found = world.store.find_member(mine, world.membership.id)
    assert found is not None
    assert (found.membership, found.person) == (world.membership, world.person)
    assert world.store.find_member_by_email(mine, email) == found
    assert world.store.find_member(new_id(), world.membership.id) is None
    assert world.store.find_member(mine, new_id()) is None
    assert world.store.find_member_by_email(new_id(), email) is None
    assert world.store.find_member_by_email(mine, "nobody@example.org") is None
    ended = replace(world.membership, version=2, ended_at=world.clock.moment)
    world.put(ended)
    assert world.store.find_member(mine, ended.id) is None
    assert world.store.find_member_by_email(mine, email) is None


def test_people_and_organizations_are_found_by_their_ids(world: World):
    found = world.store.find_person(world.person.id)
    assert found is not None
    assert (found.person, found.password) == (world.person, world.password)
    assert found.memberships == (world.membership,)
    assert world.store.find_organization(world.organization.id) == world.organization
    assert world.store.find_person(new_id()) is None
    assert world.store.find_organization(new_id()) is None


def test_a_client_is_found_by_its_name_and_by_its_id_within_its_organization(world: World):
    client = world.new_client()
    world.put(client)
    assert client_named(world.store, client.client_id) == client
    assert client_named(world.store, client.client_id[:-1]) is None
    assert client_named(world.store, "") is None
    assert world.store.one_client(world.organization.id, client.id) == client
    assert world.store.one_client(new_id(), client.id) is None
    assert world.store.one_client(world.organization.id, new_id()) is None


def test_a_link_is_found_by_its_string_and_by_its_id_within_its_organization(world: World):
    link = new_link(world, maker_kind=MakerKind.MEMBERSHIP)
    recovery = new_link(world, purpose=Purpose.RECOVERY)
    world.put(link, recovery)
    assert world.store.find_link(link.fingerprint) == link
    assert world.store.find_link(bytes(32)) is None
    assert world.store.one_link(world.organization.id, link.id) == link
    assert world.store.one_link(new_id(), link.id) is None
    assert _links(world, ALL) == (link.id,)


def test_events_are_told_newest_first_to_whom_they_concern(world: World):
    mine, other, person = world.organization.id, new_id(), world.person.id
    concerning = replace(event(mine), actor=mine, details={"person": str(person)})
    by_a_back_end = replace(event(mine), actor=mine)
    done = replace(event(other), actor=person)
    for one in (concerning, by_a_back_end, done):
        change = Change(DEPLOYMENT, (), (), (one,))
        assert isinstance(world.store.commit(change), Committed)
    head, _ = world.store.head()
    recent = world.store.recent_events
    assert [one.sequence for one in recent(None, None, 3)] == [head, head - 1, head - 2]
    assert [one.sequence for one in recent(mine, None, 2)] == [head - 1, head - 2]
    assert [one.sequence for one in recent(mine, head - 1, 1)] == [head - 2]
    of_person = world.store.recent_events_of_person
    assert [one.sequence for one in of_person(person, None, 9)] == [head, head - 2]
    assert [one.sequence for one in of_person(person, head, 9)] == [head - 2]
    assert of_person(new_id(), None, 9) == ()
    assert {one.person_id for one in of_person(person, None, 9)} == {person}
