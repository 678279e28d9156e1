"""Devices in Spoke Zone's dialect: who sees and changes which, and how faults are told."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faces.fleet import ALL, Fleet, fleet, read
from rigs import CPU_ID
from stage import CLIENT, OPERATOR
from tokenhouse.faces.fleet.wire.devices import RENEWS_NOTHING

FOREIGNER = "eve@suedstrom.example"
UNKNOWN = f"{ALL}/2000000000"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Fleet]:
    with fleet(tmp_path) as built:
        yield built


def test_a_device_is_told_as_the_dialect_has_it(at: Fleet):
    made = at.make(
        "rig-17",
        serialNumber="SN-2209",
        modelId="R2",
        organizationId=str(at.at.stage.organization_id),
        manufactureDate="2025-11-26T08:00:00Z",
    )
    number, token = made["id"], made.pop("token")
    assert token.count(".") == 2
    assert made == {
        "id": number,
        "identifier": "rig-17",
        "serialNumber": "SN-2209",
        "modelId": "R2",
        "organizationId": str(at.at.stage.organization_id),
        "statusId": 1,
        "mqttPrefix": f"th/d/{number}/",
        "lastOnline": None,
        "createdDate": made["createdDate"],
        "manufactureDate": "2025-11-26T08:00:00Z",
        "cpuId": CPU_ID,
        "uuid": made["uuid"],
    }
    shown = {name: value for name, value in made.items() if name not in {"cpuId", "uuid"}}
    assert at.good("GET", f"{ALL}/{number}", at.login()) == shown
    assert at.good("GET", ALL, at.login()) == [shown]
    assert at.good("GET", f"{ALL}/{number}", at.super()) == made
    assert at.good("GET", ALL, at.super()) == [made]


def test_a_device_without_a_cpu_id_is_made_with_a_warning(at: Fleet):
    made = at.good("POST", ALL, at.login(), {"identifier": "bare"})
    assert made["warnings"] == [RENEWS_NOTHING]
    assert made["cpuId"] is None
    assert len(made["uuid"]) == 36
    assert "warnings" not in at.make("rig-1")


def test_a_device_is_shown_itself_with_what_proves_it_and_nothing_else(at: Fleet):
    made, other = at.make("rig-1"), at.make("rig-2")
    own = {name: value for name, value in made.items() if name != "token"}
    assert at.good("GET", f"{ALL}/{made['id']}", made["token"]) == own
    assert at.good("GET", ALL, made["token"]) == [own]
    for method, path, body in (
        ("GET", f"{ALL}/{other['id']}", None),
        ("GET", UNKNOWN, None),
        ("POST", ALL, {"identifier": "rig-3"}),
        ("PATCH", f"{ALL}/{made['id']}", {"serialNumber": "1"}),
        ("DELETE", f"{ALL}/{made['id']}", None),
        ("GET", f"{ALL}/{made['id']}/secrets?cpuId={CPU_ID}", None),
    ):
        assert at.errors(403, method, path, made["token"], body) == {("unauthorized", None)}
    assert at.sees(made, made["token"]) == 200


def test_all_faults_of_a_request_are_told_at_once(at: Fleet):
    by = at.login()
    body: dict[str, Any] = {
        "serialNumber": 7,
        "statusId": 2,
        "modelId": "x" * 101,
        "manufactureDate": "yesterday",
        "organizationId": "mine",
        "colour": "red",
        "size": 1,
    }
    wrong = {
        ("required-field", "identifier"),
        ("invalid-field", "serialNumber"),
        ("invalid-field", "statusId"),
        ("invalid-field", "modelId"),
        ("invalid-field", "manufactureDate"),
        ("invalid-field", "organizationId"),
        ("unknown-field", "colour"),
        ("unknown-field", "size"),
    }
    assert at.errors(400, "POST", ALL, by, body) == wrong
    made = at.make()
    edit = {"identifier": " ", "id": 9, "cpuId": [], "statusId": True}
    assert at.errors(400, "PATCH", f"{ALL}/{made['id']}", by, edit) == {
        ("invalid-field", "identifier"),
        ("unknown-field", "id"),
        ("invalid-field", "cpuId"),
        ("invalid-field", "statusId"),
    }
    assert at.errors(400, "GET", f"{ALL}?limit=0&limit=5&color=x&organizationId=1", by) == {
        ("invalid-field", "limit"),
        ("unknown-field", "color"),
        ("invalid-field", "organizationId"),
    }
    assert at.errors(400, "POST", "/login", body={"user": "a", "password": 1}) == {
        ("required-field", "username"),
        ("unknown-field", "user"),
        ("invalid-field", "password"),
    }
    assert at.errors(400, "POST", "/loginDevice", body={"cpuId": "1", "uuid": []}) == {
        ("required-field", "cpu_id"),
        ("unknown-field", "cpuId"),
        ("invalid-field", "uuid"),
        ("required-field", "token"),
    }


def test_faults_that_only_the_records_show_are_told_in_the_dialects_words(at: Fleet):
    by = at.login()
    at.make("rig-1")
    taken = {"identifier": "rig-1"}
    assert at.errors(400, "POST", ALL, by, taken) == {("invalid-field", "identifier")}
    foreign = str(at.at.stage.found_organization("Südstrom", FOREIGNER))
    for name in ("organizationId", "customerId"):
        body = {"identifier": "rig-2", name: foreign}
        assert at.errors(400, "POST", ALL, by, body) == {("invalid-field", "organizationId")}
    own = str(at.at.stage.organization_id)
    both = {"identifier": "rig-2", "organizationId": own, "customerId": foreign}
    assert at.errors(400, "POST", ALL, by, both) == {("invalid-field", "customerId")}
    assert at.errors(404, "GET", UNKNOWN, by) == {("not-found", None)}
    (error,) = json.loads(at("GET", UNKNOWN, by).body)["errors"]
    assert error["details"] == {"entityType": "device", "entityId": 2_000_000_000}


def test_administrators_reach_their_own_devices_and_super_everyones(at: Fleet):
    foreign = str(at.at.stage.found_organization("Südstrom", FOREIGNER))
    mine = at.make("rig-1", customerId=str(at.at.stage.organization_id))
    theirs = at.make("rig-1", at.super(), customerId=foreign)
    assert theirs["organizationId"] == foreign
    eve, anna, olga = at.login(FOREIGNER), at.login(), at.super()
    assert [at.sees(one, anna) for one in (mine, theirs)] == [200, 404]
    assert [at.sees(one, eve) for one in (mine, theirs)] == [404, 200]
    assert [at.sees(one, olga) for one in (mine, theirs)] == [200, 200]
    for by, path in ((anna, theirs), (eve, mine)):
        where = f"{ALL}/{path['id']}"
        assert at.errors(404, "PATCH", where, by, {"statusId": 3}) == {("not-found", None)}
        assert at.errors(404, "DELETE", where, by) == {("not-found", None)}
    listed = at.good("GET", f"{ALL}?organizationId={foreign}", olga)
    assert [one["id"] for one in listed] == [theirs["id"]]
    assert at.errors(404, "GET", f"{ALL}?organizationId={foreign}", anna) == {("not-found", None)}


def test_who_lacks_the_permission_is_refused_with_its_name(at: Fleet):
    made, carl = at.make(), at.login(CLIENT)
    for method, path, needed in (
        ("GET", ALL, "DevicesRead"),
        ("GET", f"{ALL}/{made['id']}", "DevicesRead"),
        ("GET", f"{ALL}/{made['id']}/secrets?cpuId=1", "DevicesRead"),
        ("DELETE", f"{ALL}/{made['id']}", "DevicesWrite"),
    ):
        assert at.errors(403, method, path, carl) == {("unauthorized", None)}
        assert needed.encode() in at(method, path, carl).body


def test_a_list_goes_on_where_its_link_leads(at: Fleet):
    by = at.login()
    made = [at.make(f"rig-{number}", by)["id"] for number in range(5)]
    seen, path = [], f"{ALL}?limit=2"
    while path:
        reply = at("GET", path, by)
        seen += [one["id"] for one in json.loads(reply.body)]
        link = reply.header("link")
        path = "" if link is None else link.removeprefix("<").removesuffix('>; rel="next"')
    assert seen == made


def test_a_device_is_edited_disabled_enabled_and_removed(at: Fleet):
    by, made = at.login(), at.make()
    where = f"{ALL}/{made['id']}"
    edited = at.good("PATCH", where, by, {"identifier": "rig-2", "serialNumber": "SN-1"})
    assert (edited["identifier"], edited["serialNumber"]) == ("rig-2", "SN-1")
    assert "cpuId" not in edited
    assert at.good("PATCH", where, at.super(), {})["cpuId"] == CPU_ID
    assert at.good("PATCH", where, by, {"statusId": 3})["statusId"] == 3
    assert at.sees(made, made["token"]) == 401
    assert at.good("PATCH", where, by, {"statusId": 1})["statusId"] == 1
    assert at.sees(made, made["token"]) == 200
    assert at.good("PATCH", where, at.super(), {"cpuId": ""})["cpuId"] is None
    assert at.good("DELETE", where, by) is None
    assert at.sees(made, by) == 404
    assert at.sees(made, made["token"]) == 401


def test_a_retry_makes_one_device(at: Fleet):
    by, body = at.login(), {"identifier": "rig-1"}
    first = at.good("POST", ALL, by, body, idempotency_key="rig")
    again = at.good("POST", ALL, by, body, idempotency_key="rig")
    assert read(again.pop("token")) == read(first.pop("token"))
    assert again == first
    other = at.errors(422, "POST", ALL, by, {"identifier": "rig-2"}, idempotency_key="rig")
    assert other == {("invalid-operation", None)}


@pytest.mark.parametrize("way", ["body", "query", "header"])
def test_secrets_are_told_for_the_cpu_id_wherever_it_stands(at: Fleet, way: str):
    by, made = at.login(), at.make()
    path, body, sent = f"{ALL}/{made['id']}/secrets", None, {}
    if way == "body":
        body = {"cpuId": CPU_ID}
    elif way == "query":
        path += f"?cpuId={CPU_ID}"
    else:
        sent = {"cpuid": CPU_ID}
    reply = at("GET", path, by, body, **sent)
    told = json.loads(reply.body)
    assert reply.status == 200
    assert reply.header("cache-control") == "no-store"
    assert (told["cpuId"], told["uuid"]) == (CPU_ID, made["uuid"])
    assert set(told) == {"cpuId", "uuid", "token"}
    assert [at.sees(made, one) for one in (made["token"], told["token"])] == [200, 200]
    assert at.at.told("device:secrets:told")[-1]["number"] == made["id"]


def test_super_says_nothing_for_secrets_and_everybody_else_has_to(at: Fleet):
    made = at.make()
    path = f"{ALL}/{made['id']}/secrets"
    assert at.good("GET", path, at.super())["uuid"] == made["uuid"]
    for where in (path, f"{UNKNOWN}/secrets", f"{path}?cpuId="):
        assert at.errors(400, "GET", where, at.login()) == {("required-field", "cpuId")}
    twice = at.errors(400, "GET", f"{path}?cpuId=1", at.login(), {"cpuId": CPU_ID})
    assert twice == {("invalid-field", "cpuId")}


def test_a_wrong_cpu_id_is_answered_as_an_unknown_device_is(at: Fleet):
    by, made = at.login(), at.make()
    at.at.stage.found_organization("Südstrom", FOREIGNER)
    foreign = at.make("rig-1", at.login(FOREIGNER))
    wrong = [
        at("GET", f"{ALL}/{made['id']}/secrets?cpuId=1", by),
        at("GET", f"{ALL}/{foreign['id']}/secrets?cpuId={CPU_ID}", by),
        at("GET", f"{UNKNOWN}/secrets?cpuId={CPU_ID}", by),
    ]
    for reply in wrong:
        (error,) = json.loads(reply.body)["errors"]
        assert (reply.status, error["type"]) == (404, "not-found")
        assert error["message"] == "There is no device of this id."


def test_secrets_of_a_disabled_device_are_refused_until_it_is_enabled(at: Fleet):
    by, made = at.login(), at.make()
    at.good("PATCH", f"{ALL}/{made['id']}", by, {"statusId": 3})
    path = f"{ALL}/{made['id']}/secrets?cpuId={CPU_ID}"
    assert at.errors(422, "GET", path, by) == {("invalid-operation", None)}


def test_a_token_of_the_wrong_kind_or_in_the_wrong_header_is_told_the_right_one(at: Fleet):
    by = at.login()
    reply = at("GET", ALL, authorization=f"Bearer {by}")
    (error,) = json.loads(reply.body)["errors"]
    assert (reply.status, error["type"]) == (401, "unauthorized")
    assert "`x-access-token: …`" in error["message"]
    issued = at.at.stage.issue(at.at.stage.session())
    reply = at("GET", ALL, issued.secret.reveal())
    (error,) = json.loads(reply.body)["errors"]
    assert reply.status == 401
    assert "`Authorization: Token`" in error["message"]
    assert (reply.header("www-authenticate") or "").startswith("x-access-token ")


def test_a_personal_token_is_taken_as_the_token_of_its_person(at: Fleet):
    token = at.at.stage.issue_personal(at.at.stage.session(OPERATOR)).secret.reveal()
    made = at.make(by=token)
    assert "cpuId" not in at.good("GET", f"{ALL}/{made['id']}", token)  # no operator's rank
