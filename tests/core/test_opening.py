"""A request is opened by the one permission whose operation it is, or by none."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.records import BOUNDED
from tokenhouse.core.opening import Openings
from tokenhouse.core.permission import Operation, Permission


def _openings(**opened: str) -> Openings:
    return Openings(
        Permission(name, operations=tuple(map(Operation.of, operations.split(", "))))
        for name, operations in opened.items()
    )


def _of(openings: Openings, request: str) -> list[str]:
    return [one.permission.name for one in openings.of(*request.split(" ", 1))]


FLEET = _openings(
    Read="GET /devices, GET /devices/{id}, HEAD /devices/{id}",
    Write="PUT /devices/{id}",
    Claim="POST /devices/claim",
    Any="POST /devices/{id}",
    Files="GET /files/{name}.json",
    Versions="GET /files/{name}.{version}.json",
    Whatever="GET /files/{name}",
)


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        ("PUT /devices/7", ["Write"]),
        ("GET /devices", ["Read"]),
        ("HEAD /devices/7", ["Read"]),
        ("HEAD /devices", []),
        ("PATCH /devices/7", []),
        ("PUT /devices", []),
        ("PUT /devices/", []),
        ("PUT /devices/7/", []),
        ("PUT /devices/7/parts", []),
        ("put /devices/7", []),
        ("PUT /Devices/7", []),
    ],
)
def test_a_request_is_opened_by_method_and_path_as_they_are_written(request_: str, names: list):
    assert _of(FLEET, request_) == names


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        ("POST /devices/claim", ["Claim"]),
        ("POST /devices/7", ["Any"]),
        ("GET /files/a.json", ["Files"]),
        ("GET /files/a.2.json", ["Files"]),
        ("GET /files/a", ["Whatever"]),
        ("GET /files/.json", ["Whatever"]),
    ],
)
def test_of_several_paths_that_fit_the_most_literal_one_is_meant(request_: str, names: list):
    assert _of(FLEET, request_) == names


def test_what_is_literal_further_to_the_left_is_meant_first():
    crossed = _openings(Left="GET /a/{x}/b", Right="GET /{y}/c/b")
    assert _of(crossed, "GET /a/c/b") == ["Left"]
    assert _of(crossed, "GET /z/c/b") == ["Right"]


def test_where_nothing_tells_which_is_meant_all_of_them_are_told():
    doubtful = _openings(One="GET /a{x}", Other="GET /{x}b")
    assert sorted(_of(doubtful, "GET /a-b")) == ["One", "Other"]
    assert _of(doubtful, "GET /a-c") == ["One"]


def test_the_methods_of_a_path_are_told():
    assert FLEET.methods("/devices/7") == ("GET", "HEAD", "POST", "PUT")
    assert FLEET.methods("/nowhere") == ()


TEMPLATES = st.lists(st.sampled_from(["a", "b", ".", "{x}", "{y}"]), min_size=1, max_size=6).map(
    "".join
)


@BOUNDED
@given(TEMPLATES, st.text("ab.", max_size=9))
def test_a_segment_fits_exactly_where_each_parameter_stands_for_a_character_or_more(
    template: str, segment: str
):
    pattern = "".join(
        "[^/]+" if piece.startswith("{") else re.escape(piece)
        for piece in re.split(r"(\{\w\})", template)
        if piece
    )
    expected = ["It"] if re.fullmatch(pattern, segment) else []
    assert _of(_openings(It=f"GET /{template}"), f"GET /{segment}") == expected


def test_no_template_makes_a_long_path_slow():
    openings = _openings(Slow="GET /" + "{x}a" * 400)
    begun = time.perf_counter()
    assert _of(openings, "GET /" + "a" * 1_900 + "b") == []
    assert time.perf_counter() - begun < 0.5
