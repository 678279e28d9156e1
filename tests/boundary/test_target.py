"""A path or query that two programs could read differently is refused, not guessed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenhouse.boundary.target import read_path, read_query
from tokenhouse.core.refusal import Code, Refused


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"/", "/"),
        (b"/account/tokens", "/account/tokens"),
        (b"/.well-known/jwks.json", "/.well-known/jwks.json"),
        (b"/a/...", "/a/..."),
        (b"/a/", "/a/"),
        (b"/%61/b%20c", "/a/b c"),
        (b"/%C3%A9", "/\u00e9"),
        (b"/a%2541", "/a%41"),
        (b"/a+b", "/a+b"),
    ],
)
def test_a_path_is_decoded_once(raw: bytes, path: str) -> None:
    assert read_path(raw) == path


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"*", b"a", b"//", b"/a//b", b"/a%2fb", b"/a%2Fb", b"/a%5cb", b"/a\\b", b"/%00"),
        *(b"/.", b"/..", b"/a/../b", b"/a/./b", b"/a/..", b"/%2e%2e/a", b"/a/%2e", b"/.%2E/"),
        *(b"/%", b"/%4", b"/%zz", b"/%ff", b"/%c0%af", b"/%ed%a0%80", b"/a\xff"),
    ],
)
def test_a_path_with_two_readings_is_malformed(raw: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_path(raw)
    assert refused.value.code is Code.MALFORMED


@pytest.mark.parametrize("raw", [b"/%0a", b"/a%0d%0ab", b"/%7f", b"/%1b[31m", b"/%C2%85"])
def test_a_control_character_in_a_path_names_nothing(raw: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_path(raw)
    assert refused.value.code is Code.NOT_FOUND


@pytest.mark.parametrize(
    ("raw", "query"),
    [
        (b"", ()),
        (b"a=1&b=2", (("a", "1"), ("b", "2"))),
        (b"a=1&a=2", (("a", "1"), ("a", "2"))),
        (b"a", (("a", ""),)),
        (b"a=b=c", (("a", "b=c"),)),
        (b"a+b=%2B+%26", (("a b", "+ &"),)),
        (b"&a=1&", (("a", "1"),)),
        (b"%C3%A9=%E2%82%AC", (("\u00e9", "\u20ac"),)),
    ],
)
def test_a_query_is_read_in_the_order_sent(raw: bytes, query: tuple[tuple[str, str], ...]) -> None:
    assert read_query(raw) == query


@pytest.mark.parametrize(
    "raw",
    [b"a=%", b"a=%zz", b"%f=1", b"a=%ff", b"a=%00", b"a=%0a", b"%0d=1", b"a=\xff", b"a=%C2%85"],
)
def test_a_query_that_is_no_text_is_malformed(raw: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_query(raw)
    assert refused.value.code is Code.MALFORMED


def test_a_query_has_a_hundred_parameters_and_not_one_more() -> None:
    assert len(read_query(b"&".join([b"a=1"] * 100))) == 100
    with pytest.raises(Refused):
        read_query(b"&".join([b"a=1"] * 101))


@settings(derandomize=True, database=None, deadline=None)
@given(st.binary(max_size=40))
def test_whatever_comes_a_path_is_read_or_refused_and_has_no_hidden_borders(raw: bytes) -> None:
    try:
        path = read_path(raw)
    except Refused:
        return
    assert path.startswith("/")
    assert "//" not in path
    assert not {".", ".."}.intersection(path.split("/"))
    assert "\\" not in path
    assert path.isprintable() or all(ord(one) > 0x9F or 0x20 <= ord(one) < 0x7F for one in path)
    assert path.count("/") == raw.count(b"/")
