"""Which token opens which door: the table, cell by cell, over the wire.

Every token here is live and its holder may do everything; so a refusal is the door's alone.
"""

import json
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

import pytest

from conformance.dialects import DIALECTS
from conformance.face_suite import FACES, holds_no_secret
from conformance.house import APPLICATION, CLIENTS, KINDS, House, house
from conformance.wire import FORM, Fields, Reply
from engines import ENGINES

SPELLINGS: Final = ("Bearer", "Token", "x-access-token", "Basic", "?session=", "session cookie")

DOORS: Final = {
    "resource": ("systems", "GET", "/systems"),
    "verify": ("native", "GET", "/v1/verify"),
    "verify permission": ("native", "GET", "/v1/verify/SystemsRead"),
    "asking": ("native", "POST", "/v1/verify"),
    "sign-out": ("native", "DELETE", "/v1/sessions/current"),
    "list organizational": ("account_tokens", "GET", "/account/tokens"),
    "make organizational": ("account_tokens", "POST", "/account/tokens"),
    "list personal": ("account_tokens", "GET", "/user/tokens"),
    "make personal": ("account_tokens", "POST", "/user/tokens"),
    "groups": ("account_tokens", "GET", "/accounts/{organization}/groups"),
}

SESSION: Final = "`Authorization: Bearer`"
API: Final = "`Authorization: Token`"
_USED: Final = {
    "resource": 200,
    "verify": 200,
    "verify permission": 200,
    "list organizational": 200,
    "make organizational": 201,
    "groups": 200,
}
_NATIVE: Final = ("verify", "verify permission", "asking", "sign-out")

_OPENED_BY_ACCESS: Final = dict.fromkeys(("resource", "verify", "verify permission"), 200)

OPENED: Final[dict[tuple[str, str], dict[str, int]]] = {
    ("session", "Bearer"): _USED
    | {"list personal": 200, "make personal": 201, "sign-out": 204, "asking": 401},
    ("session", "x-access-token"): {
        "verify": 200,
        "verify permission": 200,
        "sign-out": 204,
        "asking": 401,
    },
    ("personal", "Token"): _USED
    | {"list personal": 200, "make personal": 403, "sign-out": 403, "asking": 401},
    ("personal", "x-access-token"): {
        "verify": 200,
        "verify permission": 200,
        "sign-out": 403,
        "asking": 401,
    },
    ("limited_personal", "Token"): _USED
    | {
        "list personal": 403,
        "make personal": 403,
        "make organizational": 403,
        "sign-out": 403,
        "asking": 401,
    },
    ("limited_personal", "x-access-token"): {
        "verify": 200,
        "verify permission": 200,
        "sign-out": 403,
        "asking": 401,
    },
    ("organizational", "Token"): _USED
    | {"asking": 200, "list personal": 403, "make personal": 403, "sign-out": 403},
    ("access", "Bearer"): _OPENED_BY_ACCESS,
    (CLIENTS, "Bearer"): _OPENED_BY_ACCESS | {"asking": 200},
    ("device", "x-access-token"): {"verify": 200, "verify permission": 403},
}
"""What each kind gets in its spellings; whatever is not named here is 401."""

HINTS: Final = {
    ("session", "Token"): (SESSION, DOORS),
    ("personal", "Bearer"): (API, DOORS),
    ("limited_personal", "Bearer"): (API, DOORS),
    ("organizational", "Bearer"): (API, DOORS),
    ("organizational", "x-access-token"): (API, _NATIVE),
    ("access", "Token"): (SESSION, DOORS),
    ("access", "x-access-token"): (SESSION, _NATIVE),
    (CLIENTS, "Token"): (SESSION, DOORS),
    ("device", "Bearer"): ("`x-access-token`", DOORS),
    ("device", "Token"): ("`x-access-token`", DOORS),
}
"""Where a good token in a wrong spelling is told the right one."""

CELLS: Final = [
    pytest.param(kind, spelling, door, id=f"{kind}-{spelling}-{door}")
    for kind in KINDS
    for spelling in SPELLINGS
    for door in DOORS
]


@pytest.fixture(scope="module", params=ENGINES)
def at(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("house")
    with house(request.param, directory, FACES, request.getfixturevalue) as built:
        yield built


def ask(at: House, door: str, text: str, spelling: str) -> Reply:
    _, method, path = DOORS[door]
    path = path.replace("{organization}", str(at.own))
    headers: list[tuple[str, str]] = [("content-type", "application/json")]
    if spelling == "x-access-token":
        headers.append(("x-access-token", text))
    elif spelling == "?session=":
        path += f"?session={text}"
    elif spelling == "session cookie":
        headers.append(("cookie", f"session={text}"))
    else:
        headers.append(("authorization", f"{spelling} {text}"))
    body = {"token": "x"} if door == "asking" else {}
    return at.wire(method, path, headers, json.dumps(body).encode() if method == "POST" else b"")


@pytest.mark.parametrize(("kind", "spelling", "door"), CELLS)
def test_a_good_token_opens_the_doors_of_its_kind_in_its_own_spelling_only(
    at: House, kind: str, spelling: str, door: str
):
    text = at.good(kind).credential.secret.reveal()
    reply = ask(at, door, text, spelling)
    assert reply.status == OPENED.get((kind, spelling), {}).get(door, 401), reply
    if reply.status < 400:
        return
    face, _, _ = DOORS[door]
    DIALECTS[face].check(reply)
    holds_no_secret(reply)
    assert (reply.header("www-authenticate") is not None) == (reply.status == 401)


@pytest.mark.parametrize(
    ("kind", "spelling", "door"),
    [(*cell, door) for cell, (_, doors) in HINTS.items() for door in doors],
)
def test_a_good_token_in_the_wrong_spelling_is_told_the_right_one(
    at: House, kind: str, spelling: str, door: str
):
    reply = ask(at, door, at.good(kind).credential.secret.reveal(), spelling)
    assert reply.status == 401
    said = json.loads(reply.body)
    sentence = said.get("message") or said["detail"]
    assert HINTS[kind, spelling][0] in sentence
    assert _called(kind).replace("_", " ") in sentence


def _called(kind: str) -> str:
    return "access" if kind == CLIENTS else kind


@pytest.mark.parametrize("spelling", ["Bearer", "Token", "x-access-token"])
def test_a_refresh_token_is_told_that_no_door_takes_it(at: House, spelling: str):
    reply = ask(at, "verify", at.good("refresh").credential.secret.reveal(), spelling)
    assert reply.status == 401
    said = json.loads(reply.body)
    assert (said["code"], said["detail"]) == (
        "wrong_door",
        "A valid refresh token is not accepted here.",
    )


VERIFIED: Final = [kind for kind in KINDS if kind != "refresh"]


@pytest.mark.parametrize("kind", VERIFIED)
def test_whoever_may_ask_is_told_that_a_good_token_of_any_kind_is_active(at: House, kind: str):
    asking = at.good("organizational").credential.headers
    told = _about(at, at.good(kind).credential.secret.reveal(), asking)
    assert (told["active"], told["allowed"], told["kind"]) == (True, True, _called(kind))


@pytest.mark.parametrize("by", ["organizational", CLIENTS])
def test_a_good_refresh_token_asked_about_is_as_good_as_none(at: House, by: str):
    asking = at.good(by).credential.headers
    told = _about(at, at.good("refresh").credential.secret.reveal(), asking)
    assert told == _about(at, "nothing of ours", asking)


@pytest.mark.parametrize("kind", KINDS)
def test_no_token_but_a_refresh_token_of_the_client_is_redeemed(at: House, kind: str):
    """At the client of the house, at which none of these was issued."""
    reply = _asked_by_the_client(
        at, "/oauth/token", kind, "refresh_token", grant_type="refresh_token"
    )
    assert (reply.status, json.loads(reply.body)["error"]) == (400, "invalid_grant")
    holds_no_secret(reply)


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_without_the_permission_is_told_nothing_of_what_is_not_its_own(
    at: House, kind: str
):
    reply = _asked_by_the_client(at, "/oauth/introspect", kind, "token")
    assert (reply.status, reply.body) == (200, b'{"active":false}')


def _asked_by_the_client(at: House, path: str, kind: str, field: str, **more: str) -> Reply:
    text = at.good(kind).credential.secret.reveal()
    pair = {"client_id": APPLICATION[0], "client_secret": APPLICATION[1].reveal()}
    return at.wire("POST", path, [FORM], urlencode({**pair, field: text, **more}).encode())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("by", ["organizational", CLIENTS])
def test_introspection_calls_every_kind_active_but_a_refresh_token(at: House, kind: str, by: str):
    text = at.good(kind).credential.secret.reveal()
    asking = at.good(by).credential.headers
    body = urlencode({"token": text}).encode()
    reply = at.wire("POST", "/oauth/introspect", [FORM, *asking], body)
    told = json.loads(reply.body)
    if kind == "refresh":
        assert told == {"active": False}
    else:
        assert (told["active"], told["kind"]) == (True, _called(kind))


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in {"organizational", CLIENTS}]
)
def test_nobody_else_introspects_by_a_token(at: House, kind: str):
    text = at.good(kind).credential.secret.reveal()
    for scheme in ("Bearer", "Token"):
        headers = [FORM, ("authorization", f"{scheme} {text}")]
        reply = at.wire("POST", "/oauth/introspect", headers, b"token=x")
        assert reply.status == 401, (scheme, reply)
        DIALECTS["oauth"].check(reply)


@pytest.mark.parametrize("kind", KINDS)
def test_the_token_asked_about_is_no_credential_of_who_asks(at: House, kind: str):
    named = at.good(kind).credential.secret.reveal()
    body = json.dumps({"token": named}).encode()
    reply = at.wire("POST", "/v1/verify", [("content-type", "application/json")], body)
    assert reply.status == 401


@pytest.mark.parametrize("kind", KINDS)
def test_a_foreign_token_asked_about_is_as_good_as_none(at: House, kind: str):
    asking = at.good("organizational").credential.headers
    foreign = at.good(kind, "a foreign administrator's").credential.secret.reveal()
    nothing = _about(at, "nothing of ours", asking)
    assert _about(at, foreign, asking) == nothing
    assert nothing["reason"] == "unknown"


def _about(at: House, text: str, by: Fields) -> dict[str, object]:
    body = json.dumps({"token": text}).encode()
    reply = at.wire("POST", "/v1/verify", [*by, ("content-type", "application/json")], body)
    assert reply.status == 200, reply
    told: dict[str, object] = json.loads(reply.body)
    del told["fresh_ms"]  # how long ago somebody looked at the feed, whatever was asked
    return told
