"""What may exist only once is a conflict for the second one, and free again after the first."""

import pytest
from msgspec.structs import replace

from conformance.world import World, filled, new_id
from registered import client_named
from tokenhouse.core.client import Client
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import DEPLOYMENT, Organization, Person
from tokenhouse.operations.changes import Committed, Conflict, Drop, Guard, Put, Record


def _client(world: World) -> Client:
    client = world.new_client()
    world.put(client)
    return client


def _twin(world: World, name: str) -> Record:
    token = world.issue()
    return {
        "e-mail": lambda: filled(Person, version=1, email=world.person.email),
        "short name": lambda: filled(Person, version=1, short_name=world.person.short_name),
        "group": lambda: world.new_group(name=world.group.name),
        "membership": lambda: world.new_membership(world.person.id),
        "fingerprint": lambda: world.new_token(fingerprint=token.fingerprint),
        "client id": lambda: world.new_client(client_id=_client(world).client_id),
        "number": lambda: world.new_token(number=token.number),
        "status index": lambda: world.new_token(status_index=token.status_index),
    }[name]()


@pytest.mark.parametrize(
    "name",
    [
        "e-mail",
        "short name",
        "group",
        "membership",
        "fingerprint",
        "client id",
        "number",
        "status index",
    ],
)
def test_a_second_one_is_a_conflict_and_leaves_nothing(world: World, name: str):
    twin = _twin(world, name)
    before = world.image()
    assert world.commit(Put(twin), Put(world.new_token())) == Conflict()
    assert world.image() == before
    assert world.commit(Put(replace(twin, id=new_id()))) == Conflict()
    assert isinstance(world.commit(Put(world.new_token())), Committed)


def test_a_token_whose_id_is_taken_is_a_conflict_and_leaves_the_first_as_it_was(world: World):
    """Though nobody relied on its being free."""
    first = world.issue()
    before = world.image()
    twin = replace(world.new_token(), id=first.id)
    change = world.change(Put(world.new_token()), Put(twin))
    assert world.store.commit(replace(change, guards=())) == Conflict()
    assert world.image() == before


@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        ("Operators", "OPERATORS"),
        ("Straße", "STRASSE"),
        ("Zoë", "ZOE\u0308"),
        ("\u212bngstro\u0308m", "ångström"),
    ],
)
def test_names_of_groups_are_the_same_whatever_their_case_and_composition(
    world: World, kept: str, asked: str
):
    group = world.new_group(name=kept)
    world.put(group)
    assert world.commit(Put(world.new_group(name=asked))) == Conflict()
    assert world.store.find_group_named(world.organization.id, asked) == group
    assert world.store.find_group_named(world.organization.id, asked + "x") is None


def test_another_organization_may_use_the_same_names(world: World):
    other = filled(Organization, version=1)
    group = world.new_group(organization_id=other.id, name=world.group.name)
    joined = world.new_membership(world.person.id, organization_id=other.id)
    world.put(other, group, joined, within=DEPLOYMENT)
    assert world.store.find_group_named(other.id, group.name) == group
    assert world.store.find_group_named(world.organization.id, group.name) == world.group


def test_a_name_is_free_again_once_nobody_has_it(world: World):
    world.put(replace(world.group, version=2, name="Another"))
    heir = world.new_group(name=world.group.name)
    world.put(heir)
    gone = Guard(PolicyGroup, heir.id, 1)
    assert isinstance(world.commit(Drop(PolicyGroup, heir.id), guards=(gone,)), Committed)
    world.put(world.new_group(name=world.group.name))
    world.put(replace(world.person, version=2, email="new@example.org"))
    world.put(filled(Person, version=1, email=world.person.email))


def test_a_client_id_is_unique_in_the_whole_deployment_and_free_again_once_it_is_removed(
    world: World,
):
    client = _client(world)
    other = filled(Organization, version=1)
    world.put(other, within=DEPLOYMENT)
    twin = world.new_client(client_id=client.client_id, organization_id=other.id)
    assert world.commit(Put(twin), within=DEPLOYMENT) == Conflict()
    gone = Guard(Client, client.id, 1)
    assert isinstance(world.commit(Drop(Client, client.id), guards=(gone,)), Committed)
    assert client_named(world.store, client.client_id) is None
    world.put(twin, within=DEPLOYMENT)
    assert client_named(world.store, client.client_id) == twin


def test_an_ended_membership_makes_room_for_a_new_one_even_in_the_same_change(world: World):
    ended = replace(world.membership, version=2, ended_at=world.clock.moment)
    again = world.new_membership(world.person.id)
    for writes in ((Put(again), Put(ended)),):
        assert isinstance(world.commit(*writes), Committed)
    signed_in = world.store.find_for_sign_in(world.person.email)
    assert signed_in is not None
    assert signed_in.memberships == (again,)
    back = replace(ended, version=3, ended_at=None)
    assert world.commit(Put(back)) == Conflict()


def test_a_name_changes_hands_in_one_change(world: World):
    heir = world.new_group(name=world.group.name)
    renamed = replace(world.group, version=2, name="Another")
    assert isinstance(world.commit(Put(heir), Put(renamed)), Committed)
    assert world.store.find_group_named(world.organization.id, heir.name) == heir


def test_a_number_changes_hands_in_one_change_and_stands_once(world: World):
    token = world.issue()
    heir = world.new_token(number=token.number)
    handed_on = replace(token, version=2, number=None)
    assert isinstance(world.commit(Put(heir), Put(handed_on)), Committed)
    assert token.number is not None
    found = world.store.find_token_numbered(world.organization.id, "personal", token.number)
    assert found is not None
    assert found.token.id == heir.id
    assert world.commit(Put(replace(token, version=3)), guards=()) == Conflict()
    assert world.issue().number == token.number + 1


def test_a_number_that_a_conflict_did_not_take_is_not_lost(world: World):
    assert world.issue().number == 1
    taken = world.new_group(name=world.group.name)
    assert world.commit(Put(world.new_token()), Put(taken)) == Conflict()
    token = world.issue(number=PENDING)
    assert (token.number, token.status_index) == (2, 1)
