"""Policies bind at every door at which a token is made or its expiry is moved."""

from collections.abc import Iterator
from typing import Any

import pytest

from faces.applications import Application
from faces.desk import MINE, TOKENS, By, Desk, desk, token
from operations.meanwhile import before
from stage import CLIENT, OPERATOR
from tokenhouse.core.moment import DAY, HOUR, MINUTE, Moment, format_moment
from tokenhouse.core.policy import Policies
from tokenhouse.faces.native.wire.policies import KINDS
from tokenhouse.kinds import ALL

POLICIES = "/v1/organization/policies"
NINETY = {"organizational": "P90D", "personal": "P90D"}


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("firm")) as opened:
        yield opened


@pytest.fixture
def by(at: Desk) -> By:
    """An administrator, where nothing is demanded yet."""
    demand(at, at.session())
    return at.session()


def demand(at: Desk, by: By, required: bool = False, **longest: str | None) -> Any:
    body = {"longest_lifetimes": longest, "expiry_required": required}
    return at.good("PUT", POLICIES, by, body, if_match="*")


def days(at: Desk, number: int, more: Moment = 0) -> str:
    return format_moment(at.stage.clock.moment + number * DAY + more)


def test_the_wire_knows_every_kind():
    assert set(KINDS) == {kind.name for kind in ALL}


def test_policies_are_shown_set_and_told(at: Desk, by: By):
    before = at("GET", POLICIES, by)
    assert b'"personal":null' in before.body
    etag = before.header("etag") or ""
    body = {"longest_lifetimes": {"personal": "P12W"}, "expiry_required": True}
    changed = at.good("PUT", POLICIES, by, body, if_match=etag)
    assert changed["longest_lifetimes"] == {
        "organizational": None,
        "personal": "P84D",
        "limited_personal": None,
        "session": None,
        "access": None,
        "refresh": None,
        "device": None,
    }
    assert at.good("GET", POLICIES, by)["expiry_required"] is True
    at.refused(412, "PUT", POLICIES, by, body, if_match=etag)
    at.refused(428, "PUT", POLICIES, by, body)
    told = at.told("organization:policies:changed")[-1]
    assert (told["longest_lifetimes_before"], told["longest_lifetimes_after"]) == (
        [],
        ["personal P84D"],
    )
    assert (told["expiry_required_before"], told["expiry_required_after"]) == (False, True)


@pytest.mark.parametrize(
    ("longest", "field"),
    [
        ({"personal": "P1M"}, "longest_lifetimes.personal"),
        ({"personal": "1Y"}, "longest_lifetimes.personal"),
        ({"session": "PT1S"}, "longest_lifetimes.session"),
        ({"session": "P40000D"}, "longest_lifetimes.session"),
        ({"devices": "P1D"}, "longest_lifetimes"),
    ],
)
def test_a_policy_that_nobody_could_keep_is_refused(
    at: Desk, by: By, longest: dict[str, str], field: str
):
    body = {"longest_lifetimes": longest, "expiry_required": False}
    problem = at.refused(400, "PUT", POLICIES, by, body, if_match="*")
    assert [one["field"] for one in problem["errors"]] == [field]


@pytest.mark.parametrize("body", [{}, {"longest_lifetimes": {}}, {"expiry_required": True}])
def test_policies_are_set_all_at_once(at: Desk, by: By, body: dict[str, object]):
    at.refused(400, "PUT", POLICIES, by, body, if_match="*")


def test_only_who_has_the_permission_sees_and_sets_them(at: Desk):
    client = at.session(CLIENT)
    at.refused(403, "GET", POLICIES, client)
    body = {"longest_lifetimes": {}, "expiry_required": False}
    at.refused(403, "PUT", POLICIES, client, body, if_match="*")


DOORS = [
    (TOKENS, "expires_at"),
    (MINE, "expires_at"),
    ("/account/tokens", "expiresAt"),
    ("/user/tokens", "expiresAt"),
]
"""Where a token is made, and how its expiry is named there."""


@pytest.mark.parametrize(("path", "field"), DOORS)
def test_no_token_is_made_that_lives_too_long_or_for_ever(at: Desk, by: By, path: str, field: str):
    demand(at, by, **NINETY)
    at.good("POST", path, by, {field: days(at, 90)})
    for body in ({field: days(at, 90, 1)}, {field: None}, {}):
        assert field in str(at.refused(400, "POST", path, by, body))
    if path.startswith("/v1"):
        at.good("POST", path, by, {"lifetime": "P90D"})
        at.refused(400, "POST", path, by, {"lifetime": "P91D"})


def test_what_an_application_is_given_is_shortened(at: Desk, by: By):
    demand(at, by, access="PT10M", refresh="P1D")
    app = Application(at)
    told = app.sign_in()
    assert told["expires_in"] == 600
    at.stage.clock.moment += DAY
    assert app.refresh(told["refresh_token"])[0] == 400


def test_what_an_application_has_already_is_bound_from_its_next_refresh_on(at: Desk, by: By):
    app, kept = Application(at), Application(at)
    untouched, first = app.sign_in(), kept.sign_in()
    demand(at, by, access="PT10M", refresh="P1D")
    at.stage.clock.moment += 50 * MINUTE
    assert app.is_good(untouched["access_token"])
    second = kept.refreshed(first["refresh_token"])
    assert second["expires_in"] == 600
    at.stage.clock.moment += DAY
    for told in (second, first):
        assert kept.refresh(told["refresh_token"])[0] == 400
    assert app.refresh(untouched["refresh_token"])[0] == 200


@pytest.mark.parametrize(("path", "field"), DOORS)
def test_an_expiry_can_be_required_of_every_kind(at: Desk, by: By, path: str, field: str):
    demand(at, by, required=True)
    at.good("POST", path, by, {field: days(at, 30_000)})
    assert field in str(at.refused(400, "POST", path, by, {}))


@pytest.mark.parametrize(("path", "field"), DOORS)
def test_no_expiry_is_moved_beyond_it_and_an_earlier_one_is_always_possible(
    at: Desk, by: By, path: str, field: str
):
    made = at.good("POST", path, by, {})
    one = f"{path}/{made['id']}"
    at.stage.clock.moment += 100 * DAY
    by = at.session()
    demand(at, by, **NINETY)
    at.good("PATCH", one, by, {"description": "it is not touched"}, if_match="*")
    at.refused(400, "PATCH", one, by, {field: None}, if_match="*")
    at.good("PATCH", one, by, {field: days(at, 400)}, if_match="*")
    at.good("PATCH", one, by, {field: days(at, 30)}, if_match="*")
    assert field in str(at.refused(400, "PATCH", one, by, {field: days(at, 31)}, if_match="*"))
    assert at("GET", "/v1/verify", token(made)).status == 200


def test_a_new_tokens_expiry_moves_up_to_what_its_making_allows(at: Desk, by: By):
    demand(at, by, **NINETY)
    made = at.good("POST", TOKENS, by, {"lifetime": "P30D"})
    latest = format_moment(at.stage.clock.moment + 90 * DAY)
    one = f"{TOKENS}/{made['id']}"
    at.stage.clock.moment += 10 * DAY
    by = at.session()
    at.good("PATCH", one, by, {"expires_at": latest}, if_match="*")
    at.refused(400, "PATCH", one, by, {"expires_at": days(at, 81)}, if_match="*")


def test_a_rotation_counts_from_itself_and_is_refused_beyond_it(at: Desk, by: By):
    demand(at, by, **NINETY)
    made = at.good("POST", TOKENS, by, {"lifetime": "P60D"})
    native, dialect = f"{TOKENS}/{made['id']}/rotate", f"/account/tokens/{made['id']}/rotate"
    at.good("POST", f"{dialect}?lifetime=30D", by)
    at.good("POST", native, by, {"lifetime": "P30D"})
    problem = at.refused(422, "POST", native, by, {"lifetime": "P31D"})
    assert [one["field"] for one in problem["errors"]] == ["lifetime"]
    assert at.refused(422, "POST", f"{dialect}?lifetime=31D", by)["details"]
    at.refused(422, "POST", native, by, {"expires_at": None})
    at.refused(422, "POST", native, by, {"expires_at": days(at, 91)})
    at.stage.clock.moment += 5 * DAY
    by = at.session()
    at.good("POST", native, by, {"lifetime": "P31D"})


def test_what_never_expires_is_rotated_only_to_an_expiry(at: Desk, by: By):
    made = at.good("POST", TOKENS, by, {})
    demand(at, by, required=True)
    at.refused(422, "POST", f"{TOKENS}/{made['id']}/rotate", by, {})
    at.refused(422, "POST", f"/account/tokens/{made['id']}/rotate", by)
    at.good("POST", f"{TOKENS}/{made['id']}/rotate", by, {"expires_at": days(at, 9)})


def test_sessions_are_shortened_and_nobody_is_refused(at: Desk, by: By):
    demand(at, by, session="PT30M", required=True)
    session = at.session()
    at.stage.clock.moment += 30 * MINUTE
    assert at("GET", "/v1/verify", session).status == 401
    assert at("GET", "/v1/verify", by).status == 200, "it was there before"
    demand(at, at.session(), session="P9D")
    longest = at.session()
    at.stage.clock.moment += 12 * HOUR
    assert at("GET", "/v1/verify", longest).status == 401


def test_policies_are_one_organizations_own(at: Desk, by: By):
    at.stage.found_organization("Südstrom", "eve@suedstrom.example")
    demand(at, by, required=True)
    at.good("POST", TOKENS, at.session("eve@suedstrom.example"), {})


@pytest.mark.parametrize("path", [TOKENS, MINE])
def test_a_policy_that_comes_meanwhile_binds(
    at: Desk, by: By, monkeypatch: pytest.MonkeyPatch, path: str
):
    other = at.stage.authority.policies
    required = Policies({}, expiry_required=True)
    set_by = at.stage.session(OPERATOR, "PoliciesWrite")
    before(monkeypatch, at.stage.store, "commit", lambda: other(set_by, required))
    at.refused(400, "POST", path, by, {})
