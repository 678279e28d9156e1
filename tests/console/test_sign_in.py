"""Signing in to the console over the wire: who gets in, with what, for how long, and where to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from conformance.face_suite import FACES
from conformance.house import House, house
from conformance.wire import Reply
from showing import add_passkey, answered, turn_app_on
from stage import ADMINISTRATOR, CLIENT, PASSWORD
from tokenhouse.core.credential import Secret
from tokenhouse.core.kind import Spelling
from tokenhouse.core.moment import HOUR, MINUTE
from tokenhouse.operations.guessing import PER_PERSON_AND_NETWORK
from visiting import SIGN_IN, Visitor, fields_of, text_of

HOME = "/console/tokens"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[House]:
    with house("memory", tmp_path, FACES, lambda _: None) as built:
        yield built


@pytest.fixture
def visitor(at: House) -> Visitor:
    return Visitor(at)


def let_in(reply: Reply, to: str = HOME) -> None:
    assert (reply.status, reply.header("location")) == (303, to)
    assert reply.header("set-cookie")


def kept_out(reply: Reply, status: int = 401) -> None:
    """Refused on the page itself: no cookie, and nothing that was secret."""
    assert reply.status == status, reply
    assert reply.header("set-cookie") is None
    assert PASSWORD not in text_of(reply)
    assert 'action="/console/sign-in"' in text_of(reply)


def asked_again(reply: Reply) -> str:
    """The sentence with which somebody is asked to sign in, who was in."""
    assert reply.status == 401
    assert reply.header("www-authenticate") == 'Code realm="tokenhouse"'
    said = text_of(reply).partition('<p class="said">')[2]
    return said.partition("</p>")[0]


def test_whoever_has_the_password_is_taken_to_the_first_page(visitor: Visitor):
    reply = visitor.post(SIGN_IN, email=ADMINISTRATOR, password=PASSWORD)
    let_in(reply)
    assert reply.body == b""
    page = visitor.get(HOME)
    assert page.status == 200
    assert "Anna" in text_of(page)


def test_the_cookie_goes_to_this_host_alone_over_tls_and_to_no_script(visitor: Visitor):
    reply = visitor.sign_in()
    name, *terms = (reply.header("set-cookie") or "").split("; ")
    assert name.startswith("__Host-tokenhouse=ths_")
    assert terms == ["Path=/", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age=1800"]
    assert reply.header("cache-control") == "no-store"


@pytest.mark.parametrize("email", [ADMINISTRATOR, "nobody@nordlicht.example", "", "x" * 2000])
def test_a_wrong_password_says_nothing_of_who_has_an_account(visitor: Visitor, email: str):
    for password in ("a wrong password", "", "y" * 2000):
        reply = visitor.post(SIGN_IN, email=email, password=password)
        kept_out(reply)
        assert "The e-mail or the password is wrong." in text_of(reply)
        typed = fields_of(reply)
        assert (typed["email"], typed["password"]) == (email, "")
        assert password == "" or password not in text_of(reply)


def test_after_too_many_attempts_the_right_password_has_to_wait(visitor: Visitor):
    for _ in range(PER_PERSON_AND_NETWORK.burst):
        kept_out(visitor.post(SIGN_IN, email=ADMINISTRATOR, password="a wrong password"))
    reply = visitor.post(SIGN_IN, email=ADMINISTRATOR, password=PASSWORD)
    kept_out(reply, 429)
    assert int(reply.header("retry-after") or "") > 0
    visitor.at.stage.clock.moment += HOUR
    let_in(visitor.post(SIGN_IN, email=ADMINISTRATOR, password=PASSWORD))


def test_whoever_has_an_app_is_asked_for_its_code_behind_the_right_password_alone(
    visitor: Visitor,
):
    app = turn_app_on(visitor.at.stage)
    wrong = visitor.post(SIGN_IN, email=ADMINISTRATOR, password="a wrong password")
    kept_out(wrong)
    assert "code" not in fields_of(wrong)
    asked = visitor.post(SIGN_IN, email=ADMINISTRATOR, password=PASSWORD)
    kept_out(asked, 403)
    assert "One more step" in text_of(asked)
    assert fields_of(asked)["email"] == ADMINISTRATOR
    assert "code" in fields_of(asked)
    for code in ("000000", app.code()):  # its step was used up when it was turned on
        again = visitor.post(SIGN_IN, email=ADMINISTRATOR, password=PASSWORD, code=code)
        kept_out(again, 403)
        assert "That code is not good, or was used before." in text_of(again)
        assert code not in text_of(again)
    let_in(visitor.post(SIGN_IN, email=ADMINISTRATOR, password=PASSWORD, code=app.next()))


def test_a_recovery_code_stands_for_the_app_once(visitor: Visitor):
    app = turn_app_on(visitor.at.stage)
    typed = {"email": ADMINISTRATOR, "password": PASSWORD, "code": app.codes[0]}
    let_in(visitor.post(SIGN_IN, **typed))
    kept_out(Visitor(visitor.at).post(SIGN_IN, **typed), 403)


def test_a_passkey_is_asked_of_us_and_shown_once(visitor: Visitor):
    stage = visitor.at.stage
    holder = add_passkey(stage)
    asked = visitor.post(f"{SIGN_IN}/challenge")
    assert asked.header("content-type") == "application/json"
    passkey = answered(stage, holder).passkey
    assert passkey is not None
    typed = {"email": ADMINISTRATOR, "password": PASSWORD, "passkey": passkey.reveal()}
    let_in(visitor.post(SIGN_IN, **typed))
    kept_out(Visitor(visitor.at).post(SIGN_IN, **typed), 403)


@pytest.mark.parametrize("to", [HOME, f"{HOME}?state=ended&q=a%20b"])
def test_whoever_wanted_a_page_gets_there(visitor: Visitor, to: str):
    asked = visitor.get(to)
    assert asked_again(asked) == "Sign in to see this page."
    assert fields_of(asked)["to"].replace("+", "%20") == to
    let_in(visitor.post(SIGN_IN, email=ADMINISTRATOR, password=PASSWORD, to=to), to)
    assert fields_of(visitor.get(f"{SIGN_IN}?to={to.partition('?')[0]}"))["to"]


@pytest.mark.parametrize(
    "to",
    [
        *("https://attacker.example", "//attacker.example", "/\\attacker.example", "/v1/me", ""),
        *("javascript:alert(1)", "/consoles", "/console", " /console/tokens", "console/tokens"),
        *("/console/\\attacker.example", "/console/x\r\nset-cookie: a=b", "/console/\u2028"),
    ],
)
def test_nobody_is_led_elsewhere(visitor: Visitor, to: str):
    let_in(visitor.post(SIGN_IN, email=ADMINISTRATOR, password=PASSWORD, to=to))


def test_whoever_signs_out_has_ended_the_session_wherever_its_cookie_is(visitor: Visitor):
    visitor.sign_in()
    copy = visitor.cookie
    secret = Secret(copy.partition(".")[0])
    assert visitor.at.stage.verdict(secret, None, Spelling.SESSION).active
    reply = visitor.post("/console/sign-out")
    assert (reply.status, reply.header("location")) == (303, SIGN_IN)
    assert "; Max-Age=0" in (reply.header("set-cookie") or "")
    assert visitor.cookie == ""
    visitor.cookie = copy
    assert asked_again(visitor.get(HOME)) == "Your sign-in has ended. Sign in again."
    assert not visitor.at.stage.verdict(secret, None, Spelling.SESSION).active


def test_a_sign_in_ends_once_nobody_browsed_for_half_an_hour(visitor: Visitor):
    visitor.sign_in()
    clock = visitor.at.stage.clock
    for _ in range(4):
        clock.moment += 29 * MINUTE
        reply = visitor.get(HOME)
        assert reply.status == 200
        assert "Max-Age=1800" in (reply.header("set-cookie") or "")
    before = visitor.cookie
    clock.moment += 31 * MINUTE
    assert "Nothing was done here for 30 minutes" in asked_again(visitor.get(HOME))
    assert visitor.cookie == before, "whoever kept it is not let in again"


def test_nothing_is_written_and_no_cookie_renewed_within_one_minute(visitor: Visitor):
    visitor.sign_in()
    head = visitor.at.stage.store.head()
    visitor.at.stage.clock.moment += MINUTE // 2
    assert visitor.get(HOME).header("set-cookie") is None
    visitor.at.stage.clock.moment += 10 * MINUTE
    assert visitor.get(HOME).header("set-cookie") is not None
    assert visitor.at.stage.store.head() == head


def test_however_busy_somebody_is_a_sign_in_ends_with_its_session(visitor: Visitor):
    visitor.sign_in()
    for _ in range(12 * 3):
        assert visitor.get(HOME).status == 200
        visitor.at.stage.clock.moment += 20 * MINUTE
    assert asked_again(visitor.get(HOME)) == "Your sign-in has ended. Sign in again."


def test_whoever_has_a_cookie_cannot_make_it_younger_or_another_ones(visitor: Visitor):
    visitor.sign_in()
    text, stamp, tag = visitor.cookie.split(".")
    other = Visitor(visitor.at)
    other.sign_in(CLIENT)
    theirs = other.cookie.split(".")[0]
    younger = f"{stamp[:-1]}{'0' if stamp[-1] != '0' else '1'}"
    for forged in (
        *(text, f"{text}.{stamp}", f"{text}.{younger}.{tag}", f"{theirs}.{stamp}.{tag}"),
        *(f"{text}.{stamp}.{'A' * 43}", f"{visitor.cookie}.x", visitor.cookie.upper()),
    ):
        visitor.cookie = forged
        assert asked_again(visitor.get(HOME)) == "Sign in first."


def test_a_cookie_of_another_deployment_opens_nothing(visitor: Visitor, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with house("memory", elsewhere, FACES, lambda _: None) as other:
        foreign = Visitor(other)
        foreign.sign_in()
        visitor.cookie = foreign.cookie
        assert asked_again(visitor.get(HOME)) == "Sign in first."
        visitor.cookie = other.stage.authority.browsing.seal(visitor.at.stage.sign_in().secret)
        assert asked_again(visitor.get(HOME)) == "Sign in first."


def test_two_cookies_of_one_name_are_refused_as_one_page(visitor: Visitor):
    visitor.sign_in()
    reply = visitor.get(HOME, [("cookie", "__Host-tokenhouse=another")])
    assert reply.status == 400
    assert "two credentials" in text_of(reply)


def test_what_was_revoked_meanwhile_lets_nobody_in(visitor: Visitor):
    visitor.sign_in(CLIENT)
    stage = visitor.at.stage
    found = stage.verdict(Secret(visitor.cookie.partition(".")[0]), None, Spelling.SESSION).found
    assert found is not None
    ended = replace(found.token, version=found.token.version + 1, revoked_at=stage.clock.now())
    stage.put(ended, found.token)
    reply = visitor.get(f"{HOME}?q=x")
    assert asked_again(reply) == "Your sign-in has ended. Sign in again."
    assert fields_of(reply)["to"] == f"{HOME}?q=x"


def test_whoever_was_suspended_meanwhile_is_in_no_more(visitor: Visitor):
    visitor.sign_in(CLIENT)
    person = visitor.at.stage.person(CLIENT)
    visitor.at.stage.put(replace(person, version=person.version + 1, suspended=True), person)
    assert asked_again(visitor.get(HOME)) == "Your sign-in has ended. Sign in again."
    kept_out(Visitor(visitor.at).post(SIGN_IN, email=CLIENT, password=PASSWORD))
