"""Public OAuth clients, unchanged, find out, sign in, refresh, introspect and revoke here."""

from collections.abc import Iterator
from typing import Any

import pytest

from clients.judging import run
from running import Demo, demo

ALL = ["password", "refresh_token", "client_credentials"]
TOKENS = ["access_token", "expires_in", "id_token", "refresh_token", "token_type"]
INACTIVE = {"active": False}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of one's own, in which clients are registered."""
    with demo(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running


def registered(own: Demo, **fields: object) -> dict[str, Any]:
    """A new client of the firm."""
    asked = {"label": "A judge", **fields}
    made = own.client.post("/v1/clients", headers=own.bearer(), json=asked)
    assert made.status_code == 201, made.text
    told: dict[str, Any] = made.json()
    return told


@pytest.fixture(scope="module")
def pair(own: Demo) -> tuple[str, str]:
    made = registered(own, grants=ALL)
    return made["client_id"], made["client_secret"]


@pytest.fixture
def asked(own: Demo, pair: tuple[str, str]) -> tuple[str, ...]:
    """What every client is told: where, as which client, and for whom."""
    person = own.person("Administrator")
    return own.url, *pair, person["email"], person["password"]


def test_requests_oauthlib_refreshes_by_itself_and_takes_a_scope_as_list_or_none(
    asked: tuple[str, ...],
):
    told = run("requests_oauthlib", *asked, OAUTHLIB_INSECURE_TRANSPORT="1")
    assert set(TOKENS) <= set(told["first"])
    assert (told["scope"], told["listed"], told["narrowed"]) == (None, [], ["SystemsRead"])
    assert (told["systems"], told["refreshed"]) == (200, [True])
    assert {"refresh_token", "id_token"}.isdisjoint(told["alone"])
    assert (told["wrong"], told["unknown"]) == ("invalid_grant", "invalid_grant")
    assert (told["revoked"], told["after"], told["closed"]) == (200, "invalid_grant", 401)


def test_authlib_has_two_known_objections_to_the_metadata_and_none_to_any_token(
    asked: tuple[str, ...], pair: tuple[str, str]
):
    told = run("authlib", *asked, AUTHLIB_INSECURE_TRANSPORT="1")
    unused, only_es256 = (
        '"response_types_supported" is required',
        '"RS256" MUST be included in "id_token_signing_alg_values_supported"',
    )
    assert sorted(told["faults"]) == sorted([unused, only_es256])
    for method in ("client_secret_basic", "client_secret_post"):
        one = told[method]
        assert one["first"] == TOKENS
        assert one["named"] == [pair[0], asked[3], pair[0]]
        assert (one["same"], one["successor"], one["again"]) == (True, True, True)
        assert (one["systems"], one["active"]) == (200, [True, pair[0], asked[3]])
        assert (one["revoked"], one["never_known"]) == (200, 200)
        assert one["noise"] == one["after"] == INACTIVE
        assert (one["refused"], one["wrong"]) == ("invalid_grant", "invalid_grant")
        assert one["alone"]


def test_openid_client_finds_out_by_itself_however_it_proves_who_it_is(asked: tuple[str, ...]):
    told = run("openid_client", *asked)
    assert len(told) == 4
    for one in told:
        assert sorted(one["grants"]) == sorted(ALL)
        assert one["first"] == TOKENS
        assert (one["email"], one["subject"]) == (asked[3], True)
        assert 3590 <= one["expires"] <= 3600
        assert (one["successor"], one["again"]) == (True, True)
        assert (one["scope"], one["systems"]) == ("SystemsRead", 200)
        assert one["active"] == [True, asked[1], asked[3], "SystemsRead"]
        assert one["after"] == INACTIVE
        assert (one["refused"], one["wrong"]) == ("invalid_grant", "invalid_grant")
        assert one["alone"] is True


def test_oauth4webapi_finds_each_answer_to_the_letter_and_twenty_tabs_share_a_successor(
    own: Demo, asked: tuple[str, ...], pair: tuple[str, str]
):
    public = registered(own, public=True)["client_id"]
    told = run("oauth4webapi", *asked, public)
    assert told["same"] is True
    for one, client in ((told["own"], pair[0]), (told["shared"], public)):
        assert (one["first"], one["client"], one["subject"]) == (TOKENS, client, True)
        assert (one["successors"], one["third"]) == (1, True)
        assert one["wrong"] == one["unknown"] == [400, "invalid_grant"]
        assert one["missing"] == [400, "invalid_request"]
    assert told["active"] == [True, pair[0], asked[3]]
    assert told["after"] == INACTIVE
    assert told["alone"]
    assert told["thief"] == told["ended"] == [400, "invalid_grant"]
    assert told["open_alone"] == [400, "unauthorized_client"]
    assert told["impostor"] == [401, "OAUTH_WWW_AUTHENTICATE_CHALLENGE"]
