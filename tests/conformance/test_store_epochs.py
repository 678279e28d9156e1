"""The epoch of an organization rises with what its tokens rest on, and with nothing else."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from conformance.world import World, filled
from tokenhouse.core.client import Client
from tokenhouse.core.device import Device
from tokenhouse.core.principal import DEPLOYMENT, Organization, Person
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Committed, Drop, Guard, Put, Record


def epoch(world: World, token: Token) -> int:
    found = world.store.anew(lambda: world.store.find(token.id))
    assert found is not None
    return found.epoch


def later(record: Record) -> Record:
    return replace(record, version=record.version + 1)


def stranger(world: World) -> Token:
    """A token of another organization, whose people and groups are its own."""
    other = filled(Organization, version=1)
    person = filled(Person, version=1, default_organization_id=other.id)
    membership = world.new_membership(person.id, organization_id=other.id, groups=())
    token = world.new_token(organization_id=other.id, holder_id=membership.id)
    world.put(other, person, membership, token, within=DEPLOYMENT)
    return token


def client_of(world: World) -> Client:
    client = world.new_client()
    world.put(client)
    return client


def device_of(world: World) -> Device:
    return world.put(world.new_device()).written(Device)


CONCERNS_ONE: dict[str, Callable[[World], Record]] = {
    "organization": lambda world: world.organization,
    "membership": lambda world: world.membership,
    "group": lambda world: world.group,
    "person": lambda world: world.person,
    "client": client_of,
    "device": device_of,
}
CONCERNS_ALL: dict[str, Callable[[World], Record]] = {
    "deployment": lambda world: world.deployment,
    "catalogue": lambda world: world.catalogue,
}


@pytest.mark.parametrize("name", CONCERNS_ONE)
def test_a_change_of_what_tokens_rest_on_raises_the_epoch_of_its_organization_alone(
    world: World, name: str
):
    token, foreign = world.issue(), stranger(world)
    record = CONCERNS_ONE[name](world)
    before = epoch(world, token), epoch(world, foreign)
    world.put(later(record), within=DEPLOYMENT)
    assert epoch(world, token) > before[0]
    assert epoch(world, foreign) == before[1]


@pytest.mark.parametrize("name", CONCERNS_ALL)
def test_a_change_of_the_deployment_raises_every_epoch(world: World, name: str):
    token, foreign = world.issue(), stranger(world)
    before = epoch(world, token), epoch(world, foreign)
    world.put(later(CONCERNS_ALL[name](world)), within=DEPLOYMENT)
    assert epoch(world, token) > before[0]
    assert epoch(world, foreign) > before[1]


def test_a_rotation_of_signing_keys_raises_every_epoch_and_a_new_key_none(world: World):
    token = world.issue()
    key = filled(SigningKey, version=1)
    before = epoch(world, token)
    world.put(key, within=DEPLOYMENT)
    assert epoch(world, token) == before
    world.put(later(key), within=DEPLOYMENT)
    assert epoch(world, token) > before


@pytest.mark.parametrize("name", ["group", "client"])
def test_a_removed_group_or_client_raises_the_epoch(world: World, name: str):
    token, gone = world.issue(), CONCERNS_ONE[name](world)
    before = epoch(world, token)
    guard = Guard(type(gone), gone.id, gone.version)
    outcome = world.commit(Drop(type(gone), gone.id), guards=(guard,))
    assert isinstance(outcome, Committed)
    assert epoch(world, token) > before


def test_a_person_raises_the_epoch_of_every_organization_that_he_is_in(world: World):
    token, foreign = world.issue(), stranger(world)
    joined = world.new_membership(world.person.id, organization_id=foreign.organization_id)
    world.put(joined, within=DEPLOYMENT)
    before = epoch(world, token), epoch(world, foreign)
    world.put(later(world.person), within=DEPLOYMENT)
    assert epoch(world, token) > before[0]
    assert epoch(world, foreign) > before[1]


def test_new_people_groups_clients_and_tokens_raise_nothing(world: World):
    token = world.issue()
    before = epoch(world, token)
    person = filled(Person, version=1)
    new = (person, world.new_membership(person.id), world.new_group(), world.new_client())
    world.put(*new, within=DEPLOYMENT)
    issued = world.issue()
    world.put(replace(issued, version=2, description="changed"))
    world.put(later(world.password), within=DEPLOYMENT)
    world.end_family(issued.family_id)
    assert epoch(world, token) == before


def test_a_loser_raises_nothing(world: World):
    token = world.issue()
    before = epoch(world, token)
    stale = Guard(Token, token.id, token.version + 7)
    world.commit(Put(later(world.group)), guards=(stale,))
    assert epoch(world, token) == before
