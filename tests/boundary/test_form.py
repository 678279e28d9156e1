"""A form is read in one way or not at all."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenhouse.boundary import Request, read_form
from tokenhouse.core.refusal import Code, Refused

KNOWN = frozenset({"code", "email", "password"})
TYPE = "application/x-www-form-urlencoded"


def request(body: bytes, media_type: str | None = TYPE) -> Request:
    headers = {} if media_type is None else {"content-type": (media_type,)}
    return Request("POST", "/", {}, (), headers, body, "", "an id")


def test_fields_are_read_as_they_were_typed():
    body = b"email=a%2Bb%40c&password=+p%C3%A4ss%25%3D%0A+&code="
    assert read_form(request(body), KNOWN) == {
        "email": "a+b@c",
        "password": " päss%=\n ",
        "code": "",
    }


@pytest.mark.parametrize("body", [b"", b"email=", b"email"])
def test_what_was_not_sent_reads_as_empty(body: bytes):
    assert read_form(request(body, f"{TYPE}; charset=UTF-8"), KNOWN) == dict.fromkeys(KNOWN, "")


@pytest.mark.parametrize(
    "body",
    [
        *(b"email=a&email=b", b"email=a&%65mail=b", b"other=1", b"email=a&", b"&", b"=", b"=1"),
        *(b"email=%", b"email=%zz", b"email=%ff", b"email=\xff", b"email=%ed%a0%80", b"Email=a"),
        *(b"email=a;code=b&x", b"email[]=a", b'{"email": "a"}', b"email=a&code=b&password=c&"),
        b"&" * 60_000,
    ],
)
def test_what_has_two_readings_is_refused_and_not_repeated(body: bytes):
    with pytest.raises(Refused) as refused:
        read_form(request(body), KNOWN)
    assert refused.value.code is Code.MALFORMED


@pytest.mark.parametrize("media_type", [None, "", "application/json", "multipart/form-data"])
def test_another_type_is_refused(media_type: str | None):
    with pytest.raises(Refused) as refused:
        read_form(request(b"email=a", media_type), KNOWN)
    assert refused.value.code is Code.MEDIA_TYPE


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text("email=code&%+;09af", max_size=40)))
def test_no_body_is_too_strange_to_be_read_or_refused(body: bytes | str):
    raw = body if isinstance(body, bytes) else body.encode()
    with suppress(Refused):
        assert set(read_form(request(raw), KNOWN)) == KNOWN
