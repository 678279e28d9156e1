"""The token endpoint: passwords, refresh tokens, clients alone; introspection and revocation."""

import base64
import json
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from faces.applications import FORM, Application
from faces.desk import Desk, desk
from stage import ADMINISTRATOR, CLIENT, PASSWORD
from tokenhouse.core.client import Grant, ScopeAs
from tokenhouse.core.moment import DAY, HOUR, MINUTE, SECOND
from tokenhouse.core.token import Token


@pytest.fixture
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("firm")) as opened:
        yield opened


@pytest.fixture
def app(at: Desk) -> Application:
    return Application(at)


def claims(jwt: str) -> dict[str, object]:
    payload = jwt.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


# the seed


def test_the_seeds_requests_are_answered_as_printed(app: Application):
    asked = {"grant_type": "password", "username": ADMINISTRATOR, "password": PASSWORD}
    first = app.good("/v2/token", **asked)
    assert set(first) == {
        *("access_token", "refresh_token", "id_token", "expires_in", "token_type", "scope")
    }
    assert (first["expires_in"], first["token_type"], first["scope"]) == (3600, "Bearer", [])
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert set(app.good("/v2/token", **again)) == set(first)


def test_the_access_token_opens_what_the_person_may_and_manages_nothing(at: Desk, app: Application):
    access = app.sign_in(CLIENT)["access_token"]
    bearer = ("authorization", f"Bearer {access}")
    assert at("GET", "/systems", bearer).status == 200
    assert at("GET", "/v1/verify/EventsRead", bearer).status == 403
    for path in ("/v1/me", "/v1/me/tokens", "/account/tokens", "/user/tokens"):
        assert at("GET", path, bearer).status == 401


def test_an_access_token_ends_after_its_hour(at: Desk, app: Application):
    access = app.sign_in()["access_token"]
    at.stage.clock.moment += HOUR - SECOND
    assert app.is_good(access)
    at.stage.clock.moment += SECOND
    assert not app.is_good(access)


def test_what_the_strings_say_is_what_the_standards_want(at: Desk, app: Application):
    signed_in = app.sign_in()
    access, told = claims(signed_in["access_token"]), claims(signed_in["id_token"])
    person = at.stage.person(ADMINISTRATOR)
    assert access["client_id"] == told["aud"] == app.client.client_id
    assert access["sub"] == told["sub"] == str(person.id)
    assert access["exp"] - access["iat"] == 3600
    assert (told["email"], told["name"]) == (person.email, person.full_name)
    assert told["auth_time"] == at.stage.clock.moment // SECOND


def test_whose_a_token_is_stands_in_it_as_introspection_tells_it(app: Application):
    for signed_in in (app.sign_in(), app.good(grant_type="client_credentials")):
        access = signed_in["access_token"]
        assert claims(access)["sub"] == app.good("/oauth/introspect", token=access)["sub"]


@pytest.mark.parametrize("name", ["id_token", "refresh_token"])
def test_no_other_string_opens_an_api(app: Application, name: str):
    assert not app.is_good(app.sign_in()[name])


# the client


def test_a_client_presents_itself_in_the_form_or_by_basic_and_never_twice(app: Application):
    asked = {"grant_type": "client_credentials"}
    assert app(**asked)[0] == 200
    assert app.send("/oauth/token", app.basic, **asked).status == 200
    twice = app.send("/oauth/token", app.basic, **app.fields, **asked)
    assert (twice.status, json.loads(twice.body)["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "changed",
    [
        {"client_secret": "thc_" + "x" * 46},
        {"client_secret": ""},
        {"client_id": "x" * 24},
        {"client_id": ""},
    ],
)
def test_whatever_is_wrong_of_a_client_has_one_same_answer(
    app: Application, changed: dict[str, str]
):
    fields = {**app.fields, "grant_type": "client_credentials", **changed}
    reply = app.send("/oauth/token", **fields)
    assert reply.status == 401
    assert json.loads(reply.body)["error"] == "invalid_client"
    assert (reply.header("www-authenticate") or "").startswith("Basic ")


def test_a_suspended_client_is_none_and_its_tokens_are_good_for_nothing(at: Desk):
    app = Application(at)
    signed_in = app.sign_in()
    at.stage.put(replace(app.client, version=2, suspended=True), app.client)
    assert not app.is_good(signed_in["access_token"])
    assert app.refresh(signed_in["refresh_token"])[0] == 401


def test_a_client_presents_only_the_grants_that_it_may(at: Desk):
    app = Application(at, grants=frozenset({Grant.CLIENT_CREDENTIALS}))
    asked = {"grant_type": "password", "username": ADMINISTRATOR, "password": PASSWORD}
    status, body = app(**asked)
    assert (status, body["error"]) == (400, "unauthorized_client")
    assert app(grant_type="client_credentials")[0] == 200


def test_without_the_refresh_grant_there_is_no_refresh_token(at: Desk):
    app = Application(at, grants=frozenset({Grant.PASSWORD}))
    assert "refresh_token" not in app.sign_in()


def test_a_public_client_has_no_token_of_its_own(at: Desk):
    app = Application(at, public=True)
    assert app.sign_in()["access_token"]
    assert app(grant_type="client_credentials")[1]["error"] == "unauthorized_client"


def test_a_client_of_one_group_has_tokens_for_its_people_alone(at: Desk):
    app = Application(at, group_id=at.stage.group("Client").id)
    assert app.sign_in(CLIENT)["access_token"]
    asked = {"grant_type": "password", "username": ADMINISTRATOR, "password": PASSWORD}
    assert app(**asked)[1]["error"] == "invalid_grant"


# the request


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "magic"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "invalid_request"),
        ({"grant_type": "password", "username": ADMINISTRATOR}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "nothing"}, "invalid_grant"),
        ({"grant_type": "client_credentials", "scope": "a b$"}, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": "NothingRead"}, "invalid_scope"),
    ],
)
def test_what_cannot_be_is_refused_in_the_words_of_the_standard(
    app: Application, fields: dict[str, str], error: str
):
    status, body = app(**fields)
    assert (status, body["error"]) == (400, error)
    assert body["error_description"]


def test_what_is_not_known_is_ignored_and_what_stands_twice_is_not(app: Application):
    assert app(grant_type="client_credentials", resource="x", foo="bar")[0] == 200
    body = b"grant_type=client_credentials&grant_type=password&client_id=x"
    assert app.at.wire("POST", "/oauth/token", [FORM], body).status == 400


def test_a_body_that_is_no_form_and_parameters_in_the_url_are_invalid_requests(app: Application):
    for path, headers, body in (
        ("/oauth/token", [("content-type", "application/json")], b"{}"),
        ("/oauth/token?grant_type=client_credentials", [FORM, app.basic], b""),
    ):
        reply = app.at.wire("POST", path, headers, body)
        assert (reply.status, json.loads(reply.body)["error"]) == (400, "invalid_request")
        assert reply.header("cache-control") == "no-store"
        assert reply.header("pragma") == "no-cache"


def test_wrong_passwords_have_one_same_answer_and_are_slowed_for_person_and_client(
    app: Application,
):
    wrong = {"grant_type": "password", "username": ADMINISTRATOR, "password": "wrong"}
    unknown = {**wrong, "username": "nobody@nordlicht.example"}
    assert app(**wrong) == app(**unknown)
    statuses = [app(**wrong)[0] for _ in range(20)]
    assert statuses == [400] * 19 + [429]
    other = Application(app.at)
    assert other.sign_in()["access_token"]


# scope


def test_a_scope_narrows_and_is_told_as_each_address_has_it(at: Desk, app: Application):
    told = app.sign_in(scope="SystemsRead EventsRead")
    assert told["scope"] == "EventsRead SystemsRead"
    bearer = ("authorization", f"Bearer {told['access_token']}")
    assert at("GET", "/v1/verify/SystemsRead", bearer).status == 200
    assert at("GET", "/v1/verify/SystemsWrite", bearer).status == 403
    asked = {"grant_type": "password", "username": ADMINISTRATOR, "password": PASSWORD}
    assert app.good("/v2/token", scope="SystemsRead", **asked)["scope"] == ["SystemsRead"]
    assert "scope" not in app.sign_in()


@pytest.mark.parametrize("path", ["/v2/token", "/oauth/token"])
@pytest.mark.parametrize(
    ("scope_as", "none", "some"),
    [(ScopeAs.LIST, [], ["SystemsRead"]), (ScopeAs.STRING, None, "SystemsRead")],
)
def test_a_client_with_a_form_of_its_own_is_told_its_scope_so_at_each_address(
    at: Desk, path: str, scope_as: ScopeAs, none: object, some: object
):
    app = Application(at, scope_as=scope_as, permissions=frozenset({"SystemsRead"}))
    asked = {"grant_type": "password", "username": ADMINISTRATOR, "password": PASSWORD}
    first = app.good(path, **asked)
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    for given in (asked, again, {"grant_type": "client_credentials"}):
        assert app.good(path, **given, scope="SystemsRead")["scope"] == some
    assert app.good(path, **asked).get("scope") == none
    assert app.good(path, grant_type="client_credentials").get("scope") == none


def test_a_refresh_narrows_once_more_and_never_widens(app: Application):
    first = app.sign_in(scope="SystemsRead EventsRead")
    narrowed = app.refreshed(first["refresh_token"], scope="SystemsRead")
    assert narrowed["scope"] == "SystemsRead"
    status, body = app.refresh(narrowed["refresh_token"], scope="SystemsWrite")
    assert (status, body["error"]) == (400, "invalid_scope")


def test_a_client_bounds_what_its_tokens_may_do(at: Desk):
    app = Application(at, permissions=frozenset({"SystemsRead"}))
    bearer = ("authorization", f"Bearer {app.sign_in()['access_token']}")
    assert at("GET", "/v1/verify/SystemsRead", bearer).status == 200
    assert at("GET", "/v1/verify/EventsRead", bearer).status == 403
    own = app.good(grant_type="client_credentials")["access_token"]
    bearer = ("authorization", f"Bearer {own}")
    assert at("GET", "/v1/verify/SystemsRead", bearer).status == 200
    nothing = Application(at).good(grant_type="client_credentials")["access_token"]
    assert at("GET", "/v1/verify/SystemsRead", ("authorization", f"Bearer {nothing}")).status == 403


# refresh


def test_a_lost_answer_is_given_again_with_a_new_access_token(at: Desk, app: Application):
    first = app.sign_in()["refresh_token"]
    lost = app.refreshed(first)
    at.stage.clock.moment += 20 * DAY
    again = app.refreshed(first)
    assert again["refresh_token"] == lost["refresh_token"]
    assert again["access_token"] != lost["access_token"]


def test_an_application_that_keeps_its_first_token_lives_its_thirty_days(
    at: Desk, app: Application
):
    first = app.sign_in()["refresh_token"]
    for _ in range(29):
        at.stage.clock.moment += DAY
        assert app.is_good(app.refreshed(first)["access_token"])
    at.stage.clock.moment += DAY
    assert app.refresh(first)[1]["error"] == "invalid_grant"


def test_a_consumed_token_that_comes_again_ends_the_family_and_the_person_is_told(
    at: Desk, app: Application
):
    first = app.sign_in()["refresh_token"]
    second = app.refreshed(first)["refresh_token"]
    third = app.refreshed(second)
    at.stage.clock.moment += MINUTE
    assert app.refresh(first)[1]["error"] == "invalid_grant"
    assert app.refresh(third["refresh_token"])[1]["error"] == "invalid_grant"
    assert not app.is_good(third["access_token"])
    (told,) = at.told("token:family:reused")
    assert set(told) == {"client", "person", "token"}
    assert told["person"] == str(at.stage.person(ADMINISTRATOR).id)


def test_within_ten_seconds_a_consumed_token_ends_nothing(app: Application):
    first = app.sign_in()["refresh_token"]
    second = app.refreshed(first)["refresh_token"]
    third = app.refreshed(second)["refresh_token"]
    assert app.refresh(first)[1]["error"] == "invalid_grant"
    assert app.refresh(third)[0] == 200


def test_another_clients_token_is_as_unknown_as_any_and_ends_nothing(at: Desk, app: Application):
    first = app.sign_in()["refresh_token"]
    other = Application(at)
    assert other.refresh(first) == other.refresh("thr_" + "x" * 36)
    assert app.refresh(first)[0] == 200


def test_a_public_client_may_ask_again_for_ten_seconds(at: Desk):
    app = Application(at, public=True)
    first = app.sign_in()["refresh_token"]
    second = app.refreshed(first)["refresh_token"]
    at.stage.clock.moment += 9 * SECOND
    assert app.refreshed(first)["refresh_token"] == second
    at.stage.clock.moment += SECOND
    assert app.refresh(first)[1]["error"] == "invalid_grant"
    assert app.refresh(second)[1]["error"] == "invalid_grant"


# introspection and revocation


def test_a_client_asks_about_its_own_tokens_and_others_with_the_permission(at: Desk):
    app, other = Application(at), Application(at)
    verifier = Application(at, permissions=frozenset({"TokenVerify"}))
    signed_in = app.sign_in()
    access, refresh = signed_in["access_token"], signed_in["refresh_token"]
    told = app.good("/oauth/introspect", token=access)
    assert told["active"]
    assert (told["client_id"], told["token_type"]) == (app.client.client_id, "Bearer")
    assert app.good("/oauth/introspect", token=refresh)["active"]
    assert other.good("/oauth/introspect", token=access) == {"active": False}
    assert verifier.good("/oauth/introspect", token=access)["active"]
    assert verifier.good("/oauth/introspect", token=refresh) == {"active": False}
    assert app.good("/oauth/introspect", token="nothing") == {"active": False}


def test_revoking_a_refresh_token_ends_its_family_and_an_access_token_itself_alone(
    app: Application,
):
    first = app.sign_in()
    assert app("/oauth/revoke", token=first["access_token"]) == (200, None)
    assert not app.is_good(first["access_token"])
    second = app.refreshed(first["refresh_token"])
    assert app.is_good(second["access_token"])
    assert app("/oauth/revoke", token=second["refresh_token"]) == (200, None)
    assert not app.is_good(second["access_token"])
    assert app.refresh(second["refresh_token"])[1]["error"] == "invalid_grant"


def test_what_is_unknown_or_anothers_counts_as_revoked_and_ends_nothing(at: Desk):
    app, other = Application(at), Application(at)
    access = app.sign_in()["access_token"]
    for text in (access, "nothing", "thr_" + "x" * 36):
        assert other("/oauth/revoke", token=text) == (200, None)
    assert app.is_good(access)


def test_the_metadata_announces_what_works(app: Application):
    documents = [
        json.loads(app.at("GET", f"/.well-known/{name}").body)
        for name in ("oauth-authorization-server", "openid-configuration")
    ]
    assert documents[0] == documents[1]
    told = documents[0]
    assert told["issuer"] == "http://localhost:8080"
    assert told["response_types_supported"] == []
    assert "authorization_endpoint" not in told
    assert set(told["grant_types_supported"]) == {grant.value for grant in Grant}


def sealed(at: Desk) -> int:
    """How many tokens keep a string sealed."""
    with at.stage.store._lock:
        return sum(one.sealed is not None for one in at.stage.store._kept.all(Token))


def test_a_string_is_kept_sealed_only_while_it_may_be_asked_for_again(at: Desk, app: Application):
    first = app.sign_in()["refresh_token"]
    assert sealed(at) == 0
    second = app.refreshed(first)["refresh_token"]
    third = app.refreshed(second)["refresh_token"]
    assert sealed(at) == 1
    app("/oauth/revoke", token=third)
    assert sealed(at) == 0
    first = app.sign_in()["refresh_token"]
    app.refreshed(app.refreshed(first)["refresh_token"])
    at.stage.clock.moment += MINUTE
    assert sealed(at) == 1
    assert app.refresh(first)[0] == 400
    assert sealed(at) == 0


def test_an_access_token_ends_with_its_family_at_the_latest(at: Desk):
    app = Application(at, refresh_lifetime=30 * MINUTE)
    signed_in = app.sign_in()
    assert signed_in["expires_in"] == 1800
    at.stage.clock.moment += 20 * MINUTE
    assert app.refreshed(signed_in["refresh_token"])["expires_in"] == 600


def test_a_client_of_the_deployment_asks_about_every_organization_in_each_way(at: Desk):
    at.stage.found_organization("Elsewhere", "eve@elsewhere.example")
    organization_id = at.stage.membership("eve@elsewhere.example").organization_id
    verifies = frozenset({"TokenVerify"})
    access = Application(at).sign_in()["access_token"]
    for deployment in (False, True):
        asking = Application(
            at, organization_id=organization_id, permissions=verifies, deployment=deployment
        )
        own = asking.good(grant_type="client_credentials")["access_token"]
        assert asking.good("/oauth/introspect", token=access)["active"] is deployment
        bearer = ("authorization", f"Bearer {own}")
        reply = asking.send("/oauth/introspect", bearer, token=access)
        assert json.loads(reply.body)["active"] is deployment
        told = at.good("POST", "/v1/verify", bearer, {"token": access})
        assert told["active"] is deployment
