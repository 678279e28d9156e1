"""Clients: the form of their names and secrets, and what is kept of a secret."""

import hmac
from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.records import BOUNDED
from tokenhouse.core import client as subject
from tokenhouse.core.client import (
    RANDOM_BYTES,
    Client,
    Grant,
    is_public,
    is_secret_of,
    kept_secret,
    mint_client_secret,
    new_client,
    new_client_id,
)
from tokenhouse.core.credential import Secret, checksum, recognise

NOW = 1_900_000_000_000_000
randomness = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)


def secret(number: int) -> Secret:
    return mint_client_secret("th", number.to_bytes(RANDOM_BYTES, "big"))


def client(*secrets: Secret) -> Client:
    kept = tuple(kept_secret(one, UUID(int=place), NOW) for place, one in enumerate(secrets))
    bare = new_client(UUID(int=1), UUID(int=2), "C" * 24, NOW)
    return replace(bare, secrets=kept)


@BOUNDED
@given(randomness)
def test_a_client_id_is_24_letters_and_digits(random: bytes):
    name = new_client_id(random)
    assert len(name) == 24
    assert name.isascii()
    assert name.isalnum()


@BOUNDED
@given(randomness)
def test_a_secret_is_50_characters_of_which_the_last_six_are_a_checksum(random: bytes):
    text = mint_client_secret("th", random).reveal()
    assert len(text) == 50
    assert text.startswith("thc_")
    assert text[4:].isascii()
    assert text[4:].isalnum()
    assert text[44:] == checksum(text[:44].encode())


@BOUNDED
@given(randomness, randomness)
def test_other_randomness_gives_another_id_and_another_secret(one: bytes, other: bytes):
    same = one == other
    assert (new_client_id(one) == new_client_id(other)) == same
    pair = mint_client_secret("th", one), mint_client_secret("th", other)
    assert (pair[0].reveal() == pair[1].reveal()) == same


@pytest.mark.parametrize("short", [b"", bytes(RANDOM_BYTES - 1), bytes(RANDOM_BYTES + 1)])
def test_nothing_is_made_of_too_little_randomness(short: bytes):
    with pytest.raises(ValueError, match="random bytes"):
        new_client_id(short)
    with pytest.raises(ValueError, match="random bytes"):
        mint_client_secret("th", short)


@BOUNDED
@given(randomness)
def test_no_secret_of_a_client_is_taken_for_a_token(random: bytes):
    assert recognise(mint_client_secret("th", random).reveal(), "th") is None


def test_each_of_its_secrets_is_known_and_nothing_near_them():
    one, other = secret(1), secret(2)
    asked = client(one, other)
    assert is_secret_of(asked, one)
    assert is_secret_of(asked, other)
    for near in (secret(3), Secret(one.reveal()[:-1]), Secret(f"{one.reveal()} "), Secret("")):
        assert not is_secret_of(asked, near)
    assert not is_secret_of(client(one), other)


def test_a_client_without_a_secret_is_public_and_knows_none():
    assert is_public(client())
    assert not is_secret_of(client(), Secret(""))
    assert not is_public(client(secret(1)))


@dataclass
class Counting:
    """Compares as it should, and counts how often."""

    compared: int = 0

    def compare_digest(self, one: bytes, other: bytes) -> bool:
        self.compared += 1
        return hmac.compare_digest(one, other)


@pytest.mark.parametrize("presented", [1, 2, 3])
def test_whichever_secret_is_presented_all_are_compared(
    monkeypatch: pytest.MonkeyPatch, presented: int
):
    counting = Counting()
    monkeypatch.setattr(subject, "hmac", counting)
    assert is_secret_of(client(secret(1), secret(2)), secret(presented)) == (presented < 3)
    assert counting.compared == 2


def test_what_is_printed_of_a_client_shows_neither_a_secret_nor_what_is_kept_of_it():
    one = secret(1)
    asked = client(one)
    printed = repr(asked)
    assert one.reveal() not in printed
    assert repr(asked.secrets[0].fingerprint)[2:-1] not in printed
    assert asked.secrets[0].fingerprint.hex() not in printed
    assert str(asked.secrets[0].id) in printed


def test_a_new_client_may_present_a_password_and_is_no_more_than_a_person():
    bare = new_client(UUID(int=1), UUID(int=2), "C" * 24, NOW)
    assert bare.grants == {Grant.PASSWORD, Grant.REFRESH_TOKEN}
    assert bare.permissions is None
    assert not bare.deployment
