"""A connection that is there is judged anew, and its end is told to the audit trail."""

import json
from typing import Any

import pytest

from brokers.hall import Hall, number, text
from rigs import subject
from stage import ADMINISTRATOR, CLIENT, OPERATOR
from tokenhouse.core.events import Name
from tokenhouse.core.moment import DAY, MINUTE
from tokenhouse.operations.device_tokens import Equipped


def again(at: Hall, policy: str = "bound", **said: str) -> tuple[bool, str | None]:
    told = at.json(f"plain/{policy}/again", said)
    return told["allowed"], told.get("reason")


def device(equipped: Equipped) -> dict[str, str]:
    """What the device connected with."""
    return {"user_name": text(equipped), "client_id": number(equipped)}


def suspend(at: Hall, equipped: Equipped) -> None:
    by = ("authorization", f"Bearer {at.operators()}")
    at.at.good("PATCH", f"/v1/devices/{equipped.device.id}", by, {"suspended": True}, if_match="*")


def revoke(at: Hall, equipped: Equipped) -> None:
    by = ("authorization", f"Bearer {at.operators()}")
    at.at.good("POST", f"/v1/devices/{equipped.device.id}/revoke", by)


def ended(at: Hall) -> list[dict[str, Any]]:
    """The ends of connections that are told of, oldest first, each with its organization."""
    at.stage.authority.notes.write(all_of_them=True)
    events = at.stage.store.events(None, 0, 10_000)
    return [json.loads(one.body or "") for one in events if one.name == Name.CONNECTION_ENDED]


def test_who_may_stay_is_told_what_he_was_told_when_he_came(at: Hall):
    for path in ("connect", "again"):
        told = at.json(f"plain/bound/{path}", device(at.me))
        assert told.pop("fresh_ms") > 0
        assert told["allowed"]
        assert told["id"] == str(at.me.token.id)
        assert str(at.me.token.family_id) in told["rests_on"]
    assert ended(at) == []


def test_the_end_of_a_devices_connection_is_in_its_organizations_trail(at: Hall):
    suspend(at, at.me)
    assert again(at, **device(at.me)) == (False, "token")
    (event,) = ended(at)
    token = at.me.token
    assert event["organization"] == str(token.organization_id)
    assert event["subject"] == str(token.id)
    assert (event["actor"], event["through"]) == (None, None)
    assert event["details"] == {
        "broker": "plugin",
        "client_id": number(at.me),
        "cause": "holder_suspended",
        "count": 1,
        "minute": at.stage.clock.moment // MINUTE * MINUTE,
    }


def test_each_cause_is_told_as_the_judge_calls_it(at: Hall):
    at.stage.clock.moment += 1
    suspend(at, at.other)
    again(at, **device(at.other))
    revoke(at, at.me)
    again(at, **device(at.me))
    at.stage.clock.moment = at.theirs.token.expires_at or 0
    by = at.client(by=OPERATOR, deployment=True)
    at.json("plain/bound/again", device(at.theirs), by)
    causes = {event["details"]["cause"] for event in ended(at)}
    assert causes == {"holder_suspended", "revoked", "expired"}


def test_the_end_of_a_persons_connection_names_him(at: Hall):
    anna = at.session()
    said = {"user_name": anna, "client_id": subject(anna)}
    assert again(at, **said) == (True, None)
    at.stage.clock.moment += DAY
    assert again(at, **said) == (False, "token")
    (event,) = ended(at)
    assert event["details"]["person"] == str(at.stage.person(ADMINISTRATOR).id)
    assert event["details"]["cause"] == "expired"


def test_a_good_token_that_may_not_connect_is_told_by_the_refusals_name(at: Hall):
    said = {"user_name": at.session(CLIENT), "client_id": "carl"}
    assert again(at, **said) == (False, "no_right")
    (event,) = ended(at)
    assert event["details"]["cause"] == "no_right"


def test_a_plugin_in_a_loop_writes_one_event_a_minute(at: Hall):
    suspend(at, at.me)
    for _ in range(50):
        again(at, **device(at.me))
    again(at, user_name=text(at.me), client_id=f"{number(at.me)}-up")
    told = [(one["details"]["client_id"], one["details"]["count"]) for one in ended(at)]
    assert told == [(number(at.me), 50), (f"{number(at.me)}-up", 1)]


def test_nothing_is_told_of_what_is_nobodys_or_not_to_be_seen(at: Hall):
    suspend(at, at.theirs)
    assert again(at, **device(at.theirs)) == (False, "token")
    assert again(at, user_name="me", password="secret", client_id="x") == (False, "no_token")
    forged = text(at.me)[:-4] + "AAAA"
    assert again(at, user_name=forged, client_id=number(at.me)) == (False, "token")
    assert ended(at) == []


def test_a_token_as_a_name_is_not_written_down(at: Hall):
    suspend(at, at.me)
    session = at.stage.sign_in(opaque=True).secret.reveal()
    for name in (session, text(at.other)[:256]):
        again(at, "free", user_name=text(at.me), client_id=name)
    assert session not in str(ended(at))


def test_nothing_that_memory_says_lets_somebody_stay(at: Hall, monkeypatch: pytest.MonkeyPatch):
    """Another node may have told of the change that this one's memory lacks."""
    assert again(at, **device(at.me)) == (True, None)
    asked = []
    anew = at.stage.store.anew
    monkeypatch.setattr(at.stage.store, "anew", lambda ask: asked.append(1) or anew(ask))
    again(at, **device(at.me))
    assert asked


def test_looking_again_is_no_use_of_a_token(at: Hall):
    usage = at.stage.parts.usage
    at.json("plain/bound/connect", device(at.me))
    usage.write()
    before = usage.store.usage_of(at.me.token.id)
    at.json("plain/bound/again", device(at.me))
    usage.write()
    assert usage.store.usage_of(at.me.token.id) == before


def test_whoever_may_not_ask_is_refused(at: Hall):
    path = "/v1/broker/plain/bound/again"
    assert at.at("POST", path, None, device(at.me)).status == 401
    assert at.at("POST", path, at.client(permissions=[]), device(at.me)).status == 403
    assert ended(at) == []
