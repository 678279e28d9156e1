"""Signing keys over the native API: operators see and rotate them, in a session of their own."""

import json

import pytest
from msgspec.structs import replace

from asking import asker
from conformance.house import House
from operations.meanwhile import before
from stage import OPERATOR
from tokenhouse.core.events import Name
from tokenhouse.core.moment import DAY, HOUR, MINUTE, format_moment
from tokenhouse.core.principal import DEPLOYMENT


@pytest.fixture
def at(new_house: House) -> House:
    return new_house


def test_an_operator_rotates_the_keys_and_nothing_ends(at: House):
    olga = asker(at, "the operator's")
    active, pending = olga("GET", "/v1/keys").body["data"]
    assert (active["state"], pending["state"]) == ("active", "pending")
    at.stage.clock.moment += 5 * MINUTE
    rotated = olga("POST", "/v1/keys/rotate", {})
    assert rotated.status == 200
    assert (rotated.body["active"], rotated.body["retiring"]) == (pending["id"], active["id"])
    assert rotated.body["retires_at"] == format_moment(
        at.stage.clock.now() + 7 * DAY + 12 * HOUR + MINUTE
    )
    states = {one["id"]: one["state"] for one in olga("GET", "/v1/keys").body["data"]}
    assert states == {
        active["id"]: "retiring",
        pending["id"]: "active",
        rotated.body["pending"]: "pending",
    }


def test_the_event_names_the_operator_and_his_session(at: House):
    olga, before = asker(at, "the operator's"), at.head
    assert olga("POST", "/v1/keys/rotate", {"now": True}).status == 200
    events = at.stage.store.events(None, before, 10)
    assert [event.name for event in events] == [Name.KEY_ROTATED, Name.KEY_CREATED]
    for event in events:
        body = json.loads(event.body or "")
        assert event.organization_id == DEPLOYMENT
        assert body["actor"] == str(at.stage.person(OPERATOR).id)
        assert body["through"] == str(at.good("session", "the operator's").token.id)


def test_a_key_that_verifiers_may_not_know_does_not_sign_unless_asked_to(at: House):
    olga, before = asker(at, "the operator's"), at.head
    early = olga("POST", "/v1/keys/rotate", {"now": False})
    assert (early.status, early.body["code"]) == (422, "unprocessable")
    assert "try again in 300 seconds" in early.body["detail"]
    assert at.head == before
    for body in ({"now": "true"}, {"now": 1}, {"soon": True}):
        assert olga("POST", "/v1/keys/rotate", body).status == 400


def test_no_answer_holds_a_private_part(at: House):
    olga = asker(at, "the operator's")
    sealed = [key.sealed for key in at.stage.store.signing_keys() if key.sealed]
    for answer in (olga("GET", "/v1/keys"), olga("POST", "/v1/keys/rotate", {"now": True})):
        assert answer.status == 200
        assert b'"d"' not in answer.reply.body
        assert b"sealed" not in answer.reply.body
        assert all(one.hex().encode() not in answer.reply.body for one in sealed)


def test_nobody_else_reaches_the_keys(at: House):
    for whose, kind in (
        ("the administrator's", "session"),
        ("the operator's", "personal"),
        ("the operator's", "organizational"),
        ("a foreign administrator's", "session"),
    ):
        somebody, before = asker(at, whose, kind), at.head
        assert somebody("GET", "/v1/keys").status == 403
        assert somebody("POST", "/v1/keys/rotate", {"now": True}).status == 403
        assert at.head == before


def test_an_operator_who_is_suspended_meanwhile_rotates_nothing(
    at: House, monkeypatch: pytest.MonkeyPatch
):
    olga, keys = asker(at, "the operator's"), at.stage.store.signing_keys()

    def suspend() -> None:
        person = at.stage.person(OPERATOR)
        at.stage.put(replace(person, version=person.version + 1, suspended=True), person)

    before(monkeypatch, at.stage.store, "commit", suspend)
    assert olga("POST", "/v1/keys/rotate", {"now": True}).status == 401
    assert at.stage.store.signing_keys() == keys
