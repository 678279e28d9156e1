"""What our own plugins ask, and the decision behind every broker's questions."""

import pytest

from brokers.hall import Hall, number, text
from brokers.topic_table import ALL, HOSTILE_IDS
from rigs import subject


def connect(at: Hall, policy: str = "bound", **said: str) -> tuple[bool, str | None]:
    told = at.json(f"plain/{policy}/connect", said)
    return told["allowed"], told.get("reason")


def may(at: Hall, action: str, topic: str, **who: str) -> bool:
    return at.json("plain/bound/topic", {"action": action, "topic": topic, **who})["allowed"]


def test_a_device_is_let_in_by_its_token_as_user_name_or_as_password(at: Hall):
    me, name = text(at.me), number(at.me)
    assert connect(at, user_name=me, client_id=name) == (True, None)
    assert connect(at, user_name=me, password="anything", client_id=name) == (True, None)
    assert connect(at, password=me, client_id=name) == (True, None)
    assert connect(at, user_name=name, password=me, client_id=f"{name}-up") == (True, None)


def test_a_device_is_told_until_when_and_what_it_rests_on(at: Hall):
    told = at.json("plain/bound/connect", {"user_name": text(at.me), "client_id": number(at.me)})
    token = at.me.token
    assert told["id"] == str(token.id)
    assert {str(token.id), str(token.family_id), str(token.holder_id)} <= {*told["rests_on"]}
    assert told["expires_at"] == "2026-03-17T09:00:00Z"
    assert 0 < told["fresh_ms"] <= 1000


@pytest.mark.parametrize("name", HOSTILE_IDS)
def test_a_device_connects_under_no_name_but_its_own(at: Hall, name: str):
    me, other, theirs = (str(one) for one in at.numbers)
    shown = name.replace("{me}", me).replace("{other}", other).replace("{theirs}", theirs)
    reply = at.at(
        "POST",
        "/v1/broker/plain/bound/connect",
        at.broker,
        {"user_name": text(at.me), "client_id": shown},
    )
    assert reply.status in {200, 400}
    assert b'"allowed":true' not in reply.body


def test_where_names_are_free_a_device_connects_under_any(at: Hall):
    assert connect(at, "free", user_name=text(at.me), client_id=number(at.other)) == (True, None)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({}, "no_token"),
        ({"user_name": "me", "password": "secret"}, "no_token"),
        ({"user_name": "{me}", "password": "{other}"}, "two_tokens"),
        ({"user_name": "me", "password": "{me}"}, "user_name"),
        ({"user_name": "{other_number}", "password": "{me}"}, "user_name"),
        ({"user_name": "{theirs}"}, "token"),
    ],
)
def test_why_somebody_is_not_let_in_is_told_in_a_word(at: Hall, said, reason):
    of = {
        "{me}": text(at.me),
        "{other}": text(at.other),
        "{theirs}": text(at.theirs),
        "{other_number}": number(at.other),
    }
    shown = {name: of.get(value, value) for name, value in said.items()}
    assert connect(at, client_id=number(at.me), **shown) == (False, reason)


def test_people_are_let_in_who_may_do_something_there(at: Hall):
    anna, carl = at.session(), at.session("carl@nordlicht.example")
    for name in (subject(anna), f"{subject(anna)}-desk", ""):
        assert connect(at, user_name=anna, client_id=name) == (True, None)
    assert connect(at, user_name=carl, client_id=subject(carl)) == (False, "no_right")


def test_people_connect_under_their_own_names_where_they_are_bound(at: Hall):
    anna, olga = at.session(), at.operators()
    for name in (
        "anna",
        subject(olga),
        f"{subject(anna)}x",
        f"{subject(anna)}-",
        f"x{subject(anna)}",
    ):
        assert connect(at, user_name=anna, client_id=name) == (False, "client_id")
    assert connect(at, "free", user_name=anna, client_id="anna") == (True, None)


def test_a_person_never_takes_a_devices_name(at: Hall):
    for policy in ("bound", "free"):
        told = connect(at, policy, user_name=at.session(), client_id=number(at.me))
        assert told == (False, "client_id")


@pytest.mark.parametrize("row", ALL, ids=lambda row: f"{row.action} {row.topic[:40]!r}")
def test_a_device_does_what_the_table_says(at: Hall, row):
    said = {"action": row.action.value, "topic": row.named(*at.numbers), "user_name": text(at.me)}
    reply = at.at("POST", "/v1/broker/plain/bound/topic", at.broker, said)
    assert reply.status in {200, 400}
    assert (b'"allowed":true' in reply.body) is row.allowed


def test_a_person_has_the_topics_of_his_organizations_devices(at: Hall):
    me, _, theirs = at.numbers
    anna, olga = at.session(), at.operators()
    assert may(at, "publish", f"th/d/{me}/down", user_name=anna)
    assert may(at, "subscribe", f"th/d/{me}/#", user_name=anna)
    assert not may(at, "subscribe", f"th/d/{theirs}/#", user_name=anna)
    assert not may(at, "subscribe", "th/d/+/up", user_name=anna)
    assert may(at, "subscribe", "th/d/+/up", user_name=olga)
    assert not may(at, "subscribe", "th/#", user_name=olga)


def test_who_is_named_after_he_was_let_in_has_what_the_device_has(at: Hall):
    me, other, _ = at.numbers
    mine = f"th/d/{me}/up"
    assert may(at, "publish", mine, user_name=str(me))
    assert may(at, "publish", mine, client_id=f"{me}-up")
    assert not may(at, "publish", mine, client_id=str(other))
    assert not may(at, "publish", mine, user_name="me", client_id=str(me))
    said = {"action": "publish", "topic": mine, "client_id": str(me)}
    assert not at.json("plain/free/topic", said)["allowed"]


def test_a_broker_sees_the_devices_of_its_organization_alone(at: Hall):
    by = at.client(by="olga@nordlicht.example", deployment=True)
    said = {"user_name": text(at.theirs), "client_id": number(at.theirs)}
    assert not at.json("plain/bound/connect", said)["allowed"]
    assert at.json("plain/bound/connect", said, by)["allowed"]


def test_whoever_may_not_ask_is_refused(at: Hall):
    said = {"user_name": text(at.me), "client_id": number(at.me)}
    path = "/v1/broker/plain/bound/connect"
    assert at.at("POST", path, None, said).status == 401
    assert at.at("POST", path, ("authorization", f"Bearer {text(at.me)}"), said).status == 401
    lacking = at.client(permissions=[])
    assert at.at("POST", path, lacking, said).status == 403
    name, value = at.broker
    assert at.at("POST", path, (name, value[:-6] + "AAAA=="), said).status == 401
    assert at.at("POST", path.replace("bound", "loose"), at.broker, said).status == 404
