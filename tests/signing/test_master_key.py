"""The master key: its text, its id, and that it cannot slip out."""

import base64
import pickle

import pytest

from tokenhouse.signing.master_key import MasterKey, parse, torn

KEY = bytes(range(32))
TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


def test_the_text_form_is_unpadded_base64url_and_reads_back():
    key = MasterKey(KEY)
    assert key.text().reveal() == TEXT
    assert parse(TEXT).id == key.id


@pytest.mark.parametrize("text", [TEXT + "=", f" {TEXT}\n", f"{TEXT}=\r\n"])
def test_padding_and_outer_white_space_are_forgiven(text):
    assert parse(text).id == MasterKey(KEY).id


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        TEXT + "A",
        TEXT[:-1] + "9",  # the same 32 bytes but for bits that are thrown away
        TEXT[:20] + " " + TEXT[20:],
        TEXT[:20] + "+" + TEXT[21:],
        TEXT[:20] + "é" + TEXT[21:],
        base64.b16encode(KEY).decode(),
        TEXT + "==",
    ],
)
def test_any_other_text_is_no_key(text):
    assert parse(text) is None


def test_the_id_is_frozen_and_is_not_a_plain_digest_of_the_key():
    assert MasterKey(KEY).id == "28800899c64fb456"


def test_purposes_get_keys_of_their_own():
    key = MasterKey(KEY)
    assert key.derive("one") != key.derive("two")
    assert key.derive("one") == MasterKey(KEY).derive("one")
    assert KEY not in {key.derive("one"), key.derive("two")}


def test_it_does_not_print_or_serialize_itself():
    key = MasterKey(KEY)
    for shown in (repr(key), str(key), f"{key}", repr(key.text())):
        assert TEXT not in shown
        assert KEY.hex() not in shown
        assert repr(KEY) not in shown
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_a_key_of_another_size_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        MasterKey(KEY[:31])


def test_only_a_beginning_of_a_key_counts_as_torn():
    assert all(torn(TEXT[:length]) for length in range(43))
    assert not torn(TEXT)
    assert not torn("not a key!")
    assert not torn(TEXT[:10] + "\n")
