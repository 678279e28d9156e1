"""Second factors and the password in a real browser, with an authenticator of its own."""

from base64 import b32decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from axing import violations
from browser import chromium
from consoling import SIGN_IN, sign_in
from linking import CHOSEN
from listening import Heard, listen
from running import Demo, demo
from tokenhouse.core.moment import SECOND
from tokenhouse.core.totp import code_at, step_of

SECURITY = "/console/settings/security"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(Path(tmp_path_factory.mktemp("demo")) / "data") as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@contextmanager
def seated(browser: Browser, running: Demo, role: str) -> Iterator[tuple[Page, Heard]]:
    """Somebody at his settings, with a device that can hold passkeys."""
    context = browser.new_context(base_url=running.url)
    heard, page = listen(context), context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    sign_in(page, running, role)
    page.goto(SECURITY)
    yield page, heard
    assert heard.complaints == []
    context.close()


def opened(page: Page, name: str) -> Page:
    """The dialog that a button of the page opens, nothing of it found at fault."""
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []
    return page


def confirm(page: Page, password: str, button: str) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Your password").fill(password)
    dialog.get_by_role("button", name=button).click()


def test_an_app_is_added_in_a_dialog_and_its_codes_are_not_lost_by_a_stray_click(
    browser: Browser, running: Demo
):
    password = running.person("Administrator")["password"]
    with seated(browser, running, "Administrator") as (page, _):
        dialog = opened(page, "Add an authenticator app").get_by_role("dialog")
        confirm(page, "not the one", "Show the QR code")
        expect(dialog.get_by_role("alert")).to_have_text("This is not your password.")
        expect(dialog.get_by_role("textbox", name="Your password")).to_be_focused()
        confirm(page, password, "Show the QR code")
        expect(dialog.get_by_role("img")).to_be_visible()
        assert violations(page) == []
        secret = b32decode(dialog.locator(".key").inner_text().replace(" ", ""))

        code = dialog.get_by_label("What the app shows now")
        code.fill("000000")
        dialog.get_by_role("button", name="Turn it on").click()
        expect(dialog.get_by_role("alert")).to_contain_text("is not what the app shows now")
        expect(dialog.get_by_role("img")).to_be_visible()
        now = page.evaluate("Date.now()") * (SECOND // 1000)
        code.fill(code_at(secret, step_of(now)))
        dialog.get_by_role("button", name="Turn it on").click()

        codes = dialog.locator(".codes code")
        expect(codes).to_have_count(10)
        expect(dialog.get_by_role("heading")).to_be_focused()
        shown = codes.all_inner_texts()
        assert violations(page) == []
        page.keyboard.press("Escape")
        expect(page.locator("#toast")).to_contain_text("Copy or download the codes first")
        expect(codes).to_have_count(10)
        with page.expect_download() as saved:
            dialog.get_by_role("button", name="Download").click()
        assert Path(saved.value.path()).read_text("utf-8").split() == shown
        dialog.get_by_label("I have stored them").check()
        with page.expect_navigation():
            dialog.get_by_role("link", name="Done").click()
        assert shown[0] not in page.content()
        expect(page.locator("main")).to_contain_text("10 left")
        assert violations(page) == []

        opened(page, "Remove your authenticator app")
        page.get_by_role("dialog").get_by_label("Code of your second factor").fill(shown[0])
        with page.expect_navigation():
            confirm(page, password, "Remove the app")
        expect(page.get_by_role("status").first).to_have_text("Your authenticator app is removed.")


def test_a_passkey_is_made_shown_at_sign_in_confirms_and_is_removed(
    browser: Browser, running: Demo
):
    person = running.person("Client")
    with seated(browser, running, "Client") as (page, _):
        dialog = opened(page, "Add a passkey").get_by_role("dialog")
        dialog.get_by_label("Name it").fill("Work <b>laptop</b>")
        confirm(page, person["password"], "Go on")
        make = dialog.get_by_role("button", name="Make the passkey")
        expect(make).to_be_focused()
        assert violations(page) == []
        make.click()
        expect(dialog.locator(".codes code")).to_have_count(10)
        dialog.get_by_label("I have stored them").check()
        with page.expect_navigation():
            dialog.get_by_role("link", name="Done").click()
        expect(page.locator(".rows bdi")).to_have_text("Work <b>laptop</b>")

        page.context.clear_cookies()
        page.goto(SIGN_IN)
        page.locator("[name=email]").fill(person["email"])
        page.locator("[name=password]").fill(person["password"])
        page.get_by_role("button", name="Sign in").click()
        with page.expect_navigation():
            page.get_by_role("button", name="Use a passkey").click()

        page.goto(SECURITY)
        assert violations(page) == []
        dialog = opened(page, "Change the password").get_by_role("dialog")
        dialog.get_by_role("textbox", name="New password").fill(CHOSEN)
        dialog.get_by_role("textbox", name="The same password again").fill(CHOSEN)
        passkey = dialog.get_by_role("button", name="Use a passkey instead of a code")
        passkey.click()
        expect(dialog.get_by_role("textbox", name="Your password")).to_be_focused()
        dialog.get_by_role("textbox", name="Your password").fill(person["password"])
        with page.expect_navigation():
            passkey.click()
        expect(page.get_by_role("status").first).to_contain_text("Your password is changed.")

        opened(page, "Remove Work <b>laptop</b>")
        dialog.get_by_role("textbox", name="Your password").fill(CHOSEN)
        with page.expect_navigation():
            dialog.get_by_role("button", name="Use a passkey instead of a code").click()
        expect(page.locator("main")).to_contain_text("Passkeys none")


def test_a_device_that_has_a_passkey_says_so(browser: Browser, running: Demo):
    person = running.person("Super")
    with seated(browser, running, "Super") as (page, _):
        for name in ("One", "Two"):
            page.goto(f"{SECURITY}/passkeys")
            page.get_by_label("Name it").fill(name)
            page.locator("#password").fill(person["password"])
            if name == "Two":
                with page.expect_response("**/console/challenge"):
                    page.get_by_role("button", name="Use a passkey instead of a code").click()
            else:
                page.get_by_role("button", name="Go on").click()
            page.get_by_role("button", name="Make the passkey").click()
            if name == "One":
                page.get_by_label("I have stored them").check()
                with page.expect_navigation():
                    page.get_by_role("link", name="Done").click()
        expect(page.locator("#toast")).to_have_text("This device has a passkey of yours already.")
        expect(page.get_by_role("button", name="Make the passkey")).to_be_enabled()
