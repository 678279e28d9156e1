"""The Virtuozzo dialect: sessions and tokens for API methods, as its clients know them."""

from collections.abc import Iterator
from typing import Any

import pytest

from faces.desk import Desk, desk
from faces.platform import Platform
from stage import ADMINISTRATOR, CLIENT, PASSWORD
from tokenhouse.core.credential import Secret
from tokenhouse.core.kind import Spelling
from tokenhouse.core.moment import DAY, HOUR, MINUTE

STOP, START, LIST = (f"environment.control.{name}" for name in ("StopEnv", "StartEnv", "GetEnvs"))
SECOND = 1_000_000


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One firm for all: no test here looks at what others made, but by its own session."""
    with desk(tmp_path_factory.mktemp("firm")) as opened:
        yield opened


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A firm of one's own."""
    with desk(tmp_path_factory.mktemp("firm")) as opened:
        yield Platform(opened)


@pytest.fixture
def ask(at: Desk) -> Platform:
    return Platform(at)


@pytest.fixture
def session(ask: Platform) -> str:
    return ask.sign_in()


def may(at: Desk, text: str, permission: str) -> bool:
    return at.stage.verdict(Secret(text), permission, Spelling.SESSION).allowed


# sessions


def test_whoever_signs_in_gets_a_session_and_is_told_who_he_is(ask: Platform):
    answer = ask.good("signin", login=ADMINISTRATOR.upper(), password=PASSWORD)
    assert answer["session"].startswith("ths_")
    assert (answer["email"], answer["name"]) == (ADMINISTRATOR, "Anna Lind")
    assert isinstance(answer["uid"], int)
    assert ask.good("checksign", session=answer["session"])["accessType"] == "session"


def test_each_person_has_a_number_and_keeps_it(ask: Platform):
    numbers = {
        login: ask.good("signin", login=login, password=PASSWORD)["uid"]
        for login in (ADMINISTRATOR, CLIENT)
    }
    assert len(set(numbers.values())) == 2
    again = ask.good("users.account.GetUserInfo", session=ask.sign_in(CLIENT))
    assert (again["uid"], again["email"]) == (numbers[CLIENT], CLIENT)


def test_every_failing_sign_in_has_one_same_answer(ask: Platform):
    wrong = ask("signin", login=ADMINISTRATOR, password="wrong")
    assert wrong["result"] == 702
    assert ask("signin", login="nobody@nordlicht.example", password="wrong") == wrong


def test_after_signing_out_the_session_is_good_for_nothing(ask: Platform, session: str):
    ask.good("signout", session=session)
    for name in ("checksign", "gettokens", "signout"):
        assert ask(name, session=session)["result"] == 702


def test_sessions_are_listed_and_ended_by_their_ids(own: Platform):
    first, second = own.sign_in(), own.sign_in()
    listed = own.good("getsessions", session=second)["sessions"]
    assert len(listed) == 2
    assert "ths_" not in str(listed)
    assert own("signoutsessions", session=second, ids=listed[1]["id"])["result"] == 0
    assert own("checksign", session=first)["result"] == 702
    assert own("checksign", session=second)["result"] == 0


def test_an_unknown_session_among_several_ends_none(own: Platform):
    first, second = own.sign_in(), own.sign_in()
    listed = own.good("getsessions", session=second)["sessions"]
    others = f"{listed[1]['id']};018f0000-0000-7000-8000-000000000000"
    assert own("signoutsessions", session=second, ids=others)["result"] == 5
    assert own("checksign", session=first)["result"] == 0


def test_all_sessions_end_at_once(own: Platform):
    first, second = own.sign_in(), own.sign_in()
    own.good("signoutsessions", session=second, ids="*")
    assert [own("checksign", session=one)["result"] for one in (first, second)] == [702, 702]


def test_a_bearer_token_is_a_session_too_and_a_session_is_no_bearer_token(
    at: Desk, ask: Platform, session: str
):
    signed = at.stage.sign_in().secret.reveal()
    assert ask("gettokens", session=signed)["result"] == 0
    for header in (("authorization", f"Bearer {session}"), ("x-access-token", session)):
        assert at("GET", "/v1/me", header).status == 401


# creating


def test_a_token_may_do_what_its_list_names_and_nothing_else(at: Desk, ask: Platform, session: str):
    token = ask.create(session, apiList=f"{STOP},{LIST}")
    assert token["key"].startswith("thl_")
    assert token["apiListItems"] == [LIST, STOP]
    assert token["isSystem"] is False
    assert may(at, token["key"], STOP)
    assert may(at, token["key"], LIST)
    assert not may(at, token["key"], START)


@pytest.mark.parametrize(
    "listed",
    [
        f"{STOP},{START}",
        f'["{STOP}", "{START}"]',
        f"['{STOP}', '{START}']",
        [STOP, START],
        "env.control.stopenv,ENV.CONTROL.STARTENV",
    ],
)
def test_a_list_of_methods_is_taken_in_each_form(ask: Platform, session: str, listed: object):
    assert ask.create(session, apiList=listed)["apiListItems"] == [START, STOP]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("2030-12-31 23:59:59", "2030-12-31 23:59:59"),
        ("2030-12-31T22:59:59-01:00", "2030-12-31 23:59:59"),
        ("31-12-2030", "2031-01-01 00:00:00"),
        ("", None),
    ],
)
def test_an_expiry_is_taken_in_each_form(ask: Platform, session: str, sent: str, told: str | None):
    assert ask.create(session, expiresAt=sent).get("expiresAt") == told


def test_a_token_follows_the_predefined_set_that_was_named(at: Desk, ask: Platform, session: str):
    templates = ask.good("gettokentemplates", session=session)["templates"]
    assert [one["name"] for one in templates] == [
        *("Extended Access", "IDE Plugins", "Marketplace", "Maven Plugin")
    ]
    extended = templates[0]
    assert len(extended["apiListItems"]) >= 60 - 20
    for named in ("extended access", extended["id"]):
        token = ask.create(session, tokenTemplate=named)
        assert token["tokenTemplate"] == extended
        assert token["apiListItems"] == extended["apiListItems"]
        assert may(at, token["key"], STOP)


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({}, "apiList"),
        ({"apiList": STOP, "tokenTemplate": "Marketplace"}, "apiList"),
        ({"apiList": "environment.control.FlyEnv"}, "apiList[0]"),
        ({"apiList": f"{STOP},nothing"}, "apiList[1]"),
        ({"apiList": "[]"}, "apiList"),
        ({"apiList": "['a"}, "apiList"),
        ({"tokenTemplate": "Nothing"}, "tokenTemplate"),
        ({"apiList": STOP, "expiresAt": "tomorrow"}, "expiresAt"),
        ({"apiList": STOP, "expiresAt": "01-01-2020"}, "expiresAt"),
        ({"apiList": STOP, "expiresat": "01-01-2030"}, "expiresat"),
        ({"apiList": STOP, "description": "x" * 501}, "description"),
        ({"apiList": STOP, "description": ["a", "b"]}, "twice"),
        ({"apiList": "users.authentication.CreateToken"}, "manages"),
        ({"apiList": f"{STOP},AccountTokenWrite"}, "manages"),
    ],
)
def test_what_cannot_be_created_is_refused_and_says_why(
    own: Platform, parameters: dict[str, object], named: str
):
    session = own.sign_in()
    asked = {"description": "a token", "password": PASSWORD, **parameters}
    answer = own("createtoken", session=session, **asked)
    assert answer["result"] == 3
    assert named in answer["error"]
    assert own.tokens(session) == []


def test_a_list_of_what_one_may_not_do_oneself_is_refused(ask: Platform):
    session = ask.sign_in(CLIENT)
    asked = {"session": session, "description": "a token", "password": PASSWORD}
    answer = ask("createtoken", apiList="EventsRead", **asked)
    assert answer["result"] == 8
    assert "EventsRead" in answer["error"]


def test_api_methods_are_listed_and_found(ask: Platform, session: str):
    listed = ask.good("gettokenapilist", session=session)["tokenPermissions"]
    names = [one["name"] for one in listed]
    assert STOP in names
    assert "SystemsRead" in names
    assert "users.authentication.CreateToken" not in names
    assert "EventsRead" not in names
    assert all(one["description"] for one in listed)
    found = ask.good("gettokenapilist", session=session, search="STOPENV")["tokenPermissions"]
    assert [one["name"] for one in found] == [STOP]
    private = ask.good("gettokenapilist", session=session, showPrivate="true")["tokenPermissions"]
    assert {"EventsRead"} < {one["name"] for one in private}
    assert "AccountTokenWrite" not in {one["name"] for one in private}


# confirmation


CHANGES = ["createtoken", "edittoken", "regeneratetoken", "deletetokens"]


def change(token: dict[str, Any], name: str) -> dict[str, object]:
    """Parameters with which a method would change something."""
    return {
        "createtoken": {"description": "another", "apiList": STOP},
        "edittoken": {"id": token["id"], "description": "another"},
        "regeneratetoken": {"id": token["id"]},
        "deletetokens": {"ids": token["id"]},
    }[name]


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_needs_the_password_and_without_it_nothing_changes(own: Platform, name: str):
    session = own.sign_in()
    token = own.create(session)
    before = own.tokens(session)
    parameters = change(token, name)
    missing = own(name, session=session, **parameters)
    assert (missing["result"], "password" in missing["error"]) == (3, True)
    wrong = own(name, session=session, password="wrong", **parameters)
    assert wrong["result"] == 8
    assert own.tokens(session) == before
    assert may(own.at, token["key"], STOP)
    assert own(name, session=session, password=PASSWORD, **parameters)["result"] == 0


def test_a_wrong_password_is_told_apart_from_nothing_else(own: Platform):
    """Whoever stole a session learns from a guess only whether it was right."""
    session = own.sign_in()
    token = own.create(session)
    answers = {
        own("edittoken", session=session, password="wrong", **parameters)["error"]
        for parameters in (
            {"id": token["id"], "description": "another"},
            {"id": 99_999, "description": "another"},
        )
    }
    assert len(answers) == 1


def test_guesses_with_a_stolen_session_are_slowed_like_any_others(own: Platform):
    session = own.sign_in()
    asked = {"session": session, "ids": "*"}
    answers = [own("deletetokens", password=f"guess {n}", **asked) for n in range(21)]
    assert {one["result"] for one in answers} == {8}
    assert "Too many" in answers[20]["error"]
    assert "Too many" not in answers[19]["error"]
    # the right one is not looked at either, here and where people sign in
    assert "Too many" in own("deletetokens", password=PASSWORD, **asked)["error"]
    assert "Too many" in own("signin", login=ADMINISTRATOR, password=PASSWORD)["error"]
    own.at.stage.clock.moment += 31 * SECOND
    assert own("deletetokens", password=PASSWORD, **asked)["result"] == 0


def test_wrong_confirmations_are_told_to_the_person(own: Platform):
    session = own.sign_in()
    own("deletetokens", session=session, password="wrong", ids="*")
    own.at.stage.clock.moment += 2 * MINUTE
    own.at.stage.authority.notes.write()
    assert own.at.told("session:person:refused")


# tokens manage no tokens


@pytest.mark.parametrize("name", CHANGES)
def test_no_token_manages_tokens_even_with_the_password(own: Platform, name: str):
    session = own.sign_in()
    token = own.create(session, tokenTemplate="Extended Access")
    personal = own.at.good("POST", "/v1/me/tokens", own.at.session(), {"description": "mine"})
    for key in (token["key"], personal["token"]):
        answer = own(name, session=key, password=PASSWORD, **change(token, name))
        assert answer["result"] == 8


def test_a_limited_token_does_not_list_tokens_and_a_personal_one_does(own: Platform):
    session = own.sign_in()
    token = own.create(session)
    personal = own.at.good("POST", "/v1/me/tokens", own.at.session(), {"description": "mine"})
    assert own("gettokens", session=token["key"])["result"] == 8
    assert own("gettokens", session=personal["token"])["result"] == 0
    assert own("checksign", session=token["key"])["accessType"] == "token"


# editing


def test_what_is_not_sent_stays_as_it_is(ask: Platform, session: str):
    token = ask.create(session, expiresAt="31-12-2030")
    same = {"session": session, "password": PASSWORD, "id": token["id"]}
    edited = ask.good("edittoken", description="another", **same)["token"]
    del token["key"]
    assert edited == {**token, "description": "another"}
    moved = ask.good("edittoken", expiresAt="31-12-2031", **same)["token"]
    assert moved == {**edited, "expiresAt": "2032-01-01 00:00:00"}


def test_a_list_becomes_a_set_and_a_set_a_list(at: Desk, ask: Platform, session: str):
    token = ask.create(session)
    same = {"session": session, "password": PASSWORD, "id": token["id"]}
    by_set = ask.good("edittoken", tokenTemplate="Maven Plugin", **same)["token"]
    assert by_set["tokenTemplate"]["name"] == "Maven Plugin"
    listed = ask.good("edittoken", apiList=START, **same)["token"]
    assert "tokenTemplate" not in listed
    assert listed["apiListItems"] == [START]
    assert may(at, token["key"], START)
    assert not may(at, token["key"], STOP)


# regenerating


@pytest.mark.parametrize("parameter", ["id", "ids"])
def test_a_regenerated_token_has_a_new_string_and_everything_else_stays(
    own: Platform, parameter: str
):
    session = own.sign_in()
    token = own.create(session, expiresAt="31-12-2030")
    asked = {"session": session, "password": PASSWORD, parameter: token["id"]}
    again = own.good("regeneratetoken", **asked)["token"]
    assert again.pop("key") != (old := token.pop("key"))
    assert again == token
    assert own.tokens(session) == [token]
    assert not may(own.at, old, STOP)
    assert own("checksign", session=old)["result"] == 702


def test_an_expired_token_is_listed_and_regenerated_with_a_new_expiry(own: Platform):
    session = own.sign_in()
    token = own.create(session, expiresAt="11-03-2026")
    old = token.pop("key")
    own.at.stage.clock.moment += 3 * DAY
    session = own.sign_in()
    assert own.tokens(session) == [token]
    asked = {"session": session, "password": PASSWORD, "id": token["id"]}
    dead = own("regeneratetoken", **asked)
    assert (dead["result"], "expiresAt" in dead["error"]) == (3, True)
    again = own.good("regeneratetoken", expiresAt="31-12-2030", **asked)["token"]
    assert may(own.at, again.pop("key"), STOP)
    assert again == {**token, "expiresAt": "2031-01-01 00:00:00"}
    assert not may(own.at, old, STOP)


def test_moving_the_expiry_of_an_expired_token_never_revives_its_string(own: Platform):
    session = own.sign_in()
    token = own.create(session, expiresAt="11-03-2026")
    old = token.pop("key")
    own.at.stage.clock.moment += 3 * DAY
    session = own.sign_in()
    asked = {"session": session, "password": PASSWORD, "id": token["id"]}
    edited = own.good("edittoken", expiresAt="31-12-2030", **asked)["token"]
    assert edited == {**token, "expiresAt": "2031-01-01 00:00:00"}
    assert own.tokens(session) == [edited]
    assert not may(own.at, old, STOP)
    again = own.good("regeneratetoken", **asked)["token"]
    assert may(own.at, again.pop("key"), STOP)
    assert again == edited
    assert not may(own.at, old, STOP)


# removing


@pytest.mark.parametrize("between", [";", ",", " ; "])
def test_several_tokens_are_removed_at_once(own: Platform, between: str):
    session = own.sign_in()
    made = [own.create(session) for _ in range(3)]
    ids = between.join(str(one["id"]) for one in made[:2])
    own.good("deletetokens", session=session, password=PASSWORD, ids=ids)
    assert [one["id"] for one in own.tokens(session)] == [made[2]["id"]]
    assert [may(own.at, one["key"], STOP) for one in made] == [False, False, True]


def test_with_an_unknown_id_nothing_is_removed(own: Platform):
    session = own.sign_in()
    token = own.create(session)
    answer = own("deletetokens", session=session, password=PASSWORD, ids=f"{token['id']};4711")
    assert answer["result"] == 5
    assert may(own.at, token["key"], STOP)


def test_an_id_of_somebody_else_is_as_unknown_as_any(own: Platform):
    hers = own.create(own.sign_in())
    session = own.sign_in(CLIENT)
    for name, parameters in (
        ("deletetokens", {"ids": 0}),
        ("edittoken", {"id": 0, "description": "mine now"}),
        ("regeneratetoken", {"id": 0}),
        ("gettokens", {"ids": 0}),
    ):
        which = next(key for key, value in parameters.items() if value == 0)
        answers = [
            own(name, session=session, password=PASSWORD, **{**parameters, which: number})
            if name != "gettokens"
            else own(name, session=session, **{which: number})
            for number in (hers["id"], 4711)
        ]
        assert answers[0] == answers[1]
        assert answers[0]["result"] == 5
    assert may(own.at, hers["key"], STOP)


def test_a_star_removes_all_of_the_callers_and_of_nobody_else(own: Platform):
    hers, his = own.sign_in(), own.sign_in(CLIENT)
    kept = own.create(his, apiList="SystemsRead")
    made = [own.create(hers) for _ in range(2)]
    personal = own.at.good("POST", "/v1/me/tokens", own.at.session(), {"description": "mine"})
    own.good("deletetokens", session=hers, password=PASSWORD, ids="*")
    assert own.tokens(hers) == []
    assert not any(may(own.at, one["key"], STOP) for one in made)
    assert may(own.at, kept["key"], "SystemsRead")
    assert may(own.at, personal["token"], STOP)


def test_a_removed_token_ends_with_every_string_that_it_ever_had(own: Platform):
    session = own.sign_in()
    token = own.create(session)
    asked = {"session": session, "password": PASSWORD}
    again = own.good("regeneratetoken", id=token["id"], **asked)["token"]
    own.good("deletetokens", ids=token["id"], **asked)
    assert not any(may(own.at, one["key"], STOP) for one in (token, again))
    assert own("regeneratetoken", id=token["id"], **asked)["result"] == 5


def test_ids_are_never_given_out_again(own: Platform):
    session = own.sign_in()
    first = own.create(session)
    own.good("deletetokens", session=session, password=PASSWORD, ids="*")
    assert own.create(session)["id"] > first["id"]


# how it is asked


@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize(
    "path",
    [
        "/1.0/users/authentication/rest/gettokens",
        "/1.0/Users/Authentication/REST/GetTokens",
    ],
)
def test_a_method_is_asked_by_get_and_post_without_regard_to_case(
    ask: Platform, session: str, verb: str, path: str
):
    assert ask(path, verb, session=session)["result"] == 0


def test_what_real_clients_send_beside_is_taken_and_means_nothing(ask: Platform, session: str):
    beside = dict.fromkeys(("appid", "charset", "fid", "actionkey", "hx_lang", "ruk"), "anything")
    assert ask("gettokens", "GET", session=session, **beside)["result"] == 0
    assert ask("gettokenapilist", session=session, sortParam="name", **beside)["result"] == 0


def test_two_sessions_in_one_request_are_refused(ask: Platform, session: str):
    path = f"/1.0/users/authentication/rest/gettokens?session={session}"
    assert ask(path, session=session)["result"] == 3
    assert ask("gettokens", session=[session, session])["result"] == 3


@pytest.mark.parametrize("given", [{}, {"session": ""}, {"session": "nothing"}, {"session": "a b"}])
def test_without_a_good_session_the_code_is_702(ask: Platform, given: dict[str, object]):
    assert ask("gettokens", **given)["result"] == 702


def test_a_session_ends_after_its_twelve_hours(own: Platform):
    session = own.sign_in()
    own.at.stage.clock.moment += 12 * HOUR
    assert own("gettokens", session=session)["result"] == 702


@pytest.mark.parametrize(
    "path", ["/1.0", "/1.0/users/authentication/rest/fly", "/1.0/users", "/1.0/nothing/at/rest/all"]
)
def test_what_there_is_not_is_refused_in_the_same_form(ask: Platform, path: str):
    answer = ask(path)
    assert answer["result"] == 5
    assert set(answer) == {"result", "error"}


def test_a_body_that_is_no_form_is_refused_in_the_same_form(at: Desk, session: str):
    path = f"/1.0/users/authentication/rest/gettokens?session={session}"
    for headers, body in (
        ([("content-type", "application/json")], b"{}"),
        ([("content-type", "application/x-www-form-urlencoded")], b"a=%ff"),
        ([("content-type", "application/x-www-form-urlencoded")], b"a=%zz"),
        ([("content-type", "application/x-www-form-urlencoded")], b"&".join([b"a=b"] * 200)),
    ):
        reply = at.wire("POST", path, headers, body)
        assert reply.status == 200
        assert b'"result":3' in reply.body


def test_no_answer_may_be_kept_or_told_to_where_somebody_goes_next(ask: Platform, session: str):
    for given in ({"session": session}, {}):
        reply = ask.reply("users.authentication.GetTokens", given, "GET")
        assert reply.header("cache-control") == "no-store"
        assert reply.header("referrer-policy") == "no-referrer"
