"""What a token or a client is found to rest on is what is kept now, however often it was found."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from conformance.world import World
from tokenhouse.core.client import Client
from tokenhouse.core.device import Device
from tokenhouse.core.principal import DEPLOYMENT, HolderKind
from tokenhouse.core.standing import Standing
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Committed, Drop, Guard, Record


def later(record: Record) -> Record:
    return replace(record, version=record.version + 1)


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

OF_A_STANDING: dict[str, Callable[[Standing], Record | None]] = {
    "organization": lambda standing: standing.organization,
    "membership": lambda standing: standing.membership,
    "group": lambda standing: standing.groups[0],
    "person": lambda standing: standing.person,
    "client": lambda standing: standing.client,
    "device": lambda standing: standing.device,
    "deployment": lambda standing: standing.deployment,
    "catalogue": lambda standing: standing.catalogue,
}


def standing(world: World, token: Token) -> Standing:
    found = world.store.find(token.id)
    again = world.store.find(token.id)
    assert found == again
    assert found is not None
    return found.standing


def registered(world: World) -> Client:
    client = world.new_client()
    world.put(client)
    return client


@pytest.mark.parametrize("name", [name for name in OF_A_STANDING if name != "device"])
def test_a_token_that_was_found_before_rests_on_what_is_kept_now(world: World, name: str):
    client = registered(world)
    token = world.issue(client_id=client.id)
    standing(world, token)
    record = client if name == "client" else (CONCERNS_ONE | CONCERNS_ALL)[name](world)
    world.put(changed := later(record), within=DEPLOYMENT)
    assert OF_A_STANDING[name](standing(world, token)) == changed


@pytest.mark.parametrize("name", ["organization", "device", "deployment", "catalogue"])
def test_a_token_of_a_device_that_was_found_before_rests_on_what_is_kept_now(
    world: World, name: str
):
    device = device_of(world)
    token = world.issue(holder_kind=HolderKind.DEVICE, holder_id=device.id, groups=())
    standing(world, token)
    record = device if name == "device" else (CONCERNS_ONE | CONCERNS_ALL)[name](world)
    world.put(changed := later(record), within=DEPLOYMENT)
    assert OF_A_STANDING[name](standing(world, token)) == changed


@pytest.mark.parametrize("name", ["organization", "client", "deployment", "catalogue"])
def test_a_client_that_was_found_before_rests_on_what_is_kept_now(world: World, name: str):
    client = registered(world)
    assert world.store.standing_of_client(client.client_id) is not None
    record = client if name == "client" else (CONCERNS_ONE | CONCERNS_ALL)[name](world)
    world.put(changed := later(record), within=DEPLOYMENT)
    for _ in range(2):
        found = world.store.standing_of_client(client.client_id)
        assert found is not None
        assert OF_A_STANDING[name](found) == changed


def test_what_was_removed_is_rested_on_no_more(world: World):
    client = registered(world)
    device = device_of(world)
    token = world.issue(client_id=client.id)
    of_device = world.issue(holder_kind=HolderKind.DEVICE, holder_id=device.id, groups=())
    assert standing(world, token).client == client
    assert standing(world, of_device).device == device
    gone = (world.group, client, device)
    guards = tuple(Guard(type(one), one.id, one.version) for one in gone)
    dropped = (Drop(type(one), one.id) for one in gone)
    assert isinstance(world.commit(*dropped, guards=guards), Committed)
    assert standing(world, token).client is None
    assert standing(world, token).groups == ()
    assert standing(world, of_device).device is None
    assert world.store.standing_of_client(client.client_id) is None


def test_the_end_of_a_family_is_its_own_though_all_else_is_shared(world: World):
    token, other = world.issue(), world.issue()
    assert standing(world, token).family_end is None
    ended = world.end_family(token.family_id)
    assert standing(world, token).family_end == ended
    assert standing(world, other).family_end is None


def test_tokens_of_one_holder_at_several_clients_rest_on_their_own(world: World):
    clients = [registered(world), registered(world)]
    tokens = [world.issue(client_id=one.id) for one in clients] + [world.issue(client_id=None)]
    for _ in range(2):
        assert [standing(world, token).client for token in tokens] == [*clients, None]


def test_tokens_of_one_organization_with_other_groups_rest_on_their_own(world: World):
    second = world.new_group()
    world.put(second)
    held = {"holder_kind": HolderKind.ORGANIZATION, "holder_id": world.organization.id}
    groups = ((world.group,), (second,), (second, world.group), ())
    tokens = [world.issue(**held, groups=tuple(group.id for group in one)) for one in groups]
    for _ in range(2):
        assert tuple(standing(world, token).groups for token in tokens) == groups
    (first, *_) = tokens
    world.put(replace(first, version=2, groups=(second.id,)))
    assert standing(world, first).groups == (second,)
