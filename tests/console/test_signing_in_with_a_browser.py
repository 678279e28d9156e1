"""Signing in to the console with Chromium: with a keyboard, an app, a passkey, without scripts."""

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from browser import chromium
from consoling import SIGN_IN, sign_in, signed_in
from listening import Heard, listen
from running import OPAQUE, Demo, demo
from tokenhouse.core.totp import code_at, step_of

HOME = "/console/tokens"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
CREATE = """async options => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return (await navigator.credentials.create({publicKey})).toJSON();
}"""


class App:
    """The authenticator app of somebody, and his recovery codes."""

    def __init__(self, running: Demo, role: str) -> None:
        by, own = running.bearer(role), "/v1/me/factors"
        confirmed = {"password": running.person(role)["password"]}
        begun = running.client.post(f"{own}/totp", headers=by, json=confirmed).json()
        secret = begun["secret"]
        self._secret = base64.b32decode(secret + "=" * (-len(secret) % 8))
        code = {"code": self.code(0)}
        made = running.client.post(f"{own}/totp/confirm", headers=by, json=code).json()
        self.recovery_codes: list[str] = made["recovery_codes"]

    def code(self, ahead: int) -> str:
        return code_at(self._secret, step_of(time.time_ns() // 1_000) + ahead)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(tmp_path_factory.mktemp("demo") / "data") as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def app(running: Demo) -> App:
    """Of the person whose role is Client."""
    return App(running, "Client")


@pytest.fixture
def context(running: Demo, browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(base_url=running.url)
    yield opened
    opened.close()


@pytest.fixture
def heard(context: BrowserContext) -> Heard:
    return listen(context)


@pytest.fixture
def page(context: BrowserContext, heard: Heard, running: Demo) -> Iterator[Page]:
    """The page to sign in on; whatever was done there, nobody complained and nobody else was
    asked.
    """
    opened = context.new_page()
    opened.goto(SIGN_IN)
    yield opened
    assert heard.complaints == []
    assert [url for url in heard.asked if not url.startswith(running.url)] == []


def typed(page: Page, running: Demo, role: str = "Administrator") -> None:
    person = running.person(role)
    page.get_by_label("E-mail or short name").fill(person["email"])
    page.get_by_label("Password").fill(person["password"])


def is_in(page: Page, path: str = HOME) -> None:
    page.wait_for_url(f"**{path}")
    expect(page.get_by_role("navigation", name="Console")).to_be_visible()


def test_with_the_keyboard_alone_and_a_wrong_password_first(page: Page, running: Demo):
    person, email = running.person("Administrator"), page.get_by_label("E-mail or short name")
    expect(email).to_be_focused()
    page.keyboard.type(person["email"])
    page.keyboard.press("Tab")
    page.keyboard.type("a wrong password")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("The e-mail or the password is wrong.")
    expect(email).to_have_value(person["email"])
    password = page.get_by_label("Password")
    password.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(person["password"])
    page.keyboard.press("Enter")
    is_in(page)
    assert person["password"] not in page.url


def test_no_script_can_read_the_cookie(page: Page, running: Demo, context: BrowserContext):
    typed(page, running)
    page.get_by_role("button", name="Sign in").click()
    is_in(page)
    (cookie,) = context.cookies()
    assert (cookie["name"], cookie["path"]) == ("__Host-tokenhouse", "/")
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Lax")
    assert cookie["domain"] == "localhost"
    assert page.evaluate("document.cookie") == ""
    kept = page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    assert not OPAQUE.search(kept)
    assert running.person("Administrator")["password"] not in kept


def test_the_code_of_an_app_is_asked_for_and_the_password_stays(
    page: Page, running: Demo, app: App
):
    typed(page, running, "Client")
    page.get_by_role("button", name="Sign in").click()
    code = page.get_by_label("Code", exact=True)
    expect(code).to_be_focused()
    expect(page.locator("#said")).to_contain_text("One more step: show your second factor.")
    expect(page.get_by_label("Password")).to_have_value(running.person("Client")["password"])
    code.fill("000000")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("That code is not good")
    page.get_by_label("Code", exact=True).fill(app.code(1))
    page.keyboard.press("Enter")
    is_in(page)


def test_a_passkey_takes_one_click(page: Page, running: Demo, context: BrowserContext):
    tools = context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    add_passkey(page, running, "Super")
    typed(page, running, "Super")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Use a passkey").click()
    is_in(page)


def add_passkey(page: Page, running: Demo, role: str) -> None:
    by, path = running.bearer(role), "/v1/me/factors/passkeys"
    confirmed = {"password": running.person(role)["password"]}
    asked: Any = running.client.post(path, headers=by, json=confirmed).json()
    made = {"label": "A browser", "credential": page.evaluate(CREATE, asked["publicKey"])}
    assert running.client.post(f"{path}/finish", headers=by, json=made).status_code == 201


def test_without_scripts_each_step_is_a_page(running: Demo, browser: Browser, app: App):
    context = browser.new_context(base_url=running.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{HOME}?q=pump")
    assert page.locator(".said").inner_text() == "Sign in to see this page."
    typed(page, running, "Client")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#said")).to_contain_text("One more step")
    assert page.get_by_label("Password").input_value() == ""
    assert page.get_by_role("button", name="Use a passkey").count() == 0
    typed(page, running, "Client")
    page.get_by_label("Code", exact=True).fill(app.recovery_codes[0])
    page.get_by_role("button", name="Sign in").click()
    is_in(page, f"{HOME}?q=pump")
    context.close()


def test_whose_sign_in_has_ended_signs_in_and_is_where_he_was(
    page: Page, running: Demo, context: BrowserContext
):
    sign_in(page, running)
    page.goto(f"{HOME}?q=pump")
    context.clear_cookies()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    typed(page, running)
    page.keyboard.press("Enter")
    is_in(page, f"{HOME}?q=pump")


@contextmanager
def another_site(page: str) -> Iterator[str]:
    """A page at another address of this machine, to which browsers let it speak."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def test_another_site_can_send_nothing_in_somebodys_name_and_frame_nothing(
    running: Demo, browser: Browser
):
    page = signed_in(browser, running)
    context, ours = page.context, running.url
    (before,) = context.cookies(ours)
    form = f'<form method="post" action="{ours}/console/sign-out"><button>x</button></form>'
    frame = f'<iframe src="{ours}{HOME}"></iframe>'
    with another_site(form + frame) as elsewhere:
        other = context.new_page()
        with other.expect_response(f"**{HOME}") as answered:
            other.goto(elsewhere)
        assert answered.value.status == 401, "the cookie does not go with it"
        other.wait_for_load_state("networkidle")
        assert "Tokenhouse" not in other.frames[-1].content()
        with other.expect_response("**/console/sign-out") as answered:
            other.get_by_role("button").click()
        assert answered.value.status == 401
    assert context.cookies(ours) == [before]
    page.reload()
    is_in(page)
    context.close()
