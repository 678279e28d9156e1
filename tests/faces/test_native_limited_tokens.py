"""Limited personal tokens under /v1/me/tokens: a list or a set, one number for a family."""

from collections.abc import Iterator
from typing import Any

import pytest

from faces.desk import HERE, MINE, TOKENS, By, Desk, desk, issue, state, token
from stage import CLIENT

LIST = ["EventsRead", "SystemsRead"]
SET = 1
"""One of the demo's."""


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One firm for all: no test here looks at what others made."""
    with desk(tmp_path_factory.mktemp("firm")) as opened:
        yield opened


@pytest.fixture
def by(at: Desk) -> By:
    return at.session()


def faults(problem: dict[str, Any]) -> list[str]:
    return [one["field"] for one in problem["errors"]]


def edited(at: Desk, by: By, one: dict[str, Any], **fields: object) -> Any:
    return at.good("PATCH", f"{MINE}/{one['id']}", by, fields, if_match="*")


def test_a_list_or_a_set_makes_a_limited_token_and_neither_a_personal_one(at: Desk, by: By):
    listed = issue(at, by, MINE, permissions=LIST)
    assert (listed["kind"], listed["permissions"]) == ("limited_personal", LIST)
    assert listed["token"].startswith("thl_")
    assert "predefined_set" not in listed
    following = issue(at, by, MINE, predefined_set=SET)
    assert (following["kind"], following["predefined_set"]) == ("limited_personal", SET)
    assert "permissions" not in following
    assert following["number"] == listed["number"] + 1
    plain = issue(at, by, MINE)
    assert plain["kind"] == "personal"
    assert {"permissions", "predefined_set", "number"}.isdisjoint(plain)


def test_it_does_what_its_list_names_and_is_told_what_it_lacks(at: Desk, by: By):
    limited = token(issue(at, by, MINE, permissions=LIST))
    told = at.good("GET", "/v1/verify", limited)
    assert (told["kind"], told["permissions"]) == ("limited_personal", LIST)
    assert at("GET", "/v1/events", limited).status == 200
    problem = at.refused(403, "GET", "/v1/groups", limited)
    assert (problem["code"], faults(problem)) == ("not_listed", ["permission"])
    assert at.refused(403, "GET", "/v1/verify/SystemsWrite", limited)["code"] == "not_listed"
    asking = token(issue(at, by))
    body = {"token": limited[1].removeprefix("Token "), "permissions": ["SystemsWrite"]}
    verdict = at.good("POST", "/v1/verify", asking, body)
    assert (verdict["allowed"], verdict["reason"]) == (False, "not_listed")
    assert verdict["missing"] == ["SystemsWrite"]


def test_no_limited_token_manages_tokens_whatever_its_list_names(at: Desk, by: By):
    issued = issue(at, by, MINE, predefined_set=SET)
    limited, path = token(issued), f"{MINE}/{issued['id']}"
    for method, where, body in (
        ("GET", MINE, None),
        ("POST", MINE, {"permissions": ["SystemsRead"]}),
        ("GET", path, None),
        ("POST", f"{path}/rotate", {}),
        ("DELETE", path, None),
        ("DELETE", f"{path}/family", None),
        ("GET", TOKENS, None),
        ("POST", TOKENS, {}),
        ("POST", "/v1/me/revoke", None),
        ("GET", "/v1/me", None),
        ("GET", "/user/tokens", None),
        ("POST", "/user/tokens", {}),
    ):
        assert at(method, where, limited, body).status == 403, (method, where)
    changed = {"permissions": ["SystemsRead"]}
    assert at("PATCH", path, limited, changed, if_match="*").status == 403
    assert state(at, by, issued, MINE) == "active"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"permissions": []}, 400, "permissions"),
        ({"permissions": ["NoSuchThing"]}, 400, "permissions"),
        ({"permissions": ["AccountTokenWrite"]}, 400, "permissions"),
        ({"permissions": ["KeysWrite"]}, 400, "permissions"),
        ({"permissions": ["not a name"]}, 400, "permissions[0]"),
        ({"permissions": "SystemsRead"}, 400, "permissions"),
        ({"permissions": ["SystemsRead"], "predefined_set": SET}, 400, "predefined_set"),
        ({"predefined_set": 4711}, 400, "predefined_set"),
        ({"predefined_set": 0}, 400, "predefined_set"),
        ({"predefined_set": 2**31}, 400, "predefined_set"),
        ({"predefined_set": "1"}, 400, "predefined_set"),
        ({"permissions": ["SystemsWrite"]}, 403, "permissions"),
    ],
)
def test_what_it_cannot_be_limited_to_is_refused_with_its_field(
    at: Desk, body: dict[str, object], status: int, field: str
):
    client = at.session(CLIENT)
    assert faults(at.refused(status, "POST", MINE, client, body)) == [field]
    limited = issue(at, client, MINE, permissions=["SystemsRead"])
    path = f"{MINE}/{limited['id']}"
    assert faults(at.refused(status, "PATCH", path, client, body, if_match="*")) == [field]


def test_no_other_token_takes_a_list_or_a_set(at: Desk, by: By):
    personal, organizational = issue(at, by, MINE), issue(at, by)
    for limit in ({"permissions": LIST}, {"predefined_set": SET}):
        for path, one in ((MINE, personal), (TOKENS, organizational)):
            where = f"{path}/{one['id']}"
            problem = at.refused(400, "PATCH", where, by, limit, if_match="*")
            assert faults(problem) == list(limit)
        assert faults(at.refused(400, "POST", TOKENS, by, limit)) == list(limit)


def test_a_list_takes_the_place_of_a_set_and_a_set_of_a_list(at: Desk, by: By):
    issued = issue(at, by, MINE, predefined_set=SET)
    listed = edited(at, by, issued, permissions=["SystemsRead"])
    assert (listed["permissions"], "predefined_set" in listed) == (["SystemsRead"], False)
    following = edited(at, by, issued, predefined_set=SET)
    assert (following["predefined_set"], "permissions" in following) == (SET, False)
    same = edited(at, by, issued, description="x")
    assert (same["predefined_set"], same["description"]) == (SET, "x")


def test_a_rotation_hands_the_number_on_and_ends_the_old_string(at: Desk, by: By):
    first = issue(at, by, MINE, permissions=LIST)
    path = f"{MINE}/{first['id']}/rotate"
    at.tick()
    second = at.good("POST", path, by, {})
    for field in ("number", "permissions", "family", "kind", "description", "expires_at"):
        assert second[field] == first[field], field
    assert at("GET", "/v1/verify", token(first)).status == 401
    assert at("GET", "/v1/verify", token(second)).status == 200
    assert (state(at, by, first, MINE), state(at, by, second, MINE)) == ("superseded", "active")
    assert "number" not in at.good("GET", f"{MINE}/{first['id']}", by)
    at.refused(422, "POST", path, by, {"overlap": "PT1H"})
    at.tick()
    overlapping = at.good("POST", f"{MINE}/{second['id']}/rotate", by, {"overlap": "PT1H"})
    assert at("GET", "/v1/verify", token(second)).status == 200
    at.refused(422, "POST", f"{MINE}/{second['id']}/rotate", by, {})
    assert at.ids(f"{MINE}?kind=limited_personal&family={first['family']}", by) == [
        overlapping["id"],
        second["id"],
        first["id"],
    ]


def test_removing_one_ends_its_family_whoever_removes_it(at: Desk):
    client = at.session(CLIENT)
    for administrator in (False, True):
        first = issue(at, client, MINE, permissions=["SystemsRead"])
        rotation = {"overlap": "PT1H"}
        second = at.good("POST", f"{MINE}/{first['id']}/rotate", client, rotation)
        path, by = f"{MINE}/{second['id']}", client
        if administrator:
            member = second["holder"]["id"]
            path, by = f"/v1/memberships/{member}/tokens/{second['id']}", at.session()
            listed = f"/v1/memberships/{member}/tokens?kind=limited_personal"
            assert second["id"] in at.ids(listed, by)
        assert at("DELETE", path, by).status == 204
        for one in (first, second):
            assert at("GET", "/v1/verify", token(one)).status == 401
            assert state(at, client, one, MINE) == "family_ended"
        assert at("DELETE", path, by).status == 204
        told = at.told("token:family:revoked")[-1]
        assert ("person" in told) is administrator


def test_it_is_narrowed_like_any_other(at: Desk, by: By):
    bound = issue(at, by, MINE, permissions=LIST, addresses=[HERE], audience="metering")
    assert at("GET", "/v1/verify?audience=metering", token(bound)).status == 200
    assert at("GET", "/v1/verify", token(bound)).status == 403


def test_the_policies_of_the_organization_bind_it(tmp_path_factory: pytest.TempPathFactory):
    with desk(tmp_path_factory.mktemp("firm")) as at:
        by = at.session()
        policies = {"longest_lifetimes": {"limited_personal": "P1D"}, "expiry_required": False}
        path = "/v1/organization/policies"
        told = at.good("PUT", path, by, policies, if_match="*")
        assert told["longest_lifetimes"]["limited_personal"] == "P1D"
        body = {"permissions": LIST, "lifetime": "P2D"}
        assert faults(at.refused(400, "POST", MINE, by, body)) == ["lifetime"]
        issue(at, by, MINE, permissions=LIST, lifetime="P1D")
        issue(at, by, MINE)
