"""The user token in a real browser: by the button, and by the key wherever it may count."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from axing import violations
from browser import chromium
from consoling import sign_in
from listening import Heard, listen
from running import Demo, demo

TOKEN = "/console/user-token"
QUIET = "/console/read"
"""A page with a field and nothing else that takes keys."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(Path(tmp_path_factory.mktemp("demo")) / "data") as started:
        yield started


@pytest.fixture(scope="module")
def signed_in(browser: Browser, running: Demo) -> Any:
    """The cookies of somebody who has signed in, for all who do not sign out."""
    context = browser.new_context(base_url=running.url)
    sign_in(context.new_page(), running, "Client")
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture(scope="module")
def bearer(running: Demo) -> dict[str, str]:
    """The same person at the API."""
    return running.bearer("Client")


class Seat:
    """Somebody at the console, whose clipboard may be used where nothing else is said."""

    def __init__(self, context: BrowserContext, running: Demo, by: dict[str, str]) -> None:
        self._by = by
        self.heard: Heard = listen(context)
        self.page: Page = context.new_page()
        self.context = context
        self._running = running
        self.page.goto(QUIET)

    def may_copy(self) -> None:
        permissions = ["clipboard-read", "clipboard-write"]
        self.context.grant_permissions(permissions, origin=self._running.url)
        self.page.evaluate("navigator.clipboard.writeText('before')")

    def keep(self, key: str | None) -> None:
        """Have this key turned on, and look at a page of then."""
        by = {"if-match": "*", **self._by}
        changed = self._running.client.patch("/v1/me", headers=by, json={"token_hotkey": key or ""})
        assert changed.status_code == 200, changed.text
        self.page.goto(QUIET)

    @property
    def asked(self) -> int:
        return sum(url.endswith(TOKEN) for url in self.heard.asked)

    def is_left_alone(self) -> None:
        """Nothing was asked for, also not a moment later."""
        self.page.wait_for_timeout(150)
        assert self.asked == 0

    @property
    def clipboard(self) -> str:
        text: str = self.page.evaluate("navigator.clipboard.readText()")
        return text

    def copied(self) -> dict[str, Any]:
        """The claims of the token in the clipboard."""
        expect(self.page.locator("#toast")).to_contain_text("User token copied, good until")
        body = self.clipboard.split(".")[1]
        read: dict[str, Any] = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return read


@pytest.fixture
def seat(browser: Browser, running: Demo, signed_in: Any, bearer: dict[str, str]) -> Iterator[Seat]:
    context = browser.new_context(base_url=running.url, storage_state=signed_in)
    sat = Seat(context, running, bearer)
    yield sat
    assert sat.heard.complaints == []
    context.close()


@pytest.fixture
def flagged(seat: Seat) -> Seat:
    seat.keep("t")
    seat.may_copy()
    return seat


def test_the_button_copies_the_token_and_a_field_holds_it_where_nothing_may_be_copied(seat: Seat):
    seat.page.goto("/console/settings/user")
    assert violations(seat.page) == []
    seat.may_copy()
    seat.page.get_by_role("button", name="Copy the bearer token").click()
    assert seat.copied()["username"] == "carl@nordlicht.example"
    assert not re.search(r"eyJ[\w-]+\.", seat.page.content()), "the head of a JWT"
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Show").click()
    token = seat.page.get_by_label("Token", exact=True).input_value()
    assert re.match(r"eyJ[\w-]+\.", token)
    assert violations(seat.page) == []
    # as where a browser keeps a page that is left, to be gone back to
    seat.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    assert token not in seat.page.content()
    with seat.page.expect_navigation():
        seat.page.get_by_role("link", name="Back").click()
    assert token not in seat.page.content()


def test_it_is_off_at_first(seat: Seat):
    seat.keep(None)
    seat.page.keyboard.press("t")
    seat.is_left_alone()


@pytest.mark.parametrize("path", [QUIET, "/console/settings/sessions", "/console/tokens"])
def test_the_key_copies_the_token_anywhere(flagged: Seat, path: str, running: Demo):
    flagged.page.goto(path)
    flagged.page.keyboard.press("t")
    claims = flagged.copied()
    assert claims["username"] == "carl@nordlicht.example"
    assert "SystemsRead" in claims["permissions"]
    answer = running.client.get(
        "/v1/me",
        headers={"authorization": f"Bearer {flagged.clipboard}"},
    )
    assert answer.status_code == 200
    assert flagged.clipboard not in flagged.page.content()


def test_it_ends_with_the_sign_in(flagged: Seat, running: Demo):
    sign_in(flagged.page, running, "Client")
    flagged.page.keyboard.press("t")
    flagged.copied()
    by = {"authorization": f"Bearer {flagged.clipboard}"}
    assert running.client.get("/v1/me", headers=by).status_code == 200
    flagged.page.goto("/console/settings/sessions")
    with flagged.page.expect_navigation():
        flagged.page.get_by_role("button", name="Sign out").click()
    assert running.client.get("/v1/me", headers=by).status_code == 401


def test_with_a_modifier_or_another_key_it_does_nothing(flagged: Seat):
    for keys in ("Shift+T", "Control+t", "Alt+t", "Meta+t", "u", "Tab"):
        flagged.page.keyboard.press(keys)
    flagged.is_left_alone()


TYPED_INTO = (
    "<input id=here>",
    "<input id=here type=checkbox>",
    "<textarea id=here></textarea>",
    "<select id=here><option>ten</option></select>",
    "<div id=here contenteditable>x</div>",
    "<div contenteditable><b id=here tabindex=0>x</b></div>",
    "<div id=here role=textbox tabindex=0></div>",
    "<div role=application><button id=here>x</button></div>",
)


def test_where_somebody_types_it_is_a_letter(flagged: Seat):
    for markup in TYPED_INTO:
        flagged.page.evaluate("html => document.querySelector('main').innerHTML = html", markup)
        flagged.page.locator("#here").focus()
        flagged.page.keyboard.press("t")
        flagged.is_left_alone()
    flagged.page.evaluate("document.activeElement.blur()")
    flagged.page.keyboard.press("t")
    flagged.copied()


def test_held_down_it_counts_once_and_within_a_composition_not_at_all(flagged: Seat):
    flagged.page.keyboard.down("t")
    flagged.copied()
    for _ in range(5):
        flagged.page.keyboard.down("t")
    flagged.page.keyboard.up("t")
    flagged.page.wait_for_timeout(150)
    assert flagged.asked == 1
    flagged.page.evaluate(
        "document.body.dispatchEvent("
        "new KeyboardEvent('keydown', {key: 't', bubbles: true, isComposing: true}))"
    )
    flagged.page.wait_for_timeout(150)
    assert flagged.asked == 1


def test_while_a_dialog_is_open_it_does_nothing(flagged: Seat):
    flagged.page.goto("/console/settings/security")
    flagged.page.get_by_role("link", name="Change the password").click()
    dialog = flagged.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("link", name="Cancel").focus()
    flagged.page.keyboard.press("t")
    flagged.is_left_alone()
    dialog.get_by_role("link", name="Cancel").click()
    flagged.page.locator("main").focus()
    flagged.page.keyboard.press("t")
    flagged.copied()


def test_another_key_can_take_its_place(seat: Seat):
    seat.keep(None)
    seat.page.goto("/console/settings/extras")
    assert violations(seat.page) == []
    seat.page.get_by_role("checkbox", name="token-hotkey").check()
    seat.page.get_by_label("Key", exact=True).fill("7")
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Save").click()
    expect(seat.page.get_by_role("status").first).to_have_text("Saved.")
    seat.may_copy()
    seat.page.keyboard.press("t")
    seat.is_left_alone()
    seat.page.keyboard.press("7")
    seat.copied()


REFUSED = {
    "the browser refuses": "navigator.clipboard.write = () => Promise.reject(new Error('no'))",
    "there is none": "Object.defineProperty(navigator, 'clipboard', {value: undefined})",
    "it takes no promises": "ClipboardItem = undefined",
}


@pytest.mark.parametrize("cause", REFUSED)
def test_where_no_clipboard_is_to_be_had_it_stands_marked_in_a_field(flagged: Seat, cause: str):
    page = flagged.page
    page.add_init_script(REFUSED[cause])
    page.goto("/console/settings/user")
    page.get_by_role("link", name="Extras").focus()
    page.keyboard.press("t")
    dialog = page.get_by_role("dialog", name="Your user token")
    expect(dialog).to_contain_text("good until")
    field = dialog.get_by_label("Token", exact=True)
    expect(field).to_be_focused()
    token = field.input_value()
    assert re.match(r"eyJ[\w-]+\.", token)
    assert page.evaluate("getSelection().toString() || document.activeElement.value") == token
    assert page.evaluate("document.activeElement.selectionEnd") == len(token)
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#user-token-dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="Extras")).to_be_focused()
    assert token not in page.content()


def test_a_sign_in_that_has_ended_is_said_and_nothing_is_copied(flagged: Seat):
    flagged.context.clear_cookies()
    flagged.page.keyboard.press("t")
    expect(flagged.page.locator("#toast")).to_have_text("Your sign-in has ended. Sign in again.")
    assert flagged.clipboard == "before"


def test_a_server_that_does_not_answer_is_said(flagged: Seat):
    def cut(route: Route) -> None:
        route.abort()

    flagged.page.route(f"**{TOKEN}", cut)
    flagged.page.keyboard.press("t")
    expect(flagged.page.locator("#toast")).to_contain_text("No answer")
    assert flagged.clipboard == "before"
    flagged.heard._said.clear()  # the browser says so itself


def test_without_a_script_the_token_is_shown_on_a_page(browser: Browser, running: Demo):
    context = browser.new_context(base_url=running.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, running, "Client")
    page.goto("/console/settings/user")
    expect(page.get_by_role("button", name="Copy the bearer token")).to_have_count(0)
    with page.expect_navigation():
        page.get_by_role("button", name="Show").click()
    assert page.get_by_label("Token", exact=True).input_value().startswith("eyJ")
    context.close()
