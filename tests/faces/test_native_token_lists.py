"""What /v1 shows of tokens: their records, lists, states, and what the trail tells."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faces.desk import By, Desk, desk, token
from stage import ADMINISTRATOR, CLIENT, START
from tokenhouse.core.moment import DAY, HOUR, format_moment
from tokenhouse.operations import tokens

TOKENS, MINE = "/v1/tokens", "/v1/me/tokens"
ELSEWHERE = "198.51.100.0/24"
HERE = "192.0.2.0/24"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as opened:
        yield opened


@pytest.fixture
def by(at: Desk) -> By:
    return at.session()


def issue(at: Desk, by: By, path: str = TOKENS, **fields: object) -> dict[str, Any]:
    at.tick()
    issued: dict[str, Any] = at.good("POST", path, by, {"description": "a token", **fields})
    return issued


def state(at: Desk, by: By, one: dict[str, Any], path: str = TOKENS) -> str:
    return str(at.good("GET", f"{path}/{one['id']}", by)["state"])


def verdict(at: Desk, one: dict[str, Any], path: str = "/v1/verify") -> int:
    return at("GET", path, token(one)).status


def test_an_issued_token_is_told_with_its_string_once(at: Desk, by: By):
    reply = at("POST", TOKENS, by, {"description": "report", "lifetime": "P1M"})
    assert reply.status == 201
    issued = at.good("POST", TOKENS, by, {"description": "report", "lifetime": "P1M"})
    path = f"{TOKENS}/{issued['id']}"
    shown = at("GET", path, by)
    assert shown.header("etag") == '"1"'
    assert issued["token"].encode() not in shown.body
    told = at.good("GET", path, by)
    assert told == {name: value for name, value in issued.items() if name != "token"}
    assert told["state"] == "active"
    assert told["number"] == 2
    assert told["hint"] == issued["token"][-4:]
    assert told["expires_at"] == "2026-04-10T09:00:00.001Z"
    assert told["holder"] == {"kind": "organization", "id": str(at.stage.organization_id)}
    assert told["made_by"] == str(at.stage.person(ADMINISTRATOR).id)
    assert (told["family"], told["predecessor"]) == (told["id"], None)
    assert reply.header("location") == f"{TOKENS}/{json.loads(reply.body)['id']}"


def test_a_list_begins_with_the_newest_and_goes_on(at: Desk, by: By):
    made = [issue(at, by)["id"] for _ in range(5)]
    assert at.ids(f"{TOKENS}?limit=2", by) == made[::-1]
    first = at("GET", f"{TOKENS}?limit=2", by)
    assert (first.header("link") or "").startswith(f"<{TOKENS}?limit=2&cursor=")
    assert "next_cursor" not in at.good("GET", f"{TOKENS}?limit=5", by)


def test_the_state_of_each_token_is_the_judges_word(at: Desk, by: By):
    made = {name: issue(at, by, lifetime="P2D") for name in ("active", "revoked", "family_ended")}
    made["expired"] = issue(at, by, lifetime="PT1H")
    made["superseded"] = issue(at, by)
    at.good("DELETE", f"{TOKENS}/{made['revoked']['id']}", by)
    at.good("DELETE", f"{TOKENS}/{made['family_ended']['id']}/family", by)
    path = f"{TOKENS}/{made['superseded']['id']}/rotate"
    at.tick()
    successor = at.good("POST", path, by, {"overlap": "PT0S"})
    at.stage.clock.moment += HOUR
    for name, one in made.items():
        assert state(at, by, one) == name
        also = [successor["id"]] if name == "active" else []
        assert at.ids(f"{TOKENS}?state={name}", by) == [*also, one["id"]]


def test_a_list_is_filtered_by_family_description_and_expiry(at: Desk, by: By):
    short = issue(at, by, description="Straße nach Süden", lifetime="P1D")
    endless = issue(at, by, description="other")
    at.tick()
    second = at.good("POST", f"{TOKENS}/{short['id']}/rotate", by, {"lifetime": "P9D"})
    assert at.ids(f"{TOKENS}?family={short['id']}", by) == [second["id"], short["id"]]
    assert at.ids(f"{TOKENS}?search=STRASSE", by) == [second["id"], short["id"]]
    soon = format_moment(START + 2 * DAY)
    assert at.ids(f"{TOKENS}?expires_before={soon}", by) == [short["id"]]
    assert at.ids(f"{TOKENS}?search=nothing", by) == []
    assert len(at.ids(TOKENS, by)) == 3
    assert endless["id"] in at.ids(TOKENS, by)


def test_a_filter_looks_at_a_bounded_number_and_the_list_goes_on(
    at: Desk, by: By, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tokens, "MOST_LOOKED_AT", 4)
    monkeypatch.setattr(tokens, "_AT_ONCE", 3)
    wanted = [issue(at, by, description="wanted")["id"] for _ in range(2)]
    for _ in range(6):
        issue(at, by)
    first = at.good("GET", f"{TOKENS}?search=wanted", by)
    assert first["data"] == []
    assert first["next_cursor"]
    assert at.ids(f"{TOKENS}?search=wanted", by) == wanted[::-1]
    assert at.ids(f"{TOKENS}?search=wanted&limit=1", by) == wanted[::-1]


def test_my_tokens_and_sessions_are_mine_alone(at: Desk, by: By):
    mine, session = issue(at, by, MINE), at.ids(f"{MINE}?kind=session", by)
    issue(at, by)
    assert at.ids(f"{MINE}?kind=personal", by) == [mine["id"]]
    assert len(session) == 1
    assert at.ids(MINE, by) == sorted([mine["id"], *session], reverse=True)
    other = at.session(CLIENT)
    assert mine["id"] not in at.ids(MINE, other)
    at.refused(404, "GET", f"{MINE}/{mine['id']}", other)
    at.refused(404, "DELETE", f"{MINE}/{mine['id']}", other)


def test_an_edit_changes_what_it_names_and_the_trail_tells_before_and_after(at: Desk, by: By):
    path = f"{TOKENS}/{issue(at, by, audience='api')['id']}"
    changed = at.good("PATCH", path, by, {"addresses": ["192.0.2.7", "192.0.2.7/32"]}, if_match="*")
    assert changed["addresses"] == ["192.0.2.7/32"]
    assert changed["audience"] == "api"
    cleared = at.good("PATCH", path, by, {"audience": None, "addresses": []}, if_match="*")
    assert (cleared["audience"], cleared["addresses"]) == (None, [])
    first, second = at.told("token:holder:changed")
    assert first["addresses_before"] == []
    assert first["addresses_after"] == ["192.0.2.7/32"]
    assert (second["audience_before"], second["audience_after"]) == ("api", None)


def test_a_session_is_ended_but_neither_edited_nor_rotated(at: Desk, by: By):
    other = at.session()
    (mine, ended) = at.ids(f"{MINE}?kind=session", by)[::-1]
    path = f"{MINE}/{ended}"
    at.refused(422, "PATCH", path, by, {"description": "x"}, if_match="*")
    at.refused(422, "POST", f"{path}/rotate", by, {})
    at.good("DELETE", path, by)
    assert at("GET", "/v1/verify", other).status == 401
    assert at("GET", "/v1/verify", by).status == 200
    assert mine != ended
