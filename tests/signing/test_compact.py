"""The strict reading of a compact JWS, before any signature is looked at."""

import pytest

from signing.forge import b64
from tokenhouse.signing.compact import read, read_object

HEADER = b64(b'{"typ":"session+jwt","alg":"ES256","kid":"k"}')
SIGNATURE = b64(bytes(64))


def test_a_string_of_our_form_is_read():
    found = read(f"{HEADER}.{b64(b'{}')}.{SIGNATURE}")
    assert (found.typ, found.alg, found.kid) == ("session+jwt", "ES256", "k")
    assert (found.payload, found.signature) == (b"{}", bytes(64))


@pytest.mark.parametrize("payload", [b"a", b"ab", b"abc"])
def test_each_segment_has_one_spelling(payload):
    segment = b64(payload)
    assert read(f"{HEADER}.{segment}.{SIGNATURE}") is not None
    others = {
        segment + "=" * (-len(segment) % 4),
        segment + "=",
        segment + "A",
        segment + "\n",
        " " + segment,
        *(segment[:-1] + chr(ord(segment[-1]) + step) for step in (1, 2, 3)),
    } - {segment}
    for other in others:
        found = read(f"{HEADER}.{other}.{SIGNATURE}")
        assert found is None or found.payload != payload, other
    assert read(f"{HEADER}.{segment}.{SIGNATURE[:-1]}B") is None


def test_the_alphabet_is_that_of_urls_alone():
    assert read(f"{HEADER}.{b64(bytes([255] * 3))}.{SIGNATURE}") is not None
    assert read(f"{HEADER}.////.{SIGNATURE}") is None
    assert read(f"{HEADER}.++++.{SIGNATURE}") is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"1",
        b"{",
        b'{"a":NaN}',
        b'{"a":[Infinity]}',
        b'{"a":-Infinity}',
        b'{"a":1,"a":1}',
        b'{"b":{"a":1,"a":2}}',
        b'{"a":1}\xff',
        b'{"a":1} {}',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
    ],
)
def test_what_is_no_plain_json_object_is_not_read(raw):
    assert read_object(raw) is None


def test_a_plain_json_object_is_read():
    assert read_object(b'{"a":[1,{"b":null}]}') == {"a": [1, {"b": None}]}
