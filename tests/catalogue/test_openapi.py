"""A description of an API becomes one permission for each operation, always by the same name."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.records import BOUNDED
from tokenhouse.catalogue.merging import merged
from tokenhouse.catalogue.openapi import read_openapi
from tokenhouse.core.catalogue import Contents, PredefinedSet, problems_of
from tokenhouse.core.permission import Permission, is_permission_name
from tokenhouse.core.refusal import Code, Refused


def described(paths: Any, **rest: Any) -> bytes:
    """An OpenAPI description of these paths."""
    return json.dumps({"openapi": "3.1.0", "paths": paths} | rest).encode()


def names(paths: Any, prefix: str = "") -> list[str]:
    return [one.name for one in read_openapi(described(paths), prefix)]


def opened(content: bytes) -> list[str]:
    return [str(operation) for one in read_openapi(content) for operation in one.operations]


def faults(content: bytes, prefix: str = "") -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        read_openapi(content, prefix)
    assert refused.value.code is Code.MALFORMED
    return {problem.field: problem.sentence for problem in refused.value.problems}


def test_an_operation_gives_a_permission_all_that_it_says():
    operation = {
        "operationId": "stopTruck",
        "summary": " Stop\n a truck ",
        "description": "Bring it\n\nto a *halt*.",
        "externalDocs": {"url": "https://docs.example.com/#stop"},
    }
    (one,) = read_openapi(described({"/trucks/{id}": {"post": operation, "parameters": []}}))
    assert (one.name, one.title, one.description) == (
        "stopTruck",
        "Stop a truck",
        "Bring it to a *halt*.",
    )
    assert one.docs_url == "https://docs.example.com/#stop"
    assert [str(operation) for operation in one.operations] == ["POST /trucks/{id}"]
    assert one.manages_access is False


def test_every_method_of_every_path_is_a_permission():
    methods = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
    paths = {path: {method: {} for method in methods} for path in ("/a", "/b")}
    assert len(set(names(paths))) == 16


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "get"),
        ("/trucks", "get.trucks"),
        ("/trucks/{id}/stop", "get.trucks_id.stop"),
        ("/my-trucks/{truckId}", "get.my-trucks_truckId"),
        ("/my_trucks", "get.my-trucks:a31af9ad"),
        ("/trucks/", "get.trucks:77394b5e"),
        ("/v1.2/{a}-{b}", "get.v1-2.a-b:af9fe84b"),
        ("/~", "get:edb2d5b0"),
    ],
)
def test_a_name_is_made_of_method_and_path_and_never_changes(path: str, name: str):
    (made,) = names({path: {"get": {}}})
    assert made == name
    assert is_permission_name(made)
    assert made in names({"/first": {"get": {}}, path: {"get": {}}, "/last": {"get": {}}})


def test_paths_that_have_the_same_words_have_names_of_their_own():
    paths = ["/a-b", "/a_b", "/a.b", "/a/b", "/a/{b}", "/a/b/", "/a{b}", "/a~b", "/(a)/b"]
    made = names({path: {"get": {}} for path in paths})
    assert len({name.casefold() for name in made}) == len(paths)


def test_a_name_that_would_be_too_long_is_cut_and_marked():
    long = "/" + "/".join(["trucks"] * 40)
    first, second = names({long: {"get": {}}, f"{long}/x": {"get": {}}}, "fleet")
    assert first != second
    assert all(is_permission_name(one) and len(one) == 120 for one in (first, second))


@pytest.mark.parametrize("bad", ["trucks/list", "list trucks", "", 7, None, "x" * 121, "ä"])
def test_an_id_that_is_no_permission_name_is_not_taken(bad: object):
    assert names({"/trucks": {"get": {"operationId": bad}}}) == ["get.trucks"]


def test_a_prefix_stands_before_all_names():
    paths = {"/trucks": {"get": {"operationId": "listTrucks"}, "post": {}}}
    assert names(paths, "fleet.v2") == ["fleet.v2.listTrucks", "fleet.v2.post.trucks"]
    assert faults(described(paths), "a b") == {
        "prefix": "does not read like fleet, or fleet.control"
    }


@pytest.mark.parametrize(
    ("servers", "path"),
    [
        (None, "/a"),
        ([], "/a"),
        ([{"url": "/"}], "/a"),
        ([{"url": "https://x.example/v2/"}, {"url": "/other"}], "/v2/a"),
        ([{"url": "v2"}], "v2/a"),
        (
            [{"url": "{scheme}://x.example/{v}", "variables": {
                "scheme": {"default": "https"}, "v": {"default": "v3"}}}],
            "/v3/a",
        ),
    ],
)  # fmt: skip
def test_a_path_stands_behind_that_of_the_first_server(servers: Any, path: str):
    content = described({"/a": {"get": {}}}, servers=servers)
    if path.startswith("/"):
        assert opened(content) == [f"GET {path}"]
    else:
        assert list(faults(content).values()) == [
            "has a path that does not read like /systems/{id}"
        ]


def test_the_nearest_servers_count():
    near, nearer = [{"url": "/near"}], [{"url": "/nearer"}]
    paths = {"/a": {"servers": near, "get": {}, "put": {"servers": nearer}}, "/b": {"get": {}}}
    content = described(paths, servers=[{"url": "/far"}])
    assert opened(content) == ["GET /near/a", "PUT /nearer/a", "GET /far/b"]


def test_swagger_has_its_paths_behind_its_base_path():
    content = {"swagger": "2.0", "basePath": "/v1/", "paths": {"/a": {"get": {}}}}
    assert opened(json.dumps(content).encode()) == ["GET /v1/a"]


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"$ref": "#/x"}, "/a"),
        ({"query": {}}, "/a"),
        ({"additionalOperations": {"COPY": {}}}, "/a"),
        ({"get": 7}, "GET /a"),
        (7, "/a"),
    ],
)
def test_what_would_have_to_be_left_out_is_a_fault(item: object, field: str):
    assert list(faults(described({"/a": item, "/b": {"get": {}}}))) == [field]


def test_faults_are_told_by_method_and_path():
    paths = {
        "/a": {"get": {"operationId": "x"}, "put": {"operationId": "X"}},
        "/b/{p}": {"get": {"externalDocs": {"url": "ftp://x"}}},
        "/b/{q}": {"get": {"operationId": "GroupsRead"}},
        "/c?token=tho_secret": {"get": {}},
    }
    told = faults(described(paths))
    assert told == {
        "PUT /a name": "stands there twice, case aside",
        "GET /b/{p} docs": "is not an http or https URL",
        "GET /b/{q} name": "is the name of one of our own permissions",
        "GET /b/{q}": "is opened by GET /b/{p} already",
        "GET a path": "has a path that does not read like /systems/{id}",
    }


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"openapi": "4.0.0"}',
        b'{"openapi": 3}',
        b'{"swagger": "1.2"}',
        b"openapi: 3.1.0",
        b"[" * 200_000,
        b'{"openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "\\ud800"}}}}',
    ],
)
def test_what_is_no_description_is_refused_whole(content: bytes):
    assert faults(content) == {}


@pytest.mark.parametrize("paths", [7, [], None, "x"])
def test_paths_that_are_none_are_a_fault(paths: object):
    assert faults(described(paths)) == {"paths": "is not an object"}


_KEYS = st.sampled_from(
    ["get", "post", "$ref", "servers", "url", "operationId", "summary", "externalDocs", "/a", "x"]
) | st.text(max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@BOUNDED
@given(st.dictionaries(st.text(max_size=9).map("/".__add__), JSON, max_size=4), JSON)
def test_whatever_stands_in_a_description_is_read_well_or_refused(paths: Any, servers: Any):
    try:
        read = read_openapi(described(paths, servers=servers))
    except Refused as refused:
        assert refused.code is Code.MALFORMED  # noqa: PT017 -- either answer is good
    else:
        assert problems_of(read, ()) == []


# merging


def test_an_import_replaces_what_has_its_name_and_leaves_everything_else():
    sets = (PredefinedSet(3, "S", "", frozenset({"a"})),)
    kept = Contents((Permission("a", "old"), Permission("b", "kept")), sets)
    both = merged(kept, (Permission("c", "new"), Permission("A", "newer")))
    assert [(one.name, one.title) for one in both.entries] == [
        ("A", "newer"),
        ("b", "kept"),
        ("c", "new"),
    ]
    assert both.sets == sets


def test_an_import_never_forgets_what_manages_access():
    kept = Contents((Permission("renew", manages_access=True),))
    (one,) = merged(kept, (Permission("renew", "Renew a key"),)).entries
    assert (one.title, one.manages_access) == ("Renew a key", True)


def test_a_description_can_say_what_manages_access():
    paths = {"/a": {"get": {"x-manages-access": True}, "put": {"x-manages-access": "true"}}}
    assert [one.manages_access for one in read_openapi(described(paths))] == [True, False]
