"""User tokens and device tokens in Spoke Zone's dialect: how they begin, go on and stop."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from msgspec.structs import replace

from conformance.wire import Reply
from faces.fleet import ALL, Fleet, fleet, read
from rigs import CPU_ID
from stage import ADMINISTRATOR, CLIENT, OPERATOR, PASSWORD
from tokenhouse.boundary import Boundary
from tokenhouse.core.moment import DAY, HOUR, SECOND
from tokenhouse.core.permission import PRODUCT_PERMISSIONS, Permission
from tokenhouse.faces import fleet as dialect
from tokenhouse.operations.guessing import PER_PERSON_AND_NETWORK
from tokenhouse.operations.renew import REFUSED_AFTER
from tokenhouse.server import Background

LIFE = 7 * DAY


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Fleet]:
    with fleet(tmp_path) as built:
        yield built


def without_id(reply: Reply) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """All of an answer but the id of its request."""
    headers = tuple(field for field in reply.headers if field[0] != "x-request-id")
    return reply.status, headers, reply.body


def _list(at: Fleet, *names: str) -> None:
    """Let the catalogue have these permissions beside the product's, and no others."""
    before = at.at.stage.store.catalogue()
    product = [one for one in before.entries if one.name in PRODUCT_PERMISSIONS]
    entries = (*product, *map(Permission, names))
    at.at.stage.put(replace(before, version=before.version + 1, entries=entries), before)


# users


def test_a_users_token_tells_anybody_who_signed_in_and_what_he_may_do(at: Fleet):
    stage = at.at.stage
    _list(at, "SystemsRead")
    told = read(at.login())
    assert told == {
        "iss": "http://localhost:8080",
        "aud": "http://localhost:8080",
        "sub": str(stage.person(ADMINISTRATOR).id),
        "jti": told["jti"],
        "iat": told["iat"],
        "exp": told["iat"] + 12 * 3600,
        "organization": str(stage.organization_id),
        "organizationId": str(stage.organization_id),
        "username": ADMINISTRATOR,
        "role": "Administrator",
        "mqtt": ["publish", "receive"],
        "permissions": sorted(stage.store.catalogue().names),
    }
    carl = read(at.login(CLIENT))
    assert (carl["role"], carl["mqtt"]) == ("Client", [])
    assert carl["permissions"] == ["SystemsRead"]
    olga = read(at.super())
    assert olga["role"] == "Super"
    assert set(olga["permissions"]) > PRODUCT_PERMISSIONS


def test_what_is_too_much_for_a_token_is_told_by_its_groups_and_is_good_all_the_same(at: Fleet):
    stage = at.at.stage
    _list(at, *(f"{'Right' * 20}{number}" for number in range(500)))
    person = stage.person(OPERATOR)
    email = f"{'o' * 300}@nordlicht.example"
    stage.put(replace(person, version=person.version + 1, email=email), person)
    token = at.login(email)
    assert len(token) <= 8192
    told = read(token)
    assert told["permissions"] == ["Administrator"]
    assert told["permissionsTruncated"] is True
    assert at("GET", ALL, token).status == 200


def _shortly(at: Fleet) -> None:
    """Let the administrator have a short name."""
    person = at.at.stage.person(ADMINISTRATOR)
    at.at.stage.put(replace(person, version=person.version + 1, short_name="anna"), person)


def test_a_short_name_does_as_well_at_every_sign_in(at: Fleet):
    _shortly(at)
    assert read(at.login(" Anna "))["username"] == ADMINISTRATOR
    said = {"email": "anna", "password": PASSWORD}
    assert at("POST", "/v1/sessions", body=said).status == 201
    form = f"login=anna&password={PASSWORD.replace(' ', '+')}"
    signed_in = at.at.wire("GET", f"/1.0/users/authentication/rest/signin?{form}")
    assert json.loads(signed_in.body)["email"] == ADMINISTRATOR


def test_guesses_by_short_name_and_by_e_mail_are_of_one_person(at: Fleet):
    _shortly(at)
    for number in range(PER_PERSON_AND_NETWORK.burst):
        name = ("anna", ADMINISTRATOR)[number % 2]
        assert at("POST", "/login", body={"username": name, "password": "wrong"}).status == 401
    for name in ("anna", ADMINISTRATOR):
        body = {"username": name, "password": PASSWORD}
        assert at("POST", "/login", body=body).status == 429


def test_every_refused_sign_in_is_one_same_401(at: Fleet):
    stage = at.at.stage
    suspended = stage.membership(CLIENT)
    stage.put(replace(suspended, version=suspended.version + 1, suspended=True), suspended)
    refused = [
        at("POST", "/login", body={"username": name, "password": password})
        for name, password in (
            (ADMINISTRATOR, "wrong"),
            ("nobody@nordlicht.example", PASSWORD),
            ("nobody", PASSWORD),
            ("", ""),
            (CLIENT, PASSWORD),
        )
    ]
    assert {one.status for one in refused} == {401}
    assert len(set(map(without_id, refused))) == 1
    (error,) = json.loads(refused[0].body)["errors"]
    assert error["type"] == "unauthorized"
    assert error["details"] == {}


def test_sign_ins_are_counted_together_with_those_at_every_other_door(at: Fleet):
    wrong = {"email": ADMINISTRATOR, "password": "wrong"}
    for _ in range(PER_PERSON_AND_NETWORK.burst):
        assert at("POST", "/v1/sessions", body=wrong).status == 401
    said = {"username": ADMINISTRATOR, "password": PASSWORD}
    assert at.errors(429, "POST", "/login", body=said) == {("limit-exceeded", None)}
    assert at("POST", "/login", body=said).header("retry-after") == "30"


# devices


def test_an_organization_lets_users_and_devices_tokens_live_shorter(at: Fleet):
    by = at.login()
    policies = {"longest_lifetimes": {"session": "PT2H", "device": "P2D"}, "expiry_required": False}
    assert at("PUT", "/v1/organization/policies", by, policies, if_match="*").status == 200
    for token, seconds in ((at.login(), 2 * 3600), (at.make()["token"], 2 * 86400)):
        told = read(token)
        assert told["exp"] - told["iat"] == seconds


def test_a_devices_token_tells_its_number_and_its_topics_and_nothing_that_proves_it(at: Fleet):
    made = at.make()
    told = read(made["token"])
    assert {name: told[name] for name in ("deviceId", "mqttPrefix", "organizationId")} == {
        "deviceId": made["id"],
        "mqttPrefix": f"th/d/{made['id']}/",
        "organizationId": made["organizationId"],
    }
    assert told["exp"] == told["iat"] + LIFE // SECOND
    text = json.dumps(told)
    assert made["cpuId"] not in text
    assert made["uuid"] not in text
    assert "@" not in text


@pytest.mark.parametrize(
    ("late", "status"),
    [(-SECOND, 200), (0, 200), (SECOND, 401)],
    ids=["12 h - 1 s", "12 h", "12 h + 1 s"],
)
def test_a_token_renews_until_twelve_hours_after_its_expiry(at: Fleet, late: int, status: int):
    made = at.make()
    expired = read(made["token"])["exp"] * SECOND
    at.at.stage.clock.moment = expired + 12 * HOUR + late - 1000  # the request takes a millisecond
    reply = at.renew(made)
    assert reply.status == status, reply
    if status == 200:
        assert at.sees(made, json.loads(reply.body)["token"]) == 200


def test_an_expired_token_can_do_nothing_but_renew(at: Fleet):
    made = at.make()
    at.at.stage.clock.moment += LIFE + HOUR
    where = f"{ALL}/{made['id']}"
    for method, path, body in (
        ("GET", where, None),
        ("GET", ALL, None),
        ("GET", "/api/v2/ota-files", None),
        ("POST", "/api/v2/data-files", {"type": "log"}),
        ("GET", "/v1/verify", None),
    ):
        assert at(method, path, made["token"], body).status == 401
    assert at.renew(made).status == 200


def test_power_that_fails_before_the_new_token_is_written_costs_nothing(at: Fleet):
    made = at.make()
    at.at.stage.clock.moment += LIFE + HOUR
    first = json.loads(at.renew(made).body)["token"]
    at.at.stage.clock.moment += HOUR
    again = json.loads(at.renew(made).body)["token"]
    assert read(again) == read(first)
    assert [at.sees(made, one) for one in (first, again)] == [200, 200]


def test_a_live_token_goes_on_beside_its_successor(at: Fleet):
    made = at.make()
    renewed = json.loads(at.renew(made).body)["token"]
    assert read(renewed)["jti"] != read(made["token"])["jti"]
    assert [at.sees(made, one) for one in (made["token"], renewed)] == [200, 200]


def test_renewed_twice_in_parallel_there_is_one_successor(at: Fleet):
    made = at.make()
    said = {"cpu_id": made["cpuId"], "uuid": made["uuid"], "token": made["token"]}
    boundary = Boundary(at.at.stage.authority, (dialect.FACE,))
    with Background(boundary) as served, ThreadPoolExecutor(8) as pool:
        url = f"{served.url}/loginDevice"
        replies = list(pool.map(lambda _: httpx.post(url, json=said, timeout=30), range(8)))
    boundary.close()
    assert [one.status_code for one in replies] == [200] * 8
    assert len({read(one.json()["token"])["jti"] for one in replies}) == 1


def test_every_refused_renewal_is_one_same_401_that_leaves_no_sooner_than_any(at: Fleet):
    by, made, other = at.login(), at.make(), at.make("rig-2", cpuId="2")
    bare = at.good("POST", ALL, by, {"identifier": "rig-3"})
    head, payload, signature = made["token"].split(".")
    forged = f"{head}.{payload}.{signature[:-6]}{'AAAAAA' if signature[-6] != 'A' else 'BBBBBB'}"
    asked: list[Callable[[], Reply]] = [
        lambda: at.renew(made, cpu_id="1"),
        lambda: at.renew(made, uuid="1"),
        lambda: at.renew(made, forged),
        lambda: at.renew(made, "nonsense"),
        lambda: at.renew(made, by),
        lambda: at.renew(made, other["token"]),
        lambda: at.renew(bare, cpu_id=""),
    ]
    replies = []
    for ask in asked:
        began = time.perf_counter()
        replies.append(ask())
        assert time.perf_counter() - began >= REFUSED_AFTER / SECOND
    at.good("PATCH", f"{ALL}/{other['id']}", by, {"statusId": 3})
    replies.append(at.renew(other))
    at.good("POST", f"/v1/devices/{_uuid(at, made)}/revoke", by)
    replies.append(at.renew(made))
    at.good("DELETE", f"{ALL}/{made['id']}", by)
    replies.append(at.renew(made))
    late = at.make("rig-4")
    at.at.stage.clock.moment += LIFE + 12 * HOUR + SECOND
    replies.append(at.renew(late))
    assert len(set(map(without_id, replies))) == 1
    assert replies[0].status == 401
    (error,) = json.loads(replies[0].body)["errors"]
    assert (error["type"], error["details"]) == ("unauthorized", {})


def _uuid(at: Fleet, device: Any) -> str:
    kept = at.at.stage.store.numbered_device(None, device["id"])
    assert kept is not None
    return str(kept.id)


def test_after_a_revocation_secrets_begin_anew(at: Fleet):
    by, made = at.login(), at.make()
    at.good("POST", f"/v1/devices/{_uuid(at, made)}/revoke", by)
    assert at.sees(made, made["token"]) == 401
    assert at.renew(made).status == 401
    told = at.good("GET", f"{ALL}/{made['id']}/secrets", by, {"cpuId": CPU_ID})
    assert at.sees(made, told["token"]) == 200
    assert at.renew(made, told["token"]).status == 200


def test_the_status_of_a_renewal_is_the_deployments(at: Fleet):
    made = at.make()
    said = {"cpu_id": made["cpuId"], "uuid": made["uuid"], "token": made["token"]}
    boundary = Boundary(at.at.stage.authority, (dialect.face(201),))
    with Background(boundary) as served:
        reply = httpx.post(f"{served.url}/loginDevice", json=said, timeout=30)
    boundary.close()
    assert reply.status_code == 201
    assert set(reply.json()) == {"token"}
    assert at.renew(made).status == 200


# stopped at once, although the JWT lives


def _user_doors(at: Fleet, token: str) -> set[int | str]:
    """What a user's token gets at every door that takes it."""
    session = at.at.wire("GET", f"/1.0/users/authentication/rest/checksign?session={token}")
    bearer = ("authorization", f"Bearer {token}")
    return {
        at("GET", ALL, token).status,
        at("GET", "/v1/verify", token).status,
        at.at("GET", "/v1/verify", bearer).status,
        at.at("GET", "/v1/devices", bearer).status,
        at.at("GET", "/systems", bearer).status,
        at.at("GET", "/account/tokens", bearer).status,
        {0: 200, 702: 401}[json.loads(session.body)["result"]],
    }


def _device_doors(at: Fleet, device: Any) -> set[int]:
    """The same of a device's token."""
    token = device["token"]
    return {
        at.sees(device, token),
        at("GET", ALL, token).status,
        at("GET", "/v1/verify", token).status,
        at("GET", "/api/v2/ota-files", token).status,
        at("POST", "/api/v2/data-files", token, {"type": "log"}).status,
        at.renew(device).status,
    }


def _suspend(at: Fleet, record: Any) -> None:
    at.at.stage.put(replace(record, version=record.version + 1, suspended=True), record)


def test_a_locked_persons_token_stops_at_once_at_every_door(at: Fleet):
    token = at.login()
    assert _user_doors(at, token) == {200}
    _suspend(at, at.at.stage.person(ADMINISTRATOR))
    assert _user_doors(at, token) == {401}


def test_a_disabled_devices_token_stops_at_once_at_every_door(at: Fleet):
    made = at.make()
    assert _device_doors(at, made) == {200}
    at.good("PATCH", f"{ALL}/{made['id']}", at.login(), {"statusId": 3})
    assert _device_doors(at, made) == {401}


def test_all_tokens_of_a_suspended_organization_stop_at_once_at_every_door(at: Fleet):
    token, made = at.login(), at.make()
    assert (_user_doors(at, token), _device_doors(at, made)) == ({200}, {200})
    own = at.at.stage.store.find_organization(at.at.stage.organization_id)
    _suspend(at, own)
    assert (_user_doors(at, token), _device_doors(at, made)) == ({401}, {401})


def test_our_doors_believe_no_permission_that_a_token_tells(at: Fleet):
    _list(at)
    token = at.login()
    membership = at.at.stage.membership(ADMINISTRATOR)
    bare = replace(membership, version=membership.version + 1, groups=())
    at.at.stage.put(bare, membership)
    assert "DevicesRead" in read(token)["permissions"]
    assert at("GET", ALL, token).status == 403
