"""The gridX dialect, promise by promise, over a real connection."""

import re
import uuid
from typing import Any

import pytest

from running import Demo, token

VENDOR = "application/vnd.gridx.v2+json"
UNKNOWN = "01890000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def by(running_demo: Demo) -> dict[str, str]:
    return running_demo.bearer()


@pytest.fixture(scope="module")
def issued(running_demo: Demo, by: dict[str, str]) -> dict[str, Any]:
    client_group = running_demo.group("Client")
    return running_demo.issue(
        by, description="one", expiresAt="2031-01-31T00:00:00Z", groups=[client_group]
    )


# what a token object is


def test_a_token_object_has_the_fields_of_the_dialect(issued: dict[str, Any], running_demo: Demo):
    user = issued["user"]
    assert list(issued) == [
        *("id", "description", "expiresAt", "createdAt", "updatedAt", "userID", "user", "token")
    ]
    assert uuid.UUID(issued["id"]).version == 7
    assert uuid.UUID(issued["userID"]).version == 5
    assert user["id"] == issued["userID"]
    assert user["email"] == f"{user['id']}@tokens.invalid"
    assert user["accountID"] == running_demo.ready["organization"]["id"]
    assert [group["name"] for group in user["groups"]] == ["Client"]
    assert re.fullmatch(r"tho_[0-9A-Za-z]{36}", issued["token"])
    assert issued["createdAt"].endswith("Z")


def test_a_personal_token_names_its_person(running_demo: Demo):
    person = running_demo.bearer("Client")
    answer = running_demo.client.post("/user/tokens", headers=person, json={"description": "mine"})
    assert answer.status_code == 201
    made = answer.json()
    assert made["token"].startswith("thp_")
    assert "expiresAt" not in made
    assert made["user"]["email"] == running_demo.person("Client")["email"]
    assert made["user"]["fullName"]
    assert running_demo.client.get("/systems", headers=token(made)).status_code == 200


def test_the_secret_stands_in_no_answer_but_create_and_rotate(
    running_demo: Demo, by: dict[str, str], issued: dict[str, Any]
):
    one = f"/account/tokens/{issued['id']}"
    for answer in (
        running_demo.client.get(one, headers=by),
        running_demo.client.get("/account/tokens?per_page=100", headers=by),
        running_demo.client.patch(one, headers=by, json={"description": "two"}),
        running_demo.client.get("/v1/verify", headers=token(issued)),
    ):
        assert answer.status_code == 200
        assert issued["token"] not in answer.text
        assert issued["token"][4:34] not in answer.text


# lists


def test_lists_are_bare_arrays_with_pages_in_a_stated_order(running_demo: Demo):
    by = running_demo.bearer("Client")
    mint = running_demo.client.post
    for n in range(5):
        assert mint("/user/tokens", headers=by, json={"description": f"d{n}"}).status_code == 201
    listed = running_demo.client.get("/user/tokens?per_page=2&page=2&sort=-description", headers=by)
    assert isinstance(listed.json(), list)
    assert len(listed.json()) == 2
    every = running_demo.client.get("/user/tokens?per_page=100&sort=description", headers=by).json()
    names = [one["description"] for one in every]
    assert names == sorted(names)
    assert [one["description"] for one in listed.json()] == names[::-1][2:4]
    following = running_demo.client.get(listed.links["next"]["url"], headers=by).json()
    assert [one["description"] for one in following] == names[::-1][4:6]
    last = running_demo.client.get("/user/tokens?per_page=100", headers=by)
    assert "next" not in last.links


def test_people_see_their_own_personal_tokens_only(running_demo: Demo, by: dict[str, str]):
    other = running_demo.client.post("/user/tokens", headers=by, json={}).json()
    client = running_demo.bearer("Client")
    path = f"/user/tokens/{other['id']}"
    unknown = running_demo.client.get(f"/user/tokens/{UNKNOWN}", headers=client)
    assert running_demo.client.get(path, headers=client).content == unknown.content
    assert running_demo.client.delete(path, headers=client).status_code == 404
    assert running_demo.client.get(path, headers=by).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        *("page=0", "page=-1", "page=x", "page=1e3", "per_page=0", "per_page=101", "page=٣"),
        *("sort=secret", "sort=", "sort=--createdAt", "pages=1", "page=1&page=2", "page=%00"),
        *("page=" + "9" * 400, "page=%ff"),
    ],
)
def test_bad_pages_are_refused(running_demo: Demo, by: dict[str, str], query: str):
    answer = running_demo.client.get(f"/account/tokens?{query}", headers=by)
    assert answer.status_code == 400
    assert set(answer.json()) == {"message", "details"}


# bad input


BAD_BODIES = [
    *(b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"{'a':1}", b'{"a":1,}', b"NaN"),
    b"[" * 60_000,
    b'{"a":' * 10_000,
    b'{"description": "one", "description": "two"}',
    b'{"description": "one", "groups": [], "groups": []}',
    b'{"description": 1}',
    b'{"description": ["x"]}',
    b'{"description": "a\\u0000b"}',
    b'{"description": "a\\nb"}',
    b'{"description": "\\ud800"}',
    b'{"description": "' + b"x" * 501 + b'"}',
    b'{"expiresAt": "2030-01-01T00:00:00"}',
    b'{"expiresAt": "2030-01-01"}',
    b'{"expiresAt": "2030-02-30T00:00:00Z"}',
    b'{"expiresAt": "2030-01-01T25:00:00Z"}',
    b'{"expiresAt": "2030-01-01T00:00:00+99:00"}',
    b'{"expiresAt": "2001-01-01T00:00:00Z"}',
    b'{"expiresAt": 1893456000}',
    b'{"expiresAt": {}}',
    b'{"expiresAt": "99999-01-01T00:00:00Z"}',
    b'{"groups": "x"}',
    b'{"groups": [1]}',
    b'{"groups": ["x"]}',
    b'{"groups": ["01890000-0000-7000-8000-000000000000"]}',
    b'{"groups": {"a": 1}}',
    b'{"groups": null}',
    b'{"permissions": ["SystemsRead"]}',
    b'{"token": "tho_mine"}',
    b'{"id": "01890000-0000-7000-8000-000000000000"}',
    b'{"userID": "01890000-0000-7000-8000-000000000000"}',
]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: repr(body[:40]))
def test_bad_bodies_are_refused_in_the_form_of_the_dialect(
    running_demo: Demo, by: dict[str, str], issued: dict[str, Any], method: str, body: bytes
):
    path = "/account/tokens" + (f"/{issued['id']}" if method == "PATCH" else "")
    headers = by | {"content-type": "application/json"}
    answer = running_demo.client.request(method, path, headers=headers, content=body)
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"message", "details"}
    assert answer.json()["message"]


def test_all_faults_of_a_body_are_told_at_once(running_demo: Demo, by: dict[str, str]):
    answer = running_demo.client.post(
        "/account/tokens", headers=by, json={"description": 1, "expiresAt": "soon", "colour": "red"}
    )
    details = " ".join(answer.json()["details"])
    assert "description" in details
    assert "expiresAt" in details
    assert "colour" in details


def test_a_body_of_another_media_type_is_refused(running_demo: Demo, by: dict[str, str]):
    answer = running_demo.client.post("/account/tokens", headers=by, data={"description": "form"})
    assert answer.status_code == 415
    assert set(answer.json()) == {"message", "details"}


def test_a_body_that_is_too_large_is_refused(running_demo: Demo, by: dict[str, str]):
    headers = by | {"content-type": "application/json"}
    answer = running_demo.client.post("/account/tokens", headers=headers, content=b" " * 10**6)
    assert answer.status_code == 413
    assert set(answer.json()) == {"message", "details"}


def test_headers_that_are_too_large_are_refused(running_demo: Demo):
    headers = {"authorization": "Token " + "x" * 40_000}
    answer = running_demo.client.get("/account/tokens", headers=headers)
    assert answer.status_code == 431
    assert set(answer.json()) == {"message", "details"}


# media types


@pytest.mark.parametrize(
    ("accept", "status", "media_type"),
    [
        (VENDOR, 200, VENDOR),
        ("application/json", 200, "application/json"),
        ("*/*", 200, "application/json"),
        ("application/*", 200, "application/json"),
        ("text/html, application/json;q=0.5", 200, "application/json"),
        (f"application/json;q=0.5, {VENDOR}", 200, VENDOR),
        (f"{VENDOR};q=0, */*;q=0.1", 200, "application/json"),
        ("text/html", 406, "application/json"),
        ("application/vnd.gridx.v1+json", 406, "application/json"),
        ("application/json;q=0", 406, "application/json"),
    ],
)
def test_the_answer_has_the_media_type_that_was_asked_for(
    running_demo: Demo, by: dict[str, str], accept: str, status: int, media_type: str
):
    answer = running_demo.client.get("/account/tokens", headers=by | {"accept": accept})
    assert answer.status_code == status
    assert answer.headers["content-type"] == media_type


def test_nothing_is_created_when_the_answer_could_not_be_given(
    running_demo: Demo, by: dict[str, str]
):
    listed = running_demo.client.get("/account/tokens?per_page=100", headers=by).json()
    refused = running_demo.client.post(
        "/account/tokens", headers=by | {"accept": "text/html"}, json={"description": "lost"}
    )
    assert refused.status_code == 406
    again = running_demo.client.get("/account/tokens?per_page=100", headers=by).json()
    assert len(again) == len(listed)


# spellings


def test_both_spellings_are_taken_and_each_wrong_one_gets_a_hint(
    running_demo: Demo, by: dict[str, str], issued: dict[str, Any]
):
    jwt = by["authorization"].removeprefix("Bearer ")
    swapped = running_demo.client.get("/systems", headers={"authorization": f"Token {jwt}"})
    assert swapped.status_code == 401
    assert "Authorization: Bearer" in swapped.text
    as_bearer = {"authorization": f"Bearer {issued['token']}"}
    for path in ("/systems", "/account/tokens"):
        answer = running_demo.client.get(path, headers=as_bearer)
        assert answer.status_code == 401
        assert "Authorization: Token" in answer.text


def test_two_credentials_in_one_request_are_refused(
    running_demo: Demo, by: dict[str, str], issued: dict[str, Any]
):
    headers = [("authorization", by["authorization"]), *token(issued).items()]
    answer = running_demo.client.get("/account/tokens", headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "value",
    [
        *("", "Bearer", "Token", "Basic YTpi", "Bearer a b", "token", "Digest x"),
        *("Token tho_" + "0" * 36, "Bearer a.b.c", "Token é", "Bearer " + "x" * 9000),
    ],
)
def test_what_is_no_credential_of_ours_is_401_with_a_challenge(running_demo: Demo, value: str):
    answer = running_demo.client.get(
        "/account/tokens", headers={"authorization": value.encode("latin-1")}
    )
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"]
    assert set(answer.json()) == {"message", "details"}


def test_without_a_credential_it_is_401_with_a_challenge(running_demo: Demo):
    answer = running_demo.client.get("/account/tokens")
    assert answer.status_code == 401
    assert "Token" in answer.headers["www-authenticate"]


# editing, revoking, expiry


def test_a_patch_changes_what_it_names_and_nothing_else(running_demo: Demo, by: dict[str, str]):
    made = running_demo.issue(by, description="before", expiresAt="2031-01-01T00:00:00Z")
    path = f"/account/tokens/{made['id']}"
    patched = running_demo.client.patch(path, headers=by, json={"description": "after"}).json()
    assert patched["description"] == "after"
    assert patched["expiresAt"] == "2031-01-01T00:00:00Z"
    endless = running_demo.client.patch(path, headers=by, json={"expiresAt": None}).json()
    assert "expiresAt" not in endless
    assert endless["description"] == "after"
    narrowed = running_demo.client.patch(path, headers=by, json={"groups": []}).json()
    assert narrowed["user"]["groups"] == []
    assert running_demo.client.get("/systems", headers=token(made)).status_code == 403


def test_a_revoked_token_is_gone_from_lists_and_refused(running_demo: Demo, by: dict[str, str]):
    made = running_demo.issue(by, description="short")
    path = f"/account/tokens/{made['id']}"
    assert running_demo.client.delete(path, headers=by).status_code == 204
    assert running_demo.client.get("/systems", headers=token(made)).status_code == 401
    for method in ("GET", "PATCH", "DELETE"):
        body = {"json": {"description": "x"}} if method == "PATCH" else {}
        assert running_demo.client.request(method, path, headers=by, **body).status_code == 404
    assert running_demo.client.post(f"{path}/rotate", headers=by).status_code == 404


def test_setting_groups_needs_the_permission_over_people(running_demo: Demo, by: dict[str, str]):
    automation = running_demo.issue(by, groups=[running_demo.group("Automation")])
    answer = running_demo.client.post(
        "/account/tokens",
        headers=token(automation),
        json={"groups": [running_demo.group("Client")]},
    )
    assert answer.status_code == 403
    assert "AccountsUsersWrite" in answer.text


@pytest.mark.parametrize("token_id", [UNKNOWN, "1", "x", "%20", UNKNOWN.replace("-", ""), "é"])
def test_an_id_that_is_none_is_not_found(running_demo: Demo, by: dict[str, str], token_id: str):
    answer = running_demo.client.get(f"/account/tokens/{token_id}", headers=by)
    assert answer.status_code == 404
    assert set(answer.json()) == {"message", "details"}


# rotating


@pytest.mark.parametrize("lifetime", ["1D", "1W", "1M", "1Y", "3M", "90D", "P1M", "PT12H"])
def test_every_lifetime_of_the_dialect_is_taken(
    running_demo: Demo, issued: dict[str, Any], lifetime: str
):
    answer = running_demo.client.post(
        f"/account/tokens/{issued['id']}/rotate?lifetime={lifetime}", headers=token(issued)
    )
    assert answer.status_code == 201
    assert answer.json()["expiresAt"] > issued["expiresAt"]


@pytest.mark.parametrize("lifetime", ["", "1m", "0D", "-1M", "M", "1", "1MM", "10000Y", "%2B1M"])
def test_a_malformed_lifetime_is_unprocessable(
    running_demo: Demo, issued: dict[str, Any], lifetime: str
):
    answer = running_demo.client.post(
        f"/account/tokens/{issued['id']}/rotate?lifetime={lifetime}", headers=token(issued)
    )
    assert answer.status_code == 422
    assert answer.json()["details"]


def test_a_month_after_the_last_of_january_is_the_last_of_february(
    running_demo: Demo, issued: dict[str, Any]
):
    answer = running_demo.client.post(
        f"/account/tokens/{issued['id']}/rotate?lifetime=1M", headers=token(issued)
    )
    assert answer.json()["expiresAt"] == "2031-02-28T00:00:00Z"


def test_a_retry_under_the_same_key_gets_the_same_answer(
    running_demo: Demo, issued: dict[str, Any]
):
    path = f"/account/tokens/{issued['id']}/rotate?lifetime=1M"
    headers = token(issued) | {"idempotency-key": str(uuid.uuid4())}
    first, second = (running_demo.client.post(path, headers=headers) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    other = running_demo.client.post(path.replace("1M", "2M"), headers=headers)
    assert other.status_code == 422
    fresh = running_demo.client.post(path, headers=token(issued)).json()
    assert fresh["id"] != first.json()["id"]


def test_a_retried_create_makes_one_token(running_demo: Demo, by: dict[str, str]):
    headers = by | {"idempotency-key": "create-once"}
    body = {"description": "once"}
    first, second = (
        running_demo.client.post("/account/tokens", headers=headers, json=body) for _ in range(2)
    )
    assert first.json()["token"] == second.json()["token"]


# policy groups


def test_policy_groups_are_made_shown_edited_and_removed(running_demo: Demo, by: dict[str, str]):
    account = running_demo.ready["organization"]["id"]
    groups = f"/accounts/{account}/groups"
    client = running_demo.client
    made = client.post(groups, headers=by, json={"name": "Readers", "permissions": ["SystemsRead"]})
    assert made.status_code == 201
    group = made.json()
    assert group["accountID"] == account
    assert group["userCount"] == 0
    one = f"{groups}/{group['id']}"
    assert made.headers["location"] == one
    assert client.get(one, headers=by).json() == group
    assert "Readers" in {each["name"] for each in client.get(groups, headers=by).json()}
    edited = client.patch(one, headers=by, json={"description": "Who reads"}).json()
    assert edited["description"] == "Who reads"
    assert edited["permissions"] == ["SystemsRead"]
    made_token = running_demo.issue(by, groups=[group["id"]])
    assert client.get("/systems", headers=token(made_token)).status_code == 200
    assert client.delete(one, headers=by).status_code == 204
    assert client.get(one, headers=by).status_code == 404
    assert client.get("/systems", headers=token(made_token)).status_code == 403


def test_bad_groups_are_refused(running_demo: Demo, by: dict[str, str]):
    groups = f"/accounts/{running_demo.ready['organization']['id']}/groups"
    post = running_demo.client.post
    for body, status in (
        ({}, 400),
        ({"name": " "}, 400),
        ({"name": "client"}, 400),
        ({"name": "x" * 101}, 400),
        ({"name": "New", "permissions": ["NoSuchPermission"]}, 400),
        ({"name": "New", "permissions": ["KeysWrite"]}, 400),
        ({"name": "New", "permissions": ["a b"]}, 400),
        ({"name": "New", "permissions": "SystemsRead"}, 400),
    ):
        answer = post(groups, headers=by, json=body)
        assert answer.status_code == status, (body, answer.text)


def test_the_administrators_group_is_fixed(running_demo: Demo, by: dict[str, str]):
    account = running_demo.ready["organization"]["id"]
    path = f"/accounts/{account}/groups/{running_demo.group('Administrator')}"
    assert running_demo.client.delete(path, headers=by).status_code == 403
    patched = running_demo.client.patch(path, headers=by, json={"permissions": []})
    assert patched.status_code == 403


def test_another_account_is_as_unknown_as_none(running_demo: Demo, by: dict[str, str]):
    for path in (f"/accounts/{UNKNOWN}/groups", "/accounts/x/groups"):
        assert running_demo.client.get(path, headers=by).status_code == 404


# paths


def test_unknown_paths_and_methods_answer_in_the_form_of_the_dialect(
    running_demo: Demo, by: dict[str, str]
):
    for path in ("/account", "/account/token", "/account/tokens/", "/user/x", "/accounts/x/y/z"):
        answer = running_demo.client.get(path, headers=by)
        assert answer.status_code == 404
        assert set(answer.json()) == {"message", "details"}
    answer = running_demo.client.put("/account/tokens", headers=by)
    assert answer.status_code == 405
    assert answer.headers["allow"]
    assert set(answer.json()) == {"message", "details"}
