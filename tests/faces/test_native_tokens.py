"""Tokens under /v1: issue, list, show, edit, rotate, revoke; and where a token may be used."""

from collections.abc import Iterator
from typing import Any

import pytest

from faces.desk import ELSEWHERE, HERE, MINE, TOKENS, By, Desk, desk, issue, state, token
from stage import CLIENT
from tokenhouse.core.moment import HOUR, SECOND, format_moment


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One firm for all: no test here looks at what others made."""
    with desk(tmp_path_factory.mktemp("firm")) as opened:
        yield opened


@pytest.fixture
def by(at: Desk) -> By:
    return at.session()


def verdict(at: Desk, one: dict[str, Any], path: str = "/v1/verify") -> int:
    return at("GET", path, token(one)).status


# what is told


def test_a_personal_token_may_do_what_its_person_may_and_has_no_groups(at: Desk):
    mine = issue(at, at.session(CLIENT), MINE)
    assert (mine["kind"], mine["holder"]["kind"]) == ("personal", "membership")
    assert {"groups", "number"}.isdisjoint(mine)
    assert verdict(at, mine, "/v1/verify/SystemsRead") == 200
    assert verdict(at, mine, "/v1/verify/SystemsWrite") == 403


def test_no_personal_token_mints_another(at: Desk):
    mine = issue(at, at.session(), MINE)
    at.refused(403, "POST", MINE, token(mine), {})
    at.refused(403, "POST", f"{MINE}/{mine['id']}/rotate", token(mine), {})


def test_groups_are_named_by_who_may_assign_them(at: Desk, by: By):
    group = str(at.stage.group("Automation").id)
    assert issue(at, by, groups=[group])["groups"] == [group]
    weaker = issue(at, by, groups=[group])
    at.refused(403, "POST", TOKENS, token(weaker), {"groups": [group]})
    assert issue(at, token(weaker))["groups"] == [group]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"expires_at": "2026-03-10T09:00:00Z"}, "expires_at"),
        ({"expires_at": "2027-01-01T00:00:00Z", "lifetime": "P1D"}, "lifetime"),
        ({"lifetime": "P99999Y"}, "lifetime"),
        ({"lifetime": "PT0S"}, "lifetime"),
        ({"addresses": ["192.0.2.7/24"]}, "addresses[0]"),
        ({"addresses": [HERE, "example.com"]}, "addresses[1]"),
        ({"addresses": [f"10.0.{n}.0/24" for n in range(51)]}, "addresses"),
        ({"audience": "x" * 201}, "audience"),
        ({"description": "x" * 501}, "description"),
        ({"kind": "session"}, "kind"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    at: Desk, by: By, body: dict[str, object], field: str
):
    problem = at.refused(400, "POST", TOKENS, by, body)
    assert [one["field"] for one in problem["errors"]] == [field]


# lists


# edits


def test_an_edit_starts_from_what_was_read(at: Desk, by: By):
    path = f"{TOKENS}/{issue(at, by)['id']}"
    assert at.refused(428, "PATCH", path, by, {"description": "x"})["code"]
    first = at("PATCH", path, by, {"description": "first"}, if_match='"1"')
    assert (first.status, first.header("etag")) == (200, '"2"')
    at.refused(412, "PATCH", path, by, {"description": "second"}, if_match='"1"')
    assert at.good("GET", path, by)["description"] == "first"
    at.good("PATCH", path, by, {"description": "third"}, if_match="*")


def test_what_is_over_is_neither_edited_nor_rotated_and_stays_shown(at: Desk, by: By):
    one = issue(at, by)
    path = f"{TOKENS}/{one['id']}"
    at.good("DELETE", path, by)
    at.refused(422, "PATCH", path, by, {"description": "x"}, if_match="*")
    at.refused(422, "POST", f"{path}/rotate", by, {})
    assert state(at, by, one) == "revoked"
    before = at.stage.store.head()
    at.good("DELETE", path, by)
    assert at.stage.store.head() == before


# rotation


def rotate(at: Desk, by: By, one: dict[str, Any], **body: object) -> dict[str, Any]:
    path = MINE if one["kind"] == "personal" else TOKENS
    rotated: dict[str, Any] = at.good("POST", f"{path}/{one['id']}/rotate", by, body)
    return rotated


@pytest.mark.parametrize("path", [TOKENS, MINE])
def test_the_old_one_lives_for_the_overlap_that_was_said(at: Desk, by: By, path: str):
    one = issue(at, by, path)
    second = rotate(at, by, one, overlap="PT2H")
    assert (second["family"], second["predecessor"]) == (one["id"], one["id"])
    at.stage.clock.moment += 2 * HOUR - 1
    assert (verdict(at, one), verdict(at, second)) == (200, 200)
    at.stage.clock.moment += 1
    assert (verdict(at, one), verdict(at, second)) == (401, 200)
    assert state(at, by, one, path) == "superseded"


@pytest.mark.parametrize("path", [TOKENS, MINE])
def test_without_an_overlap_the_old_one_lives_to_its_own_expiry(at: Desk, by: By, path: str):
    one = issue(at, by, path, lifetime="PT3H")
    rotate(at, by, one, lifetime="P1D")
    at.stage.clock.moment += 3 * HOUR - 1
    assert verdict(at, one) == 200
    assert state(at, by, one, path) == "active"


def test_a_cut_over_ends_the_old_one_at_once_and_is_not_repeated(at: Desk, by: By):
    one = issue(at, by)
    rotate(at, by, one, overlap="PT0S")
    assert verdict(at, one) == 401
    problem = at.refused(422, "POST", f"{TOKENS}/{one['id']}/rotate", by, {"overlap": "PT0S"})
    assert "superseded" in problem["errors"][0]["detail"]


@pytest.mark.parametrize(("overlap", "status"), [("PT0S", 422), ("PT599S", 422), ("PT10M", 201)])
def test_a_token_that_rotates_itself_can_still_ask_for_an_answer_that_was_lost(
    at: Desk, by: By, overlap: str, status: int
):
    one = issue(at, by)
    path, itself = f"{TOKENS}/{one['id']}/rotate", token(one)
    if status == 422:
        problem = at.refused(422, "POST", path, itself, {"overlap": overlap})
        assert problem["errors"][0]["field"] == "overlap"
        assert verdict(at, one) == 200
        return
    key = {"idempotency_key": "the-one-rotation"}
    first = at.good("POST", path, itself, {"overlap": overlap}, **key)
    at.stage.clock.moment += 599 * SECOND
    assert at.good("POST", path, itself, {"overlap": overlap}, **key)["token"] == first["token"]


def test_an_expired_token_is_succeeded_with_a_new_expiry_alone_and_stays_dead(at: Desk, by: By):
    one = issue(at, by, lifetime="PT1H")
    path = f"{TOKENS}/{one['id']}/rotate"
    at.stage.clock.moment += HOUR
    for body in ({}, {"lifetime": "P1D"}, {"overlap": "P1D"}):
        at.refused(422, "POST", path, by, body)
    second = rotate(at, by, one, expires_at="2027-01-01T00:00:00Z", overlap="P1D")
    assert second["expires_at"] == "2027-01-01T00:00:00Z"
    assert verdict(at, second) == 200
    assert verdict(at, one) == 401
    told = at.good("GET", f"{TOKENS}/{one['id']}", by)
    assert told["superseded_at"] == format_moment(at.stage.clock.moment)
    at.refused(422, "POST", path, by, {"expires_at": "2027-01-01T00:00:00Z"})


def test_a_new_expiry_is_moved_or_set_and_not_both(at: Desk, by: By):
    one = issue(at, by, expires_at="2026-03-31T00:00:00Z")
    assert rotate(at, by, one)["expires_at"] == "2026-03-31T00:00:00Z"
    assert rotate(at, by, one, lifetime="P1M")["expires_at"] == "2026-04-30T00:00:00Z"
    set_to = "2026-03-20T00:00:00Z"
    assert rotate(at, by, one, expires_at=set_to)["expires_at"] == set_to
    assert rotate(at, by, one, expires_at=None)["expires_at"] is None
    path = f"{TOKENS}/{one['id']}/rotate"
    at.refused(400, "POST", path, by, {"expires_at": set_to, "lifetime": "P1D"})
    problem = at.refused(422, "POST", path, by, {"expires_at": "2026-03-01T00:00:00Z"})
    assert problem["errors"][0]["field"] == "expires_at"
    at.refused(422, "POST", path, by, {"overlap": "P99999Y"})


def test_a_token_rotates_itself_and_a_retry_gives_the_same_string(at: Desk, by: By):
    one = issue(at, by, groups=[str(at.stage.group("Client").id)])
    path, body = f"{TOKENS}/{one['id']}/rotate", {"overlap": "PT1H"}
    answers = [at.good("POST", path, token(one), body, idempotency_key="2026-03") for _ in range(2)]
    assert answers[0] == answers[1]
    other = issue(at, by)
    at.refused(403, "POST", f"{TOKENS}/{other['id']}/rotate", token(one), body)


def test_nobody_is_given_the_string_of_a_stronger_token(at: Desk, by: By):
    weaker = issue(at, by, groups=[str(at.stage.group("Automation").id)])
    stronger = issue(at, by)
    at.refused(403, "POST", f"{TOKENS}/{stronger['id']}/rotate", token(weaker), {})


# where a token may be used


def test_a_token_of_one_audience_is_good_only_where_that_is_named(at: Desk, by: By):
    one = issue(at, by, audience="metering")
    gateway = issue(at, by, groups=[str(at.stage.group("Gateway").id)])
    assert verdict(at, one, "/v1/verify?audience=metering") == 200
    assert verdict(at, one, "/v1/verify/SystemsRead?audience=metering") == 200
    assert verdict(at, one, "/v1/verify?audience=other") == 403
    assert verdict(at, one) == 403
    assert at("GET", TOKENS, token(one)).status == 403
    assert at("GET", "/account/tokens", token(one)).status == 403
    for named, allowed in (
        ({"audience": "metering"}, True),
        ({"audience": "x"}, False),
        ({}, False),
    ):
        told = at.good("POST", "/v1/verify", token(gateway), {"token": one["token"], **named})
        assert (told["active"], told["allowed"]) == (True, allowed)
        assert told["audience"] == "metering"


def test_a_token_of_some_networks_is_good_only_from_there(at: Desk, by: By):
    near, far = (
        issue(at, by, addresses=[HERE, "2001:db8::/32"]),
        issue(at, by, addresses=[ELSEWHERE]),
    )
    gateway = issue(at, by, groups=[str(at.stage.group("Gateway").id)])
    assert (verdict(at, near), verdict(at, far)) == (200, 403)
    assert at("GET", TOKENS, token(near)).status == 200
    assert at("GET", TOKENS, token(far)).status == 403
    asked = {"token": far["token"]}
    for address, allowed in (("198.51.100.9", True), ("192.0.2.7", False), (None, False)):
        named = {} if address is None else {"address": address}
        told = at.good("POST", "/v1/verify", token(gateway), asked | named)
        assert told["allowed"] is allowed
        assert told.get("reason") == (None if allowed else "wrong_address")


@pytest.mark.parametrize("path", [TOKENS, MINE])
@pytest.mark.parametrize("terms", [{}, {"overlap": "PT0S"}, {"expires_at": None}])
def test_no_rotation_shakes_networks_and_audience_off(
    at: Desk, by: By, path: str, terms: dict[str, object]
):
    one = issue(at, by, path, addresses=[ELSEWHERE], audience="metering")
    second = rotate(at, by, one, **terms)
    assert (second["addresses"], second["audience"]) == ([ELSEWHERE], "metering")
    assert verdict(at, second, "/v1/verify?audience=metering") == 403


def test_nor_does_a_rotation_in_the_dialect(at: Desk, by: By):
    one = issue(at, by, addresses=[HERE])
    rotated = at.good("POST", f"/account/tokens/{one['id']}/rotate", token(one))
    assert at.good("GET", f"{TOKENS}/{rotated['id']}", by)["addresses"] == [HERE]


def test_a_token_bound_to_networks_gives_nothing_that_is_bound_to_less(at: Desk, by: By):
    bound = token(issue(at, by, addresses=[HERE]))
    free = issue(at, by)
    assert issue(at, bound)["addresses"] == [HERE]
    assert issue(at, bound, addresses=["192.0.2.128/25"])["addresses"] == ["192.0.2.128/25"]
    at.refused(403, "POST", TOKENS, bound, {"addresses": [HERE, ELSEWHERE]})
    dialect = at.good("POST", "/account/tokens", bound, {})
    assert at.good("GET", f"{TOKENS}/{dialect['id']}", by)["addresses"] == [HERE]
    at.refused(403, "POST", f"{TOKENS}/{free['id']}/rotate", bound, {})
    at.refused(403, "POST", f"/account/tokens/{free['id']}/rotate", bound, {})
    own = at.ids(f"{TOKENS}?limit=100", by)[-2]
    at.refused(403, "PATCH", f"{TOKENS}/{own}", bound, {"addresses": []}, if_match="*")


def test_a_personal_token_does_not_free_itself_of_its_networks(at: Desk, by: By):
    mine = issue(at, by, MINE, addresses=[HERE])
    path = f"{MINE}/{mine['id']}"
    at.refused(403, "PATCH", path, token(mine), {"addresses": []}, if_match="*")
    at.good("PATCH", path, by, {"addresses": []}, if_match="*")


# other dialects


def test_what_was_superseded_ends_then_in_the_dialect(at: Desk, by: By):
    one = issue(at, by, lifetime="P9D")
    rotate(at, by, one, overlap="PT1H")
    shown = at.good("GET", f"/account/tokens/{one['id']}", by)
    assert shown["expiresAt"] == format_moment(at.stage.clock.moment + HOUR)
    at.stage.clock.moment += HOUR
    later = {"expiresAt": "2027-01-01T00:00:00Z"}
    assert at.refused(400, "PATCH", f"/account/tokens/{one['id']}", by, later)["details"]
    assert verdict(at, one) == 401
    at.refused(422, "POST", f"/account/tokens/{one['id']}/rotate", by)
