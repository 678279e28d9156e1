"""The native API: sessions and verification."""

import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from running import Demo, token


@pytest.fixture(scope="module")
def by(running_demo: Demo) -> dict[str, str]:
    return running_demo.bearer()


@pytest.fixture(scope="module")
def gateway(running_demo: Demo, by: dict[str, str]) -> dict[str, str]:
    return token(running_demo.issue(by, groups=[running_demo.group("Gateway")]))


@pytest.fixture(scope="module")
def issued(running_demo: Demo, by: dict[str, str]) -> dict[str, Any]:
    return running_demo.issue(by, groups=[running_demo.group("Client")])


def ask(running_demo: Demo, by: dict[str, str], **question: object) -> dict[str, Any]:
    answer = running_demo.client.post("/v1/verify", headers=by, json=question)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_session_starts_and_ends_at_once(running_demo: Demo):
    person = running_demo.person("Client")
    answer = running_demo.client.post(
        "/v1/sessions", json={"email": person["email"], "password": person["password"]}
    )
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    started = answer.json()
    assert started["expires_in"] == 12 * 3600
    assert started["organization"]["id"] == running_demo.ready["organization"]["id"]
    by = {"authorization": f"Bearer {started['token']}"}
    assert running_demo.client.get("/systems", headers=by).status_code == 200
    assert running_demo.client.delete("/v1/sessions/current", headers=by).status_code == 204
    assert running_demo.client.get("/systems", headers=by).status_code == 401
    assert running_demo.client.delete("/v1/sessions/current", headers=by).status_code == 401


def test_a_session_token_verifies_with_the_published_keys_alone(
    running_demo: Demo, by: dict[str, str]
):
    published = running_demo.client.get("/.well-known/jwks.json")
    assert published.headers["content-type"] == "application/jwk-set+json"
    assert "max-age=300" in published.headers["cache-control"]
    keys = KeySet.import_key_set(published.json())
    assert all("d" not in key for key in published.json()["keys"])
    checked = jwt.decode(by["authorization"].removeprefix("Bearer "), keys, algorithms=["ES256"])
    assert checked.header["typ"] == "session+jwt"
    assert checked.claims["iss"] == running_demo.url
    assert checked.claims["exp"] - checked.claims["iat"] == 12 * 3600


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{}", 400),
        (b"[]", 400),
        (b'{"email": "a@b.example"}', 400),
        (b'{"email": 1, "password": "x"}', 400),
        (b'{"email": "a@b.example", "password": ""}', 401),
        (b'{"email": "a@b.example", "password": "x", "organization": "x"}', 400),
        (b'{"email": "a@b.example", "password": "x", "admin": true}', 400),
        (b'{"email": "a@b.example", "password": "' + b"x" * 1025 + b'"}', 400),
        (b'{"email": "a@b.example", "password": "wrong"}', 401),
    ],
)
def test_a_bad_sign_in_is_a_problem_that_quotes_nothing(
    running_demo: Demo, body: bytes, status: int
):
    answer = running_demo.client.post(
        "/v1/sessions", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert {"title", "code", "request_id"} <= set(problem)
    assert "wrong" not in json.dumps(problem.get("errors", []))


@pytest.mark.parametrize("path", ["/v1/verify", "/v1/verify/SystemsRead"])
def test_a_good_credential_is_told_what_it_is_worth(
    running_demo: Demo, issued: dict[str, Any], path: str
):
    told = running_demo.client.get(path, headers=token(issued))
    assert told.status_code == 200
    body = told.json()
    assert body["active"] is True
    assert body["allowed"] is True
    assert body["kind"] == "organizational"
    assert body["id"] == issued["id"]
    assert body["permissions"] == ["SystemsRead"]
    assert 0 < body["fresh_ms"] <= 1000
    assert body["as_of"].endswith("Z")


def test_verify_answers_as_a_gateway_needs_it(running_demo: Demo, issued: dict[str, Any]):
    verify = running_demo.client.get
    assert verify("/v1/verify/MeasurementsRead", headers=token(issued)).status_code == 403
    assert verify("/v1/verify/NoSuchThing", headers=token(issued)).status_code == 403
    assert verify("/v1/verify/a%20b", headers=token(issued)).status_code == 403
    assert verify("/v1/verify").status_code == 401
    assert verify("/v1/verify", headers={"authorization": "Token nonsense"}).status_code == 401
    two = [("authorization", token(issued)["authorization"]), ("x-access-token", issued["token"])]
    assert verify("/v1/verify", headers=two).status_code == 403
    assert (
        verify("/v1/verify", headers={"authorization": "Token " + "x" * 40_000}).status_code == 403
    )
    assert verify("/v1/verify?" + "x=1&" * 101, headers=token(issued)).status_code == 403
    challenge = verify("/v1/verify").headers["www-authenticate"]
    assert "Bearer" in challenge


def test_a_personal_token_may_come_in_x_access_token_and_an_organizational_one_not(
    running_demo: Demo, issued: dict[str, Any]
):
    personal = running_demo.client.post(
        "/user/tokens", headers=running_demo.bearer("Client"), json={}
    ).json()
    verify = running_demo.client.get
    assert verify("/v1/verify", headers={"x-access-token": personal["token"]}).status_code == 200
    wrong = verify("/v1/verify", headers={"x-access-token": issued["token"]})
    assert wrong.status_code == 401
    assert "Authorization: Token" in wrong.text


def test_whoever_may_ask_learns_about_a_token_what_its_verifier_needs(
    running_demo: Demo, gateway: dict[str, str], issued: dict[str, Any]
):
    told = ask(running_demo, gateway, token=issued["token"], permissions=["SystemsRead"])
    assert (told["active"], told["allowed"]) == (True, True)
    told = ask(running_demo, gateway, token=issued["token"], permissions=["SystemsWrite"])
    assert (told["active"], told["allowed"]) == (True, False)
    assert told["missing"] == ["SystemsWrite"]
    told = ask(running_demo, gateway, token="tho_" + "0" * 36)
    assert (told["active"], told["reason"]) == (False, "unknown")
    assert "id" not in told


def test_only_organizational_tokens_with_the_permission_may_ask(
    running_demo: Demo, by: dict[str, str], issued: dict[str, Any]
):
    question = {"token": issued["token"]}
    post = running_demo.client.post
    assert post("/v1/verify", json=question).status_code == 401
    assert post("/v1/verify", headers=token(issued), json=question).status_code == 403
    assert post("/v1/verify", headers=by, json=question).status_code == 401


@pytest.mark.parametrize(
    "question",
    [{}, {"token": 1}, {"token": "x", "permissions": "SystemsRead"}, {"token": "x", "a": 1}],
)
def test_a_bad_question_is_a_problem(
    running_demo: Demo, gateway: dict[str, str], question: dict[str, object]
):
    answer = running_demo.client.post("/v1/verify", headers=gateway, json=question)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_who_takes_no_json_is_refused_before_anything_is_done_but_a_gateway_is_not(
    running_demo: Demo, gateway: dict[str, str], issued: dict[str, Any]
):
    html = {"accept": "text/html"}
    person = running_demo.bearer("Client")
    end = running_demo.client.delete
    assert end("/v1/sessions/current", headers=person | html).status_code == 406
    assert end("/v1/sessions/current", headers=person).status_code == 204
    question = {"token": issued["token"]}
    refused = running_demo.client.post("/v1/verify", headers=gateway | html, json=question)
    assert refused.status_code == 406
    assert refused.json()["code"] == "not_acceptable"
    for path in ("/v1/verify", "/v1/verify/SystemsRead?x=1"):
        answer = running_demo.client.get(path, headers=token(issued) | html)
        assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/v1/sessions", "/v1/verify"])
def test_a_parameter_that_would_do_nothing_is_refused(
    running_demo: Demo, gateway: dict[str, str], path: str
):
    answer = running_demo.client.post(f"{path}?dry_run=1", headers=gateway, json={})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "query", "detail": "known parameters here: none"}]


def test_what_belongs_to_no_face_answers_as_a_problem(running_demo: Demo):
    for path in ("/nowhere", "/v1/nowhere", "/accountant", "/v3/token"):
        answer = running_demo.client.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
