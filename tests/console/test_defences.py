"""What another site, a stale tab or a script in a field can do with somebody's console: nothing."""

from collections.abc import Iterator
from typing import Final

import pytest

from conformance.dialects import Outcome, outcome
from conformance.face_suite import FACES, PROTECTED, ROUTES, name_of
from conformance.house import House, house
from conformance.wire import Fields, Reply
from stage import ADMINISTRATOR, CLIENT, PASSWORD
from tokenhouse.boundary import Early, Face, Route
from tokenhouse.core.credential import Secret
from tokenhouse.core.kind import Spelling
from tokenhouse.core.moment import MINUTE
from tokenhouse.faces.console.form import FORM_TOKEN
from visiting import SIGN_IN, Visitor, elements, fields_of, text_of

Routed = tuple[Face, Route]

CONSOLE: Final = [one for one in ROUTES if one[0].name == "console"]
SENT: Final = [one for one in PROTECTED if one[0].name == "console" and one[1].method == "POST"]
OTHER_SITES: Final = (
    [("sec-fetch-site", "cross-site")],
    [("sec-fetch-site", "same-site")],
    [("sec-fetch-site", "cross-site"), ("origin", "http://localhost:8080")],
    [("origin", "https://attacker.example")],
    [("origin", "null")],
)
TYPED: Final = '"><script>alert(1)</script> & more'
FORM: Final = "/console/tokens/form"
"""Where a form can be looked at again; whether there is one is for its own tests."""

every_sent_form = pytest.mark.parametrize("routed", SENT, ids=name_of)


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house("memory", tmp_path_factory.mktemp("house"), FACES, lambda _: None) as built:
        yield built


@pytest.fixture
def visitor(at: House) -> Visitor:
    built = Visitor(at)
    assert built.sign_in().status == 303
    return built


def changes_nothing(at: House, routed: Routed, headers: Fields, sent: dict[str, str]) -> Reply:
    """Send the good form of a route but for this; nothing is written and nobody let out."""
    route = routed[1]
    path, credential = at.fill(route), at.rightful(route)
    before = at.head
    reply = at.send(route, path, [*credential.headers, *headers], sent)
    assert outcome(routed[0], reply) is Outcome.FORBIDDEN, reply
    assert at.head == before
    assert at.is_active(credential)
    assert PASSWORD not in text_of(reply)
    return reply


# other sites


@pytest.mark.parametrize("headers", OTHER_SITES)
@every_sent_form
def test_another_site_has_nobodys_browser_send_a_form(at: House, routed: Routed, headers: Fields):
    reply = changes_nothing(at, routed, headers, {})
    assert "another site" in text_of(reply)
    assert fields_of(reply) == {}, "it could not be sent from there either"


@pytest.mark.parametrize("headers", OTHER_SITES)
@pytest.mark.parametrize("path", [SIGN_IN, f"{SIGN_IN}/challenge"])
def test_another_site_signs_nobody_in_as_somebody_else(at: House, path: str, headers: Fields):
    visitor = Visitor(at)
    reply = visitor.post(path, headers, email=ADMINISTRATOR, password=PASSWORD)
    assert reply.status == 403
    assert visitor.cookie == ""


def test_a_link_from_another_site_opens_a_page(visitor: Visitor):
    assert visitor.get("/console/tokens", [("sec-fetch-site", "cross-site")]).status == 200


# the token of a form


@every_sent_form
def test_a_form_without_the_token_of_this_sign_in_changes_nothing(at: House, routed: Routed):
    other = at.stage.sign_in(CLIENT, opaque=True).secret
    foreign = at.stage.authority.browsing.form_token(other)
    for token in ("", "x", foreign, foreign[:-1], other.reveal()):
        sent = {FORM_TOKEN: token, "description": TYPED, "again": FORM}
        reply = changes_nothing(at, routed, [], sent)
        again = fields_of(reply)
        assert again["description"] == TYPED
        assert not {"password", "code", "passkey", "again"} & again.keys()
        assert _targets(reply) == [FORM]
        assert again[FORM_TOKEN] not in {"", token}


def test_a_form_of_a_sign_in_before_is_looked_at_again_and_can_be_sent(visitor: Visitor):
    stale = visitor.form_token
    visitor.sign_in()
    fresh = visitor.form_token
    assert stale != fresh
    reply = visitor.post("/console/sign-out", form_token=stale)
    assert reply.status == 403
    assert visitor.get("/console/tokens").status == 200
    assert fields_of(reply)[FORM_TOKEN] == fresh
    assert visitor.post("/console/sign-out").status == 303


@pytest.mark.parametrize("again", ["", "https://attacker.example/", "//attacker.example", "/v1/me"])
def test_what_was_typed_goes_to_no_other_page_than_ours(visitor: Visitor, again: str):
    reply = visitor.post("/console/sign-out", form_token="x", again=again, description=TYPED)
    assert _targets(reply) == ["/console/tokens"]
    assert TYPED not in text_of(reply)
    visitor.cookie = ""
    reply = visitor.post("/console/sign-out", again=again, description=TYPED)
    assert reply.status == 401
    assert "carried" not in fields_of(reply)


# a sign-in that ends in the middle of a form


def test_what_was_typed_outlives_the_sign_in_and_no_secret_does(visitor: Visitor):
    secrets = {"password": PASSWORD, "code": "123 456", "passkey": "a passkey's answer"}
    secrets |= {"token": "tho_" + "0" * 36, "factor_code": "a recovery code"}
    before, visitor.at.stage.clock.moment = visitor.form_token, _later(visitor)
    reply = visitor.post(
        "/console/sign-out", again=FORM, description=TYPED, note="zwei\nZeilen", **secrets
    )
    assert reply.status == 401
    assert "What you typed is kept" in text_of(reply)
    said = text_of(reply)
    wrong = visitor.post(SIGN_IN, **{**fields_of(reply), "email": ADMINISTRATOR, "password": "no"})
    assert wrong.status == 401
    assert fields_of(wrong)["carried"] == fields_of(reply)["carried"]
    typed = {**fields_of(wrong), "email": ADMINISTRATOR, "password": PASSWORD}
    went_on = visitor.post(SIGN_IN, **typed)
    assert went_on.status == 200
    assert (went_on.header("set-cookie") or "").startswith("__Host-tokenhouse=ths_")
    fields = fields_of(went_on)
    assert (fields["description"], fields["note"]) == (TYPED, "zwei\nZeilen")
    assert _targets(went_on) == [FORM]
    assert fields[FORM_TOKEN] not in {"", before}
    for secret in (*secrets.values(), before):
        assert secret not in said + text_of(wrong) + text_of(went_on)
    assert visitor.get("/console/tokens").status == 200


def test_fields_that_repeat_are_all_kept(visitor: Visitor):
    visitor.at.stage.clock.moment = _later(visitor)
    body = f"again={FORM}&group=a&group=b&empty=".encode()
    form = [("content-type", "application/x-www-form-urlencoded")]
    cookie = [("cookie", f"{Spelling.COOKIE.value}{visitor.cookie}")]
    reply = visitor.at.wire("POST", "/console/sign-out", [*cookie, *form], body)
    typed = {"email": ADMINISTRATOR, "password": PASSWORD, "carried": fields_of(reply)["carried"]}
    went_on = visitor.post(SIGN_IN, **typed)
    kept = [field.get("value") for _, field in elements(went_on) if field.get("name") == "group"]
    assert kept == ["a", "b"]
    assert fields_of(went_on)["empty"] == ""


@pytest.mark.parametrize("carried", ["%ff", "x" * 60_000, "&" * 7000, "again=//x.example&a=b"])
def test_whatever_is_carried_nothing_is_done_by_it(visitor: Visitor, carried: str):
    reply = Visitor(visitor.at).post(
        SIGN_IN, email=ADMINISTRATOR, password=PASSWORD, carried=carried
    )
    assert reply.status == 200
    assert _targets(reply) == ["/console/tokens"]
    assert fields_of(reply).keys() == {FORM_TOKEN}


def _later(visitor: Visitor) -> int:
    return visitor.at.stage.clock.now() + 31 * MINUTE


def _targets(reply: Reply) -> list[str | None]:
    return [field.get("action") for tag, field in elements(reply) if tag == "form"]


# what a page is made of


@pytest.mark.parametrize("routed", CONSOLE, ids=name_of)
def test_a_page_has_nothing_inline_and_loads_what_is_ours(at: House, routed: Routed):
    """Whatever it answers: to whoever is let in, to whoever is not, and where the store is gone."""
    _, route = routed
    headers = [] if route.demand is None else at.rightful(route).headers
    pages = [at.send(route, at.fill(route), [])]
    if not isinstance(route.handle, Early):
        path = at.fill(route)
        with at.switch.failing(RuntimeError("down")):
            pages.append(at.send(route, path, headers))
    pages.append(at.send(route, at.fill(route, fresh=True), headers))
    for reply in pages:
        if (reply.header("content-type") or "").startswith("text/html"):
            is_clean(reply)


def is_clean(reply: Reply) -> None:
    """A page that is good under a policy without exceptions, and whose forms are ours."""
    policy = dict(
        part.split(" ", 1) for part in (reply.header("content-security-policy") or "").split("; ")
    )
    assert policy.pop("img-src") == "'self' data:"
    assert set(policy.values()) == {"'none'", "'self'"}
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    forms = []
    for tag, field in elements(reply):
        assert tag not in {"style", "base", "iframe", "object", "embed"}
        assert not [name for name in field if name == "style" or name.startswith(("on", "hx-on"))]
        assert tag != "script" or (field.get("src") or "").startswith("/console/static/")
        assert tag != "link" or (field.get("href") or "").startswith("/console/static/")
        assert not (field.get("href") or "").lower().startswith(("javascript:", "data:"))
        if tag == "form":
            forms.append(field)
            assert (field.get("action") or "/console/").startswith(("/console/", "#"))
    sent = [form for form in forms if (form.get("method") or "").lower() == "post"]
    public = {str(route).removeprefix("POST ") for _, route in CONSOLE if route.demand is None}
    need = [form for form in sent if form.get("action") not in public]
    carried = [field for _, field in elements(reply) if field.get("name") == FORM_TOKEN]
    assert len(carried) >= len(need), "each form of somebody who is in carries the token"


def test_no_secret_of_a_sign_in_stands_on_a_page(visitor: Visitor):
    secret = Secret(visitor.cookie.partition(".")[0]).reveal()
    reply = visitor.get("/console/tokens")
    assert secret not in text_of(reply)
    assert visitor.cookie not in text_of(reply)
