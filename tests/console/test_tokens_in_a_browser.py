"""Making a token in a real browser: by keyboard, without scripts, and what is left of it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from axing import violations
from browser import chromium
from console.clerk import TOKEN
from consoling import sign_in
from faces.test_passkeys_in_a_browser import AUTHENTICATOR, CREATE
from listening import Heard, listen
from running import Demo, demo

NEW, OURS = "/console/tokens/new", "/console/organization/tokens/new"
GET_ENVS = "environment.control.GetEnvs"
HOSTILE = "</p><img src=x onerror=alert(1)>\u202e fdp.exe"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


_AS_A_DIALOG = "path => htmx.ajax('GET', path, {target: '#dialog-body', select: '.sheet'})"


class Seat:
    """Somebody in front of a browser, signed in."""

    def __init__(
        self, browser: Browser, run: Demo, role: str = "Administrator", **options: Any
    ) -> None:
        self.context: BrowserContext = browser.new_context(base_url=run.url, **options)
        self.heard: Heard = listen(self.context)
        self.page: Page = self.context.new_page()
        self.password = run.person(role)["password"]
        sign_in(self.page, run, role)


@pytest.fixture
def seat(browser: Browser, run: Demo) -> Iterator[Seat]:
    seated = Seat(browser, run, permissions=["clipboard-read", "clipboard-write"])
    yield seated
    assert seated.heard.complaints == []
    seated.context.close()


def make(seat: Seat, description: str = "ci") -> str:
    """Fill in and send the form; the string that it reveals."""
    page = seat.page
    page.goto(f"{NEW}?permissions={GET_ENVS}")
    page.get_by_label("Description", exact=True).fill(description)
    page.get_by_label("Your password", exact=True).fill(seat.password)
    page.get_by_role("button", name="Generate").click()
    return page.get_by_label("The token", exact=True).input_value()


def close(page: Page) -> None:
    page.get_by_label("I have stored it").check()
    page.get_by_role("link", name="Close").click()


def traces(seat: Seat) -> str:
    """All that a browser keeps of our pages."""
    kept: str = seat.page.evaluate(
        """async () => JSON.stringify([document.documentElement.outerHTML,
          [...document.querySelectorAll("input, textarea")].map(one => one.value),
          {...localStorage}, {...sessionStorage}, document.cookie, history.state, location.href,
          await caches.keys(), (await indexedDB.databases()).map(one => one.name)])"""
    )
    return kept + json.dumps(seat.context.cookies())


def test_a_token_is_made_by_keyboard_alone_and_nothing_is_left_of_it(seat: Seat):
    page = seat.page
    page.goto(NEW)
    page.get_by_label("Description", exact=True).focus()
    page.keyboard.type("nightly backup")
    _tab_to(page, "sift")
    page.keyboard.type("getenvs")
    _tab_to(page, GET_ENVS)
    page.keyboard.press("Space")
    _tab_to(page, "password")
    page.keyboard.type(seat.password)
    page.keyboard.press("Enter")
    field = page.get_by_label("The token", exact=True)
    expect(field).to_be_visible()
    secret = field.input_value()
    assert TOKEN.fullmatch(secret)
    expect(page.locator("#dialog-title")).to_be_focused()
    _tab_to(page, "token")
    _tab_to(page, "Copy")
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_have_text("Token copied.")
    assert page.evaluate("navigator.clipboard.readText()") == secret
    _tab_to(page, "stored")
    page.keyboard.press("Space")
    _tab_to(page, "Close")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    for _ in range(3):
        assert secret not in traces(seat)
        page.go_back()
        page.wait_for_load_state()
    assert not any(secret in url for url in seat.heard.asked)


def _tab_to(page: Page, name: str) -> None:
    told = """() => { const at = document.activeElement;
      return [at.id, at.value, at.textContent.trim(), "stored" in at.dataset ? "stored" : ""]; }"""
    for _ in range(60):
        if name in page.evaluate(told):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no {name} is reached by the keyboard")


def test_the_string_is_not_lost_by_a_stray_key_or_click_and_gone_once_it_is_closed(seat: Seat):
    make(seat)
    page = seat.page
    path = page.get_by_role("link", name="Close").get_attribute("href")
    close(page)
    page.goto("/console/tokens")
    page.evaluate(_AS_A_DIALOG, f"{path}/regenerate")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your password", exact=True).fill(seat.password)
    dialog.get_by_role("button", name="Regenerate").click()
    secret = dialog.get_by_label("The token", exact=True).input_value()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.mouse.click(4, 4)
    dialog.get_by_role("link", name="Close").click()
    expect(dialog.get_by_label("The token", exact=True)).to_have_value(secret)
    expect(page.locator("#toast")).to_contain_text("tick that you have stored it")
    dialog.get_by_label("I have stored it").check()
    with page.expect_navigation():
        page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert secret not in traces(seat)


def test_who_leaves_the_page_is_asked_first(seat: Seat):
    secret = make(seat)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    seat.page.on("dialog", stay)
    with seat.page.expect_event("dialog"):
        seat.page.evaluate("location.href = '/console/tokens'")
    assert asked == ["beforeunload"]
    expect(seat.page.get_by_label("The token", exact=True)).to_have_value(secret)
    close(seat.page)


def _asked(seat: Seat) -> list[str]:
    return [url for url in seat.heard.asked if not url.endswith(".svg")]  # the icon may be late


def test_files_are_made_in_the_browser_and_nothing_is_asked_for(seat: Seat):
    secret = make(seat, "Nightly backup, db-3")
    asked = _asked(seat)
    files: dict[str, str] = {}
    for button in (".txt", ".env", "JSON"):
        with seat.page.expect_download() as begun:
            seat.page.get_by_role("button", name=button, exact=True).click()
        files[begun.value.suggested_filename] = Path(begun.value.path()).read_text("utf-8")
    assert files["nightly-backup-db-3.txt"] == f"{secret}\n"
    assert files["nightly-backup-db-3.env"] == f"API_TOKEN={secret}\n"
    told = json.loads(files["nightly-backup-db-3.json"])
    assert (told["token"], told["description"]) == (secret, "Nightly backup, db-3")
    assert told["expires_at"].endswith("Z")
    assert _asked(seat) == asked
    close(seat.page)


def test_the_ready_commands_work_and_hold_no_string(seat: Seat, run: Demo):
    secret = make(seat)
    page = seat.page
    page.get_by_text("Use it").click()
    commands = page.locator("pre").all_inner_texts()
    assert not any(secret in one for one in commands)
    (curl,) = [one for one in commands if one.startswith("curl")]
    header, url = re.findall(r'--header "([^"]*)" (\S+)', curl)[0]
    name, _, value = header.replace("$API_TOKEN", secret).partition(": ")
    assert url.startswith(run.url)
    assert run.client.get(url, headers={name: value}).status_code == 200
    page.get_by_role("button", name="Test").click()
    expect(page.locator("#verdict")).to_contain_text("The token is good.")
    assert len(seat.context.pages) == 1
    close(page)


def test_the_picker_searches_and_shows_what_is_checked(seat: Seat):
    page = seat.page
    page.goto(NEW)
    page.get_by_label("Search", exact=True).fill("log file")
    shown = page.locator(".method:visible")
    expect(shown.first).to_be_visible()
    assert all("log" in one.lower() for one in shown.all_inner_texts())
    shown.first.get_by_role("checkbox").check()
    page.get_by_label("Search", exact=True).fill("")
    page.get_by_label("Only checked").check()
    expect(shown).to_have_count(1)
    page.get_by_label("Only checked").uncheck()
    expect(page.locator("#picked")).to_contain_text("1 of")
    page.get_by_label("Search", exact=True).fill("nothing like that")
    expect(page.get_by_text("No method matches.")).to_be_visible()


def test_docs_show_on_hover_and_focus_and_lead_to_a_page_that_exists(seat: Seat, run: Demo):
    page = seat.page
    page.goto(f"{NEW}?permissions=TokenVerify")
    docs = page.locator(".method", has=page.locator("[value=TokenVerify]")).locator(".docs")
    assert docs.evaluate("one => getComputedStyle(one).opacity") == "0"
    docs.focus()
    assert docs.evaluate("one => getComputedStyle(one).opacity") == "1"
    for link in page.locator(".docs").all():
        href = link.get_attribute("href") or ""
        assert link.get_attribute("rel") == "noreferrer"
        if href.startswith("/"):
            path, _, place = href.partition("#")
            assert f'id="{place}"' in run.client.get(path).text
        else:
            assert href.startswith("https://")


def test_the_summary_follows_what_is_typed_and_no_password_is_sent_for_it(seat: Seat):
    page, sent = seat.page, []
    page.on("request", lambda one: sent.append(one.post_data or "") if one.method == "POST" else 0)
    page.goto(NEW)
    page.get_by_label("Your password", exact=True).fill("a secret")
    page.get_by_label("Description", exact=True).fill("what is typed")
    expect(page.locator("#summary")).to_contain_text("what is typed")
    page.get_by_label("What it may do").select_option("all")
    expect(page.locator("#summary")).to_contain_text("everything that you may")
    expect(page.locator(".picker")).to_be_hidden()
    page.get_by_role("radio", name="Never").check()
    expect(page.locator("#summary")).to_contain_text("It never expires.")
    page.get_by_text("Where it is good").click()
    page.get_by_role("button", name="Add my address").click()
    expect(page.locator("#summary")).to_contain_text("It may be used from 127.0.0.1/32.")
    assert sent
    assert not any("secret" in one or "password" in one for one in sent)


def test_a_hostile_description_stays_text(seat: Seat):
    page, dialogs = seat.page, []
    page.on("dialog", lambda one: (dialogs.append(one.message), one.accept()))
    make(seat, HOSTILE)
    path = page.get_by_role("link", name="Close").get_attribute("href")
    expect(page.locator(".lead bdi")).to_have_text(HOSTILE)
    close(page)
    page.goto(f"{path}/edit")
    expect(page.get_by_label("Description", exact=True)).to_have_value(HOSTILE)
    page.goto(f"{path}/regenerate")
    expect(page.locator(".lead bdi")).to_have_text(HOSTILE)
    assert dialogs == []


def test_a_sign_in_that_ends_meanwhile_loses_nothing_typed(seat: Seat, run: Demo):
    page, person = seat.page, run.person("Administrator")
    page.goto(f"{NEW}?permissions={GET_ENVS}")
    page.get_by_label("Description", exact=True).fill("typed before")
    page.get_by_label("Your password", exact=True).fill(seat.password)
    seat.context.clear_cookies()
    page.get_by_role("button", name="Generate").click()
    page.get_by_label("E-mail or short name").fill(person["email"])
    page.get_by_label("Password").fill(person["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_label("Description", exact=True)).to_have_value("typed before")
    expect(page.locator(f"[value='{GET_ENVS}']")).to_be_checked()


def test_a_passkey_confirms_what_stands_in_the_form_without_a_password(browser: Browser, run: Demo):
    seat = Seat(browser, run, "Client")
    page, by = seat.page, run.bearer("Client")
    tools = seat.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    body = {"password": seat.password}
    asked = run.client.post("/v1/me/factors/passkeys", headers=by, json=body).json()
    made = {"label": "here", "credential": page.evaluate(CREATE, asked["publicKey"])}
    kept = run.client.post("/v1/me/factors/passkeys/finish", headers=by, json=made)
    assert kept.status_code == 201
    page.goto(f"{NEW}?permissions={GET_ENVS}&description=by+passkey")
    page.get_by_role("button", name="Use a passkey").click()
    assert TOKEN.fullmatch(page.get_by_label("The token", exact=True).input_value())
    close(page)
    assert seat.heard.complaints == []
    seat.context.close()


def test_without_a_script_a_token_is_previewed_made_and_revealed(browser: Browser, run: Demo):
    seat = Seat(browser, run, java_script_enabled=False)
    page = seat.page
    page.goto(f"{NEW}?permissions={GET_ENVS}")
    page.get_by_label("Description", exact=True).fill("no script")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#summary")).to_contain_text("no script")
    page.get_by_label("Your password", exact=True).fill(seat.password)
    page.get_by_role("button", name="Generate").click()
    secret = page.get_by_label("The token", exact=True).input_value()
    assert TOKEN.fullmatch(secret)
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    with seat.context.expect_page() as opened:
        page.get_by_role("button", name="Test").click()
    expect(opened.value.locator("#verdict")).to_contain_text("The token is good.")
    page.get_by_role("link", name="Close").click()
    assert secret not in page.content()
    seat.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_of_these_pages(browser: Browser, run: Demo, scheme: Any):
    seat = Seat(browser, run, color_scheme=scheme)
    page = seat.page
    make(seat)
    path = page.get_by_role("link", name="Close").get_attribute("href")
    page.get_by_text("Use it").click()
    assert violations(page) == []
    close(page)
    for where in (NEW, f"{NEW}?api=all", OURS, f"{path}/edit", f"{path}/regenerate"):
        page.goto(where)
        for service in page.locator("details:visible").all()[:3]:
            service.locator("summary").click()
        assert violations(page) == [], where
    page.goto(NEW)
    page.get_by_label("Your password", exact=True).fill("wrong")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".faults")).to_be_focused()
    assert violations(page) == []
    assert seat.heard.complaints == []
    seat.context.close()


def test_at_320_pixels_nothing_is_wider_than_the_page(browser: Browser, run: Demo):
    seat = Seat(browser, run, viewport={"width": 320, "height": 700})
    page = seat.page
    make(seat, "x" * 300)
    path = page.get_by_role("link", name="Close").get_attribute("href")
    page.get_by_text("Use it").click()
    assert _fits(page)
    close(page)
    for where in (NEW, OURS, f"{path}/edit", f"{path}/regenerate"):
        page.goto(where)
        assert _fits(page), where
    seat.context.close()


def _fits(page: Page) -> bool:
    wide: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return wide
