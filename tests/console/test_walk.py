"""One walk with the keyboard alone: in, a token made, kept, used, removed, and out again."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from browser import chromium
from console.test_tokens_in_a_browser import TOKEN, _tab_to
from listening import listen
from running import demo


def test_from_sign_in_to_reveal_to_revoke_no_mouse_is_needed(tmp_path: Path):
    with demo(tmp_path / "data") as running, chromium() as browser:
        person = running.person("Administrator")
        context = browser.new_context(base_url=running.url)
        heard = listen(context)
        page = context.new_page()
        page.goto("/console")
        expect(page.locator("#email")).to_be_focused()
        _write(page, person["email"], "password", person["password"])
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("My tokens")
        _press(page, "Generate")
        expect(page.get_by_role("heading", level=1)).to_have_text("Generate a token")
        _tab_to(page, "description")
        page.keyboard.type("walk")
        _tab_to(page, "sift")
        page.keyboard.type("read systems")
        _tab_to(page, "SystemsRead")
        page.keyboard.press("Space")
        _tab_to(page, "password")
        page.keyboard.type(person["password"])
        page.keyboard.press("Enter")
        secret = page.get_by_label("The token", exact=True).input_value()
        assert TOKEN.fullmatch(secret)
        used = {"Authorization": f"Token {secret}"}
        assert running.client.get("/systems", headers=used).status_code == 200
        _tab_to(page, "stored")
        page.keyboard.press("Space")
        with page.expect_navigation():
            _press(page, "Close")
        page.goto("/console/tokens")
        _press(page, "walk")
        expect(page.get_by_role("heading", level=1)).to_have_text("walk")
        _press(page, "Remove")
        expect(page.locator("dialog[open] h1")).to_have_text("Remove this token?")
        _tab_to(page, "password")
        page.keyboard.type(person["password"])
        page.keyboard.press("Enter")
        expect(page.locator("[data-said]")).to_have_text("Removed: 1.")
        assert running.client.get("/systems", headers=used).status_code == 401
        page.goto("/console/settings/sessions")
        with page.expect_navigation():
            _press(page, "Sign out")
        assert re.search(r"/console/sign-in$", page.url)
        assert not heard.complaints
        assert not any(secret in url for url in heard.asked)
        context.close()


def _press(page: Page, name: str) -> None:
    _tab_to(page, name)
    page.keyboard.press("Enter")


def _write(page: Page, first: str, then: str, second: str) -> None:
    page.keyboard.type(first)
    _tab_to(page, then)
    page.keyboard.type(second)
