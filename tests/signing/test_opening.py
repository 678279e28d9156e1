"""Sealed keys open under their own master key, in their own row, and otherwise not at all."""

import os

import pytest
from msgspec.structs import replace

from signing.house import House, write
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.signing_key import KeyState
from tokenhouse.signing.keys import Smith
from tokenhouse.signing.master_key import MasterKey, MasterKeyError
from tokenhouse.signing.master_keys import MasterKeys, refuse_unopenable


def start(house: House) -> None:
    """What a server does before it serves."""
    place = house.other_process().place
    smith = Smith(MasterKeys(place).find, os.urandom)
    command = f"tokenhouse keys abandon --data {house.directory} --yes"
    refuse_unopenable(house.store, place, smith, command)


def swap_sealed_parts(house: House) -> None:
    (active,), (pending,) = (house.in_state(state) for state in (KeyState.ACTIVE, KeyState.PENDING))
    write(
        house.store,
        replace(active, version=2, sealed=pending.sealed),
        replace(pending, version=2, sealed=active.sealed),
    )


def test_with_its_master_key_it_starts(house):
    start(house)
    house.rotate()
    start(house)


def test_two_sealed_parts_that_were_exchanged_open_nowhere(house):
    swap_sealed_parts(house)
    for key in house.store.signing_keys():
        with pytest.raises(Unavailable, match="does not open"):
            house.smith.open(key)
    with pytest.raises(Unavailable):
        house.sign()
    with pytest.raises(MasterKeyError, match="although its master key is there"):
        start(house)


def test_a_sealed_part_under_another_public_part_is_refused(house):
    (active,), (pending,) = (house.in_state(state) for state in (KeyState.ACTIVE, KeyState.PENDING))
    write(house.store, replace(active, version=2, public=pending.public))
    with pytest.raises(Unavailable, match="do not belong together"):
        house.sign()
    with pytest.raises(MasterKeyError, match="do not belong together"):
        start(house)


def test_a_row_that_names_another_master_key_does_not_open(house):
    (active,) = house.in_state(KeyState.ACTIVE)
    other = MasterKey(bytes(32))
    smith = Smith(lambda _: other, os.urandom)
    with pytest.raises(Unavailable, match="does not open"):
        smith.open(replace(active, master_key_id=other.id))


def test_an_erased_private_part_is_not_opened(house):
    house.rotate()
    (retiring,) = house.in_state(KeyState.RETIRING)
    with pytest.raises(Unavailable, match="erased"):
        house.smith.open(retiring)


def test_without_the_master_key_it_does_not_start_and_says_what_to_do(house):
    path = house.directory / "master.key"
    path.unlink()
    with pytest.raises(MasterKeyError) as raised:
        start(house)
    sentence = str(raised.value)
    assert house.master.id in sentence
    assert f"looked in {path} and {path}.new" in sentence
    assert "ends all signed tokens (every session) at once, while opaque tokens live on" in sentence
    assert f"tokenhouse keys abandon --data {house.directory} --yes" in sentence
    assert not path.exists()


def test_with_another_master_key_it_does_not_start_and_names_both(house):
    path = house.directory / "master.key"
    path.unlink()
    other = house.other_process().place.make()
    with pytest.raises(MasterKeyError) as raised:
        start(house)
    assert house.master.id in str(raised.value)
    assert f"where {other.id} is" in str(raised.value)


def test_a_running_process_that_loses_the_file_goes_on_and_a_new_one_cannot_sign(house):
    house.sign()
    (house.directory / "master.key").unlink()
    house.sign()
    other = house.other_process()
    with pytest.raises(Unavailable, match="is not to be had"):
        other.sign()


def test_a_file_that_others_may_read_is_inability_in_a_running_process(house):
    (house.directory / "master.key").chmod(0o644)
    with pytest.raises(Unavailable, match="chmod 600"):
        house.other_process().sign()


def test_without_the_master_key_old_tokens_verify_until_new_keys_end_them(house):
    text = house.sign()
    (house.directory / "master.key").unlink()
    other = house.other_process()
    assert other.knows(text)
    other.keys.abandon(other.place.make().id)
    assert not other.knows(text)
    start(house)
    assert other.knows(other.sign())
