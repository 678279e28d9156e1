"""The first-run page over the wire: what it takes, what it refuses, and what it never tells."""

import html
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from conformance.dialects import DIALECTS, Outcome
from conformance.face_suite import FACES, ROUTES, is_refusal
from conformance.house import Switch
from conformance.wire import Fields, Reply, Wire
from founding import PASSWORD, Site
from registered import client_named
from tokenhouse.boundary import Boundary, Early
from tokenhouse.core.client import is_secret_of
from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Unavailable
from tokenhouse.faces import console, native
from tokenhouse.faces.console.first_run import PATH
from tokenhouse.operations.first_run import MAX_WRONG
from tokenhouse.server import Background

FORM = ("content-type", "application/x-www-form-urlencoded")
WRONG = "thf_000000000000000000000000000000000000"


class Page:
    """The first-run page of a place where nothing was founded yet, and its code."""

    def __init__(self, site: Site) -> None:
        self.site = site
        first_run = site.first_run()
        self.code = first_run.start().reveal()
        self.face = console.face(first_run)
        self.wire = Wire(Boundary(None, (self.face,)))

    def good(self, **other: str) -> dict[str, str]:
        """A form that founds, but for what is said otherwise."""
        password = PASSWORD.reveal()
        typed = {"code": self.code, "organization": "Example Corp", "full_name": "Ada King"}
        typed |= {"email": "ada@example.com", "password": password, "password_again": password}
        return typed | other

    def post(self, typed: dict[str, str], headers: Fields = ()) -> Reply:
        return self.wire("POST", PATH, [FORM, *headers], urlencode(typed).encode())

    def is_untouched(self) -> bool:
        return self.site.store.head()[0] == 0


@pytest.fixture
def page(site: Site) -> Iterator[Page]:
    built = Page(site)
    yield built
    built.wire.close()


def text_of(reply: Reply) -> str:
    return html.unescape(reply.body.decode())


def faults_of(reply: Reply) -> dict[str, str]:
    """The sentence beside each field."""
    found = re.findall(r'<p class="fault" id="(\w+)-fault">(.*?)</p>', text_of(reply))
    for field, sentence in found:
        assert f'<a href="#{field}">{sentence}</a>' in text_of(reply), "told on top as well"
        assert re.search(
            rf'<input id="{field}".*aria-invalid="true".*{field}-fault"', text_of(reply)
        )
    return dict(found)


def test_the_page_loads_what_is_ours_alone_and_is_kept_and_framed_by_nobody(page: Page):
    reply = page.wire("GET", PATH)
    assert reply.status == 200
    assert reply.header("content-type") == "text/html; charset=utf-8"
    assert reply.header("cache-control") == "no-store"
    assert reply.header("referrer-policy") == "same-origin"
    policy = reply.header("content-security-policy") or ""
    for part in ("default-src 'none'", "base-uri 'none'", "form-action 'self'"):
        assert part in policy
    assert "frame-ancestors 'none'" in policy
    allowed = {source for part in policy.split("; ") for source in part.split(" ")[1:]}
    assert allowed == {"'none'", "'self'", "data:"}
    assert "style-src 'self';" in policy
    assert "script-src 'self';" in policy
    loaded = re.findall(r'(?:src|href)="(/console/static/[^"]+)"', reply.body.decode())
    assert len(loaded) > 3
    for path in loaded:
        assert page.wire("GET", path).status == 200, "there before anything was founded"
    assert page.code not in reply.body.decode()
    assert "https://tokens.example.com" in reply.body.decode()


def test_whoever_has_the_code_founds_and_is_told_what_to_do_next(page: Page):
    reply = page.post(page.good())
    assert reply.status == 201
    told = text_of(reply)
    expected_there = ("Example Corp is set up", "Ada King", "ada@example.com")
    for expected in (*expected_there, 'href="/console/sign-in"'):
        assert expected in told
    assert page.code not in told
    assert PASSWORD.reveal() not in told
    assert page.site.store.find_for_sign_in("ada@example.com") is not None
    (secret,) = re.findall(r"thc_[0-9A-Za-z]{46}", told)
    (name,) = re.findall(r"client_id +([0-9A-Za-z]{24})", told)
    client = client_named(page.site.store, name)
    assert client is not None
    assert is_secret_of(client, Secret(secret))
    assert reply.header("cache-control") == "no-store"


def test_afterwards_both_routes_are_gone_with_a_sentence(page: Page):
    page.post(page.good())
    for reply in (
        page.wire("GET", PATH),
        page.post(page.good()),
        page.post(page.good(code=WRONG)),
    ):
        is_refusal(page.face, reply, Outcome.NOT_FOUND)
        assert "This deployment has been set up" in text_of(reply)


@pytest.mark.parametrize("other", [{}, {"email": "x", "organization": "", "password": "short"}])
def test_without_the_code_nothing_is_told_of_any_field(page: Page, other: dict[str, str]):
    for code in (WRONG, "", page.code[:-1], page.code.lower()):
        reply = page.post(page.good(**other, code=code))
        assert reply.status == 401
        assert reply.header("www-authenticate") is not None
        assert list(faults_of(reply)) == ["code"]
        assert "wrong, or no longer good" in faults_of(reply)["code"]
    assert page.is_untouched()


def test_what_was_typed_stands_there_again_but_no_code_and_no_password(page: Page):
    typed = page.good(email="<b>", organization='"><script>x</script>', password="tokenhouse 2026")
    for code in (page.code, WRONG):
        reply = page.post(typed | {"code": code})
        raw = reply.body.decode()
        assert 'value="&#34;&gt;&lt;script&gt;x&lt;/script&gt;"' in raw
        assert 'value="&lt;b&gt;"' in raw
        assert 'value="Ada King"' in raw
        assert "<script>" not in raw
        assert code not in raw
        assert "tokenhouse 2026" not in raw
        assert PASSWORD.reveal() not in raw


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"organization": " "}, {"organization": "The organization's name is empty."}),
        ({"full_name": "a\tb"}, {"full_name": "Your name has a control character."}),
        ({"email": "x"}, {"email": "Your e-mail is not an address such as name@example.com."}),
        ({"password": "short"}, {"password": "The password is shorter than 15 characters."}),
        (
            {"password_again": ""},
            {"password_again": "The second password is not the same as the password above."},
        ),
        (
            {"password": "qwertyuiopasdfgh", "organization": ""},
            {
                "organization": "The organization's name is empty.",
                "password": "The password is easy to guess: it is made of a password that many"
                " people use; take four unrelated words, or let a password manager choose.",
            },
        ),
    ],
)
def test_faults_stand_beside_their_fields_and_use_nothing_up(
    page: Page, other: dict[str, str], told: dict[str, str]
):
    reply = page.post(page.good(**other))
    assert reply.status == 422
    assert faults_of(reply) == told
    assert page.is_untouched()
    assert page.post(page.good()).status == 201


def test_after_a_hundred_wrong_codes_the_right_one_is_refused_too(page: Page):
    for _ in range(MAX_WRONG):
        assert page.post(page.good(code=WRONG)).status == 401
    reply = page.post(page.good())
    assert reply.status == 429
    assert "Too many wrong codes" in faults_of(reply)["code"]
    assert page.is_untouched()


@pytest.mark.parametrize(
    "headers",
    [
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
        [("sec-fetch-site", "cross-site"), ("origin", "http://localhost:8080")],
        [("origin", "https://attacker.example")],
        [("origin", "http://localhost:9090")],
        [("origin", "null")],
    ],
)
def test_another_site_cannot_send_the_form_even_with_the_code(
    page: Page, headers: list[tuple[str, str]]
):
    is_refusal(page.face, page.post(page.good(), headers), Outcome.FORBIDDEN)
    assert page.is_untouched()


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("sec-fetch-site", "same-origin"), ("origin", "https://tokens.example.com")],
        [("origin", "http://localhost:8080")],
    ],
)
def test_our_own_page_and_programs_can(page: Page, headers: list[tuple[str, str]]):
    assert page.post(page.good(), headers).status == 201


@pytest.mark.parametrize(
    ("body", "media_type", "meant"),
    [
        (b"code=a&code=b", FORM[1], Outcome.MALFORMED),
        (b"code=a&admin=1", FORM[1], Outcome.MALFORMED),
        (b"code=%ff", FORM[1], Outcome.MALFORMED),
        (b"code=" + b"x" * 65_536, FORM[1], Outcome.TOO_LARGE),
        (b'{"code": "a"}', "application/json", Outcome.MEDIA_TYPE),
        (b"code=a", "multipart/form-data; boundary=x", Outcome.MEDIA_TYPE),
    ],
)
def test_what_is_no_form_is_refused_as_a_page(
    page: Page, body: bytes, media_type: str, meant: Outcome
):
    reply = page.wire("POST", PATH, [("content-type", media_type)], body)
    is_refusal(page.face, reply, meant)


def test_in_a_fresh_install_nobody_has_an_account_and_nothing_else_is_decided(page: Page):
    others = tuple(face for face in FACES if face.name != "console")
    wire = Wire(Boundary(None, (*others, page.face)))
    json_type = [("content-type", "application/json")]
    for email, password in (("admin", "admin"), ("admin@localhost", ""), ("root", "tokenhouse")):
        body = json.dumps({"email": email, "password": password}).encode()
        is_refusal(native.FACE, wire("POST", "/v1/sessions", json_type, body), Outcome.UNDECIDED)
    for face, route in ROUTES:
        if isinstance(route.handle, Early):
            continue  # the same for everybody: what pages load
        path = re.sub(r"\{\w+\}", "x", route.path)
        for headers in ([], [("authorization", f"Token {WRONG}")]):
            is_refusal(face, wire(route.method, path, headers), Outcome.UNDECIDED)
    assert page.is_untouched()
    wire.close()


@pytest.mark.parametrize("path", ["/console/", "/console/first-run/", "/console/x"])
def test_what_the_console_does_not_have_is_refused_as_a_page(page: Page, path: str):
    is_refusal(page.face, page.wire("GET", path), Outcome.NOT_FOUND)


fields = st.dictionaries(
    st.sampled_from(("organization", "full_name", "email", "password", "password_again")),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)


def test_no_form_is_too_strange_to_be_answered(tmp_path: Path):
    page = Page(Site.in_memory(tmp_path))

    @settings(
        max_examples=60,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(other=fields)
    def holds(other: dict[str, str]) -> None:
        with capture_logs() as logged:
            reply = page.post(page.good(**{"email": "not an address"} | other))
        assert logged == []
        assert reply.status in {422, 201, 404}, reply
        assert page.code not in reply.body.decode()

    holds()
    page.wire.close()


@pytest.mark.parametrize("fault", [Unavailable("down"), RuntimeError("thp_secret in a message")])
@pytest.mark.parametrize("methods", [(), ("commit",)])
def test_what_cannot_be_written_is_not_said_to_be_done(
    tmp_path: Path, fault: Exception, methods: tuple[str, ...]
):
    site = Site.in_memory(tmp_path)
    store: Any = Switch(site.store)
    site = Site(store, site.parts.attempts, site.clock, tmp_path)
    page = Page(site)
    with store.failing(fault, *methods):
        reply = page.post(page.good())
        is_refusal(page.face, reply, Outcome.UNDECIDED)
        assert b"secret" not in reply.body
    assert page.post(page.good()).status == 201
    page.wire.close()


def test_the_code_and_the_passwords_are_in_no_log(page: Page):
    with capture_logs() as logged:
        for typed in (
            page.good(email="x"),
            page.good(code=WRONG),
            page.good(password_again="other words than these"),
            page.good(),
        ):
            page.post(typed)
        page.post(page.good(), [("origin", "https://attacker.example")])
    told = repr(logged)
    for secret in (page.code, WRONG, PASSWORD.reveal(), "other words than these"):
        assert secret not in told


def test_the_link_carries_the_code_where_no_server_sees_it():
    link = console.link("https://tokens.example.com", Secret(WRONG))
    assert link == f"https://tokens.example.com/console/first-run#{WRONG}"


def test_the_command_that_is_shown_signs_in_whatever_the_address(site: Site):
    """An apostrophe must not end the quoting of a shell."""
    page = Page(site)
    reply = page.post(page.good(email="o'neil+$(id)`id`@example.com", full_name='A "quoted" Name'))
    page.wire.close()
    assert reply.status == 201, reply
    command = re.search(r"<code>(python3 .*?)</code></pre>", text_of(reply), re.DOTALL)
    assert command is not None
    with Background(Boundary(site.authority(), (native.FACE,))) as served:
        done = subprocess.run(
            ["bash", "-c", command[1].replace("https://tokens.example.com", served.url)],
            input=f"{PASSWORD.reveal()}\n",
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            start_new_session=True,  # without a terminal the password is read from the input
        )
    assert json.loads(done.stdout)["person"]["full_name"] == 'A "quoted" Name'


def test_refusals_of_the_console_have_a_form_of_their_own():
    assert console.FACE.name in DIALECTS
