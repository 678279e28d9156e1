"""The life of signing keys: first ones, rotation, giving up; and what verifiers are shown."""

import json
from collections.abc import Callable
from itertools import count
from uuid import UUID

import pytest
from msgspec.structs import replace

from signing.house import ISSUER, LONGEST, SESSION, SOMEBODY, START, TYPS, House, Node, write
from tokenhouse.core.events import Name
from tokenhouse.core.moment import HOUR, SECOND, Moment
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.core.signing_key import SIGNED_LATE, KeyState, SigningKey
from tokenhouse.operations.decide import ATTEMPTS


def states(house: House) -> list[str]:
    return [listed.state.value for listed in house.signing_keys.listed(SOMEBODY)]


def shown(house: House) -> list[str]:
    return [key["kid"] for key in house.keys.published()["keys"]]


def events(house: House) -> list[tuple[str, str]]:
    return [
        (event.name, json.loads(event.body)["subject"]) for event in house.store.events(None, 0, 50)
    ]


class Meddling:
    """A smith in whose every work something else is done first, as by another process."""

    def __init__(self, house: House, meddle: Callable[[], object]) -> None:
        self.house = house
        self.meddle = meddle
        self.worked = 0

    def make(self, key_id: UUID, master_key_id: str, now: Moment) -> SigningKey:
        self._meddle()
        return self.house.smith.make(key_id, master_key_id, now)

    def reseal(self, key: SigningKey, master_key_id: str) -> SigningKey:
        self._meddle()
        return self.house.smith.reseal(key, master_key_id)

    def _meddle(self) -> None:
        self.worked += 1
        self.meddle()


def meddled(house: House, meddle: Callable[[], object]) -> tuple[Node, Meddling]:
    smith, node = Meddling(house, meddle), house.other_process()
    drawn = count(1)
    node.work_with(smith, lambda n: bytes([next(drawn)]) * n)
    return node, smith


def touch(house: House, state: KeyState) -> None:
    (key,) = house.in_state(state)
    write(house.store, replace(key, version=key.version + 1))


def test_a_deployment_begins_with_an_active_key_and_a_pending_one(house):
    assert sorted(states(house)) == ["active", "pending"]
    for key in house.store.signing_keys():
        assert key.version == 1
        assert key.algorithm == "ES256"
        assert key.master_key_id == house.master.id
        public = json.loads(key.public)
        assert public.keys() == {"kty", "crv", "x", "y", "kid", "alg", "use"}
        assert public["kid"] == str(key.id)
        assert (public["kty"], public["crv"]) == ("EC", "P-256")
        assert (public["alg"], public["use"]) == ("ES256", "sig")


def test_rotation_moves_each_key_one_state_on_and_publishes_a_fresh_one(house):
    (active,), (pending,) = (house.in_state(state) for state in (KeyState.ACTIVE, KeyState.PENDING))
    house.clock.move(300 * SECOND)
    rotated = house.turn()
    now = house.clock.now()
    by_id = {key.id: key for key in house.store.signing_keys()}
    assert by_id[active.id].state(now) is KeyState.RETIRING
    assert by_id[pending.id].state(now) is KeyState.ACTIVE
    assert by_id[pending.id].activated_at == now
    assert by_id[rotated.pending.id].state(now) is KeyState.PENDING
    assert by_id[active.id].retires_at == now + 24 * HOUR + SIGNED_LATE
    assert by_id == {key.id: key for key in (rotated.active, rotated.retiring, rotated.pending)}


def test_the_private_part_of_a_retiring_key_is_gone_at_once(house):
    house.rotate()
    (retiring,) = house.in_state(KeyState.RETIRING)
    assert retiring.sealed is None


def test_retired_keys_stay_on_record(house):
    for _ in range(3):
        house.rotate()
    house.clock.move(25 * HOUR)
    assert sorted(states(house)) == ["active", "pending", "retired", "retired", "retired"]


def test_sessions_live_through_a_rotation_until_they_could_not_be_renewed(house):
    text = house.sign()
    house.rotate()
    assert house.knows(text)
    house.clock.move(24 * HOUR + SIGNED_LATE - 1)
    assert house.knows(text)
    house.clock.move(1)
    assert not house.knows(text)


def test_a_pending_key_that_verifiers_may_not_know_does_not_become_active(house):
    house.clock.move(300 * SECOND - 1)
    with pytest.raises(Refused, match="has not been published for 300 seconds yet") as refused:
        house.turn()
    assert refused.value.code is Code.UNPROCESSABLE
    assert "try again in 1 seconds" in refused.value.public
    assert sorted(states(house)) == ["active", "pending"]
    house.clock.move(1)
    house.turn()


def test_a_hurried_rotation_does_not_wait(house):
    house.turn(0)
    house.turn(0)
    assert sorted(states(house)) == ["active", "pending", "retiring", "retiring"]


def test_verifiers_are_shown_the_active_key_first_and_no_private_part(house):
    house.rotate()
    house.rotate()
    in_order = [
        str(key.id)
        for state in (KeyState.ACTIVE, KeyState.RETIRING, KeyState.PENDING)
        for key in house.in_state(state)
    ]
    assert len(in_order) == 4
    assert shown(house) == in_order
    for key in house.keys.published()["keys"]:
        assert key.keys() == {"kty", "crv", "x", "y", "kid", "alg", "use"}


def test_a_member_that_is_not_public_never_leaves_with_the_published_keys(house):
    (active,) = house.in_state(KeyState.ACTIVE)
    public = json.dumps({**json.loads(active.public), "d": "secret"})
    write(house.store, replace(active, version=2, public=public))
    assert "secret" not in json.dumps(house.keys.published())


def test_a_retiring_key_is_shown_until_its_last_token_expires_and_verifies_longer(house):
    text = house.sign()
    house.rotate()
    (retiring,) = house.in_state(KeyState.RETIRING)
    house.clock.move(LONGEST + SIGNED_LATE - 1)
    assert str(retiring.id) in shown(house)
    house.clock.move(1)
    assert str(retiring.id) not in shown(house)
    assert house.knows(text)


def test_rotation_is_one_change_with_its_events(house):
    before = house.store.head()[0]
    house.clock.move(300 * SECOND)
    rotated = house.turn()
    recorded = house.store.events(None, before, 50)
    assert [event.name for event in recorded] == [Name.KEY_ROTATED, Name.KEY_CREATED]
    assert {event.organization_id for event in recorded} == {DEPLOYMENT}
    first, second = (json.loads(event.body) for event in recorded)
    assert (first["subject"], first["actor"]) == (str(rotated.active.id), None)
    assert first["details"] == {
        "predecessor": str(rotated.retiring.id),
        "predecessor_verifies_until": "2030-01-02T00:06:00Z",
        "published_seconds": 300,
    }
    assert second["subject"] == str(rotated.pending.id)


def test_of_two_rotations_at_once_one_is_decided_again_and_then_refused(house):
    house.clock.move(300 * SECOND)
    once = [house]
    node, _ = meddled(house, lambda: once.pop().turn() if once else 0)
    with pytest.raises(Refused, match="has not been published"):
        node.turn()
    assert sorted(states(house)) == ["active", "pending", "retiring"]


@pytest.mark.parametrize("relied_on", [KeyState.ACTIVE, KeyState.PENDING])
def test_a_rotation_that_never_comes_through_is_given_up(house, relied_on):
    node, smith = meddled(house, lambda: touch(house, relied_on))
    with pytest.raises(Unavailable):
        node.turn(0)
    assert smith.worked == ATTEMPTS
    assert sorted(states(house)) == ["active", "pending"]


def test_where_nothing_was_set_up_there_is_nothing_to_rotate(house):
    house.keys.abandon(house.master.id)
    for state in (KeyState.ACTIVE, KeyState.PENDING):
        (key,) = house.in_state(state)
        write(house.store, replace(key, version=2, retires_at=START))
        with pytest.raises(Refused, match="No signing key is"):
            house.turn(0)


def test_giving_up_ends_every_key_at_once_and_begins_anew(house):
    before = house.sign()
    house.rotate()
    after = house.sign()
    old = {key.id for key in house.store.signing_keys()}
    ended = house.keys.abandon(house.master.id)
    assert {key.id for key in ended} == old
    assert not house.knows(before)
    assert not house.knows(after)
    assert all(key.sealed is None for key in house.in_state(KeyState.RETIRED))
    assert old.isdisjoint(UUID(kid) for kid in shown(house))
    assert len(shown(house)) == 2
    assert house.knows(house.sign())
    assert house.keyring.claimed(house.sign(), TYPS, ISSUER) is not None
    assert house.keyring.sign(SESSION, {}).reveal().count(".") == 2


def test_giving_up_is_recorded_key_by_key(house):
    before = events(house)
    old = [str(key.id) for key in house.store.signing_keys()]
    house.keys.abandon(house.master.id)
    new = [str(key.id) for key in house.store.signing_keys() if str(key.id) not in old]
    recorded = events(house)[len(before) :]
    assert recorded[:2] == [(Name.KEY_ABANDONED, key) for key in old]
    assert sorted(recorded[2:]) == sorted((Name.KEY_CREATED, key) for key in new)


def test_giving_up_leaves_no_key_that_a_rotation_made_meanwhile(house):
    house.clock.move(300 * SECOND)
    once = [house]
    node, _ = meddled(house, lambda: once.pop().turn() if once else 0)
    node.keys.abandon(house.master.id)
    assert sorted(states(house)) == ["active", "pending", "retired", "retired", "retired"]
