"""nginx with the recipe of the documents, in front of a real API: who gets through, and as whom."""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from integration.gateway import CHANGING, READING, Gateway
from running import Demo, token
from tokenhouse.faces.native.wire.identity import MAX_PERMISSIONS

IDENTITY = (
    *("x-auth-subject", "x-auth-organization", "x-auth-kind", "x-auth-token-id"),
    "x-auth-permissions",
)


@pytest.fixture(scope="module")
def by(running_demo: Demo) -> dict[str, str]:
    return running_demo.bearer()


@pytest.fixture(scope="module")
def reader(running_demo: Demo, by: dict[str, str]) -> dict[str, Any]:
    return running_demo.issue(by, groups=[running_demo.group("Client")])


def asked(running_demo: Demo, headers: dict[str, str]) -> dict[str, Any]:
    """What Tokenhouse itself says about the same credential."""
    told: dict[str, Any] = running_demo.client.get("/v1/verify", headers=headers).json()
    return told


def personal(running_demo: Demo) -> dict[str, Any]:
    by = running_demo.bearer("Client")
    issued: dict[str, Any] = running_demo.client.post("/user/tokens", headers=by, json={}).json()
    return issued


@pytest.mark.parametrize("kind", ["organizational", "personal", "session"])
def test_a_good_token_of_each_kind_reaches_the_api_with_the_identity_behind_it(
    running_demo: Demo, in_front: Gateway, reader: dict[str, Any], kind: str
):
    presented = {
        "organizational": lambda: [token(reader)],
        "personal": lambda: [
            token(mine := personal(running_demo)),
            {"x-access-token": mine["token"]},
        ],
        "session": lambda: [
            signed := running_demo.bearer("Client"),
            {"x-access-token": signed["authorization"].removeprefix("Bearer ")},
        ],
    }[kind]()
    for headers in presented:
        seen, told = in_front.seen(headers=headers), asked(running_demo, headers)
        assert told["kind"] == kind
        held = " ".join(told["permissions"])
        assert [seen.all(name) for name in IDENTITY] == [
            [told["subject"]],
            [told["organization"]],
            [kind],
            [told["id"]],
            [held] if len(held) <= MAX_PERMISSIONS else [],
        ]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Token"},
        {"authorization": "Token nonsense"},
        {"authorization": "Token tho_" + "0" * 36},
        {"authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
        {"authorization": "Basic YTpi"},
        {"x-access-token": "tho_" + "0" * 36},
        {"cookie": "session=1"},
    ],
    ids=str,
)
def test_without_a_good_token_nothing_reaches_the_api_and_the_answer_says_what_is_needed(
    in_front: Gateway, headers: dict[str, str]
):
    answer = in_front.refused(headers=headers)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == (
        'Bearer realm="tokenhouse", Token realm="tokenhouse"'
    )
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_good_token_in_the_wrong_place_is_none(in_front: Gateway, reader: dict[str, Any]):
    secret = reader["token"]
    for headers in (
        {"authorization": f"Bearer {secret}"},
        {"x-access-token": secret},
        {"cookie": f"session={secret}"},
        {"x_access_token": secret},
    ):
        assert in_front.refused(headers=headers).status == 401
    for query in ("session", "access_token", "token"):
        assert in_front.refused(target=f"/roofs?{query}={secret}").status == 401
    form = f"access_token={secret}".encode()
    assert in_front.refused("POST", body=form).status == 401


def test_a_revoked_token_is_refused_by_the_very_next_request_on_the_same_connection(
    running_demo: Demo, in_front: Gateway, by: dict[str, str]
):
    connection = in_front.connection()
    issued = running_demo.issue(by)
    signed = running_demo.bearer("Client")
    for headers, path, who in (
        (token(issued), f"/account/tokens/{issued['id']}", by),
        (signed, "/v1/sessions/current", signed),
    ):
        in_front.seen(headers=headers, connection=connection)
        assert running_demo.client.delete(path, headers=who).status_code == 204
        assert in_front.refused(headers=headers, connection=connection).status == 401
    connection.close()


def test_an_expired_token_is_refused(running_demo: Demo, in_front: Gateway, by: dict[str, str]):
    now = datetime.fromisoformat(asked(running_demo, by)["as_of"])
    issued = running_demo.issue(by, expiresAt=(now + timedelta(seconds=5)).isoformat())
    while running_demo.client.get("/v1/verify", headers=token(issued)).status_code == 200:
        time.sleep(0.1)
    assert in_front.refused(headers=token(issued)).status == 401


def test_a_token_without_the_permission_is_forbidden_and_the_method_says_which_it_needs(
    running_demo: Demo, in_front: Gateway, by: dict[str, str], reader: dict[str, Any]
):
    none = running_demo.issue(by, groups=[])
    for method in READING:
        assert in_front.refused(method, headers=token(none)).status == 403
        assert in_front.seen(method, headers=token(reader)).method == method
    for method in CHANGING:
        refused = in_front.refused(method, headers=token(reader))
        assert refused.status == 403
        assert refused.headers["content-type"] == "application/problem+json"
        assert in_front.seen(method, headers=by).method == method


def test_two_credentials_in_one_request_are_refused(
    in_front: Gateway, by: dict[str, str], reader: dict[str, Any]
):
    one, other = token(reader), {"x-access-token": by["authorization"].removeprefix("Bearer ")}
    assert in_front.refused(headers=one | other).status == 403
    twice = [*one.items(), *by.items()]
    assert in_front.refused(headers=twice).status in {400, 403}


def test_of_a_credential_that_is_repeated_only_the_one_judged_can_be_taken_for_the_caller(
    running_demo: Demo, in_front: Gateway, by: dict[str, str]
):
    mine, other = personal(running_demo)["token"], by["authorization"].removeprefix("Bearer ")
    before = len(in_front.api.seen)
    answer = in_front.send(headers=[("x-access-token", mine), ("X-Access-Token", other)])
    seen = in_front.api.seen[before:]
    if answer.status == 200:  # nginx before 1.23 reads the first one only
        told = asked(running_demo, {"x-access-token": mine})
        assert [one.all("x-auth-subject") for one in seen] == [[told["subject"]]]
        assert seen[0].all("x-access-token") == []
    else:
        assert answer.status in {401, 403}
        assert not seen


def test_a_body_arrives_whole_at_the_api_though_the_question_has_none(
    in_front: Gateway, by: dict[str, str]
):
    for size in (0, 1, 20_000, 1_000_000):
        body = bytes(range(256)) * (size // 256) + bytes(size % 256)
        seen = in_front.seen("POST", headers=by, body=body)
        assert seen.body == body


def test_a_body_in_pieces_arrives_whole_as_well(in_front: Gateway, by: dict[str, str]):
    connection = in_front.connection()
    for headers, status in ((by, 200), ({}, 401), (by, 200)):
        before = len(in_front.api.seen)
        connection.putrequest("POST", "/roofs")
        for name, value in (headers | {"transfer-encoding": "chunked"}).items():
            connection.putheader(name, value)
        connection.endheaders([b"in ", b"two ", b"x" * 20_000], encode_chunked=True)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
        bodies = [seen.body for seen in in_front.api.seen[before:]]
        assert bodies == ([b"in two " + b"x" * 20_000] if status == 200 else [])
    connection.close()


def test_the_credential_ends_at_the_gateway(in_front: Gateway, reader: dict[str, Any]):
    seen = in_front.seen(headers=token(reader))
    assert reader["token"] not in str(seen)
    assert seen.all("authorization") == []


def test_a_thousand_requests_over_one_connection_are_each_answered_by_their_own_token(
    in_front: Gateway, reader: dict[str, Any]
):
    connection = in_front.connection()
    before = len(in_front.api.seen)
    bad = {"authorization": "Token " + "tho_" + "0" * 36}
    answers = [
        in_front.send(
            target=f"/{number}", headers=bad if number % 2 else token(reader), connection=connection
        ).status
        for number in range(1000)
    ]
    connection.close()
    assert answers == [200, 401] * 500
    targets = [seen.target for seen in in_front.api.seen[before:]]
    assert targets == [f"/{number}" for number in range(0, 1000, 2)]
