"""What is sealed opens in one place only, for one who has all of the material."""

import os

import pytest

from tokenhouse.core.credential import Secret
from tokenhouse.signing.sealing import AnswerSealer, bound, seal, unseal

KEY = bytes(32)
ANSWER = Secret("tho_the-answer-that-is-shown-once")
MATERIAL = (Secret("credential"), Secret("key"))


def test_it_opens_with_the_same_key_and_context():
    sealed = seal(b"plain", KEY, b"row 1", os.urandom)
    assert b"plain" not in sealed
    assert unseal(sealed, KEY, b"row 1") == b"plain"


def test_it_does_not_open_elsewhere_or_with_another_key():
    sealed = seal(b"plain", KEY, b"row 1", os.urandom)
    assert unseal(sealed, KEY, b"row 2") is None
    assert unseal(sealed, b"\x01" + KEY[1:], b"row 1") is None


def test_every_byte_counts_and_none_can_be_taken_or_added():
    sealed = seal(b"plain", KEY, b"row 1", os.urandom)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        assert unseal(bytes(changed), KEY, b"row 1") is None
        assert unseal(sealed[:place], KEY, b"row 1") is None
    assert unseal(sealed + b"\x00", KEY, b"row 1") is None


def test_sealing_twice_gives_two_different_strings():
    assert seal(b"plain", KEY, b"", os.urandom) != seal(b"plain", KEY, b"", os.urandom)


def test_joined_parts_cannot_be_split_otherwise():
    lists = [(b"ab", b"c"), (b"a", b"bc"), (b"abc",), (b"abc", b""), (b"", b"abc")]
    assert len({bound(*parts) for parts in lists}) == len(lists)


def test_an_answer_opens_for_the_same_credential_and_key():
    sealer = AnswerSealer(os.urandom)
    sealed = sealer.seal(ANSWER, MATERIAL, b"answer 1")
    assert ANSWER.reveal().encode() not in sealed
    assert sealer.open(sealed, MATERIAL, b"answer 1").reveal() == ANSWER.reveal()


@pytest.mark.parametrize(
    ("material", "context"),
    [
        ((Secret("other"), Secret("key")), b"answer 1"),
        ((Secret("credential"), Secret("other")), b"answer 1"),
        ((Secret("key"), Secret("credential")), b"answer 1"),
        ((Secret("credentialk"), Secret("ey")), b"answer 1"),
        ((Secret("credentialkey"),), b"answer 1"),
        (MATERIAL, b"answer 2"),
    ],
)
def test_an_answer_opens_for_nobody_else_and_at_no_other_place(material, context):
    sealer = AnswerSealer(os.urandom)
    assert sealer.open(sealer.seal(ANSWER, MATERIAL, b"answer 1"), material, context) is None


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + bytes(27), bytes(60)])
def test_what_was_never_sealed_does_not_open(sealed):
    assert AnswerSealer(os.urandom).open(sealed, MATERIAL, b"") is None
