"""Which bytes a request wants, as RFC 9110 has it."""

import pytest

from tokenhouse.boundary import Request
from tokenhouse.boundary.ranges import Unsatisfiable, wanted
from tokenhouse.core.refusal import Refused

ETAG = '"of this very content"'
SIZE = 1000


def asked(*ranges: str, method: str = "GET", **headers: str) -> Request:
    fields = {name.replace("_", "-"): (value,) for name, value in headers.items()}
    if ranges:
        fields["range"] = ranges
    return Request(method, "/file", {}, (), fields, b"", "", "an id")


@pytest.mark.parametrize(
    ("said", "start", "length"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, SIZE),
        ("bytes=10-19", 10, 10),
        ("bytes=999-", 999, 1),
        ("bytes=990-5000", 990, 10),
        ("bytes=-1", 999, 1),
        ("bytes=-1000", 0, SIZE),
        ("bytes=-999999", 0, SIZE),
        ("BYTES=10-19", 10, 10),
        ("bytes= 10-19 ", 10, 10),
        ("bytes=0-999999999999999999", 0, SIZE),
    ],
)
def test_a_range_gives_the_bytes_that_it_names(said: str, start: int, length: int):
    assert wanted(asked(said), SIZE, ETAG) == (start, length)


@pytest.mark.parametrize(
    "said",
    [
        *("bytes=", "bytes=-", "bytes", "bytes=5", "bytes=9-3", "bytes=a-b", "bytes=0x1-2", ""),
        *("items=0-3", "bytes=0-3,7-9", "bytes=0-0,-1", "bytes=1-2-3", "bytes=--1", "bytes=+1-2"),
        *("bytes=\u0661-2", f"bytes=0-{'9' * 5000}", "bytes=1 -2", "bytes 0-3"),
    ],
    ids=ascii,
)
def test_what_is_no_single_range_of_bytes_is_as_none(said: str):
    assert wanted(asked(said), SIZE, ETAG) is None


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("bytes=1000-", SIZE),
        ("bytes=5000-6000", SIZE),
        ("bytes=-0", SIZE),
        ("bytes=0-", 0),
        ("bytes=-5", 0),
    ],
)
def test_a_range_in_which_nothing_lies_is_refused_with_the_size(said: str, size: int):
    with pytest.raises(Unsatisfiable) as refused:
        wanted(asked(said), size, ETAG)
    assert (refused.value.status, refused.value.size) == (416, size)


def test_without_a_range_all_of_it_is_wanted():
    assert wanted(asked(), SIZE, ETAG) is None


def test_only_get_has_ranges():
    assert wanted(asked("bytes=5000-", method="HEAD"), SIZE, ETAG) is None


@pytest.mark.parametrize(
    "said", ['"another"', f"W/{ETAG}", "*", "Wed, 21 Oct 2015 07:28:00 GMT", "", ETAG.strip('"')]
)
def test_what_was_begun_of_another_content_begins_anew(said: str):
    assert wanted(asked("bytes=5000-", if_range=said), SIZE, ETAG) is None
    assert wanted(asked("bytes=10-19", if_range=ETAG), SIZE, ETAG) == (10, 10)


def test_two_ranges_headers_have_no_meaning():
    with pytest.raises(Refused):
        wanted(asked("bytes=0-1", "bytes=2-3"), SIZE, ETAG)
