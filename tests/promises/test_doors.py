"""Which token opens which door: the table, cell by cell, over the wire.

Every token here is live and its holder may do everything; so a refusal is the door's alone.
"""

import json
from collections.abc import Iterator
from typing import Final

import pytest

from conformance.dialects import DIALECTS
from conformance.face_suite import FACES, holds_no_secret
from conformance.house import KINDS, House, house
from conformance.wire import Fields, Reply
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
}
"""What each kind gets in its spellings; whatever is not named here is 401."""

HINTS: Final = {
    ("session", "Token"): (SESSION, DOORS),
    ("personal", "Bearer"): (API, DOORS),
    ("limited_personal", "Bearer"): (API, DOORS),
    ("organizational", "Bearer"): (API, DOORS),
    ("organizational", "x-access-token"): (API, _NATIVE),
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
    assert kind.replace("_", " ") in sentence


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_may_ask_is_told_that_a_good_token_of_any_kind_is_active(at: House, kind: str):
    asking = at.good("organizational").credential.headers
    told = _about(at, at.good(kind).credential.secret.reveal(), asking)
    assert (told["active"], told["allowed"], told["kind"]) == (True, True, kind)


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
    return told
