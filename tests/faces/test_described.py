"""Every route says what it is for and what it can answer; only pages are left out."""

import pytest

from docs.facts import all_faces
from tokenhouse.boundary import NO_PARAMETERS, Face, Route
from tokenhouse.faces import broker

PAGES = {"GET /", "GET /reference", "GET /openapi.json", "GET /environments"}
"""What people look at, and the description itself; so is all of the console."""
BROKERS = {face.name for face in broker.FACES}
"""Whose questions are theirs to describe: `docs/brokers.md` says how each is set up to ask them."""
EMPTY = {"/oauth/revoke": "200 with nothing in it, as RFC 7009, 2.2, has it"}
ALL = [(face, route) for face in all_faces() for route in face.routes]
DESCRIBED = [(face, route) for face, route in ALL if route.about is not None]


def name_of(routed: tuple[Face, Route]) -> str:
    return str(routed[1])


def test_every_route_but_a_page_is_described():
    others = {str(route) for face, route in ALL if face.name in BROKERS | {"console"}}
    assert {str(route) for _, route in ALL if route.about is None} == PAGES | others


@pytest.mark.parametrize("routed", DESCRIBED, ids=name_of)
def test_a_description_is_whole(routed: tuple[Face, Route]):
    face, route = routed
    about = route.about
    assert about is not None
    assert face.refusals is not None, "how it refuses is described too"
    assert about.summary.endswith((".", "?"))
    assert "\n" not in about.summary
    assert any(status < 300 for status in about.answers)
    for status, success in about.answers.items():
        has_body = success.type is not None
        assert has_body == (status != 204 and route.path not in EMPTY)
        assert not has_body or success.media_types or face.media_types
    assert (about.body is None) == (about.body_example is None)
    has_answer = next(iter(about.answers.values())).type is not None
    assert has_answer or about.answer_example is None
    if about.query is not None:
        assert set(about.query_example) <= {one["name"] for one in about.query.parameters()}


def test_a_route_that_takes_no_query_takes_none():
    assert NO_PARAMETERS.parameters() == []
