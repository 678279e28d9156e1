"""Every path has one owner, and the start is refused where it would have two."""

import pytest

from boundary.toys import DEMAND, plain_refuse
from tokenhouse.boundary import Answer, Boundary, Early, Face, Route
from tokenhouse.boundary.routing import Routing
from tokenhouse.core.kind import Spelling


def face(name: str, prefixes: tuple[str, ...], *routes: str) -> Face:
    listed = tuple(
        Route(method, path, lambda *_: None) for method, path in (one.split(" ") for one in routes)
    )
    return Face(name, prefixes, listed, plain_refuse, frozenset({Spelling.BEARER}))


def test_the_longest_prefix_on_the_border_of_a_segment_owns_a_path() -> None:
    routing = Routing((face("short", ("/a",)), face("long", ("/a/b", "/ab"))))
    owners = {
        path: owner and owner.name
        for path in ("/a", "/a/", "/a/x/y", "/a/b", "/a/b/c", "/a/bc", "/ab/c", "/abc", "/", "/x")
        for owner in [routing.face_of(path)]
    }
    assert owners == {
        "/a": "short",
        "/a/": "short",
        "/a/x/y": "short",
        "/a/b": "long",
        "/a/b/c": "long",
        "/a/bc": "short",
        "/ab/c": "long",
        "/abc": None,
        "/": None,
        "/x": None,
    }


def test_a_path_that_is_written_out_goes_before_a_template() -> None:
    routing = Routing((face("one", ("/a",), "GET /a/{x}", "DELETE /a/own", "GET /a/{x}/{y}/z"),))
    own, other, deep = (routing.place_of(path) for path in ("/a/own", "/a/b", "/a/1/2/z"))
    assert own is not None
    assert set(own.methods) == {"DELETE"}
    assert other is not None
    assert other.parameters == {"x": "b"}
    assert deep is not None
    assert deep.parameters == {"x": "1", "y": "2"}


def test_of_two_templates_the_one_that_is_fixed_earlier_is_taken() -> None:
    for routes in (("GET /a/{x}/c", "GET /a/b/{y}"), ("GET /a/b/{y}", "GET /a/{x}/c")):
        place = Routing((face("one", ("/a",), *routes),)).place_of("/a/b/c")
        assert place is not None
        assert place.parameters == {"y": "c"}


@pytest.mark.parametrize("path", ["/a/", "/a//b", "/a/b/", "/b/{x}", "/a/b/c/d", "/"])
def test_a_template_matches_no_empty_segment_and_nothing_else(path: str) -> None:
    assert Routing((face("one", ("/a",), "GET /a/{x}"),)).place_of(path) is None


def test_a_face_without_prefixes_owns_exactly_its_routes() -> None:
    routing = Routing((face("root", (), "GET /"), face("one", ("/a",))))
    place = routing.place_of("/")
    assert place is not None
    assert place.face.name == "root"
    assert routing.face_of("/anything") is None


@pytest.mark.parametrize(
    ("faces", "named"),
    [
        ((face("one", ("/a",)), face("two", ("/b", "/a"))), ("one", "two", "/a")),
        ((face("one", ("/a",), "GET /a/x", "GET /a/x"),), ("one", "GET /a/x")),
        ((face("one", ("/a",), "GET /a/{x}", "GET /a/{y}"),), ("/a/{x}", "GET /a/{y}")),
        ((face("one", (), "GET /"), face("two", (), "GET /")), ("one", "two", "GET /")),
        ((face("one", ("/a",)), face("two", ("/b",), "GET /a/x")), ("one", "two", "GET /a/x")),
        ((face("one", ("/a",), "GET /b"),), ("one", "GET /b", "nobody")),
        ((face("one", ("a",)),), ("one", "'a'")),
        ((face("one", ("/a/",)),), ("one", "'/a/'")),
    ],
)
def test_two_owners_of_one_path_stop_the_start_and_are_named(
    faces: tuple[Face, ...], named: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match=" ") as stopped:
        Boundary(None, faces)
    for name in named:
        assert name in str(stopped.value)


def test_what_is_served_without_an_authority_cannot_demand_anything() -> None:
    route = Route("GET", "/a/x", Early(lambda _: Answer(200)), DEMAND)
    with pytest.raises(ValueError, match="GET /a/x of one demands"):
        Boundary(None, (Face("one", ("/a",), (route,), plain_refuse, frozenset()),))
