"""The first-run page in a real browser: with a link, without script, narrow and wide."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from browser import chromium
from founding import PASSWORD, Site
from tokenhouse.boundary import Boundary
from tokenhouse.faces import console
from tokenhouse.operations.sign_in import Credentials
from tokenhouse.server import Background

BY_LABEL = {
    "Name of your organization": "Example Corp",
    "Your name": "Ada King",
    "Your e-mail": "ada@example.com",
    "Password": PASSWORD.reveal(),
    "The same password again": PASSWORD.reveal(),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


class Served:
    """A served first-run page, and its link."""

    def __init__(self, site: Site, code: str, link: str) -> None:
        self.site = site
        self.code = code
        self.link = link
        self.url = link.partition("#")[0]

    def signs_in(self) -> bool:
        signed_in = self.site.authority().sign_in(
            Credentials("ada@example.com", PASSWORD, None, "192.0.2.1")
        )
        return signed_in.standing.person is not None and signed_in.standing.person.operator


@pytest.fixture
def served(site: Site) -> Iterator[Served]:
    first_run = site.first_run()
    code = first_run.start()
    with Background(Boundary(None, (console.face(first_run),))) as server:
        link = console.link(f"http://localhost:{server.port}", code)
        yield Served(site, code.reveal(), link)


class Window:
    """A tab, what it asked for, and what the browser complained of."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self._complain(message.text))
        self.page.on("pageerror", lambda error: self._complain(str(error)))

    def _complain(self, text: str) -> None:
        if "the server responded with a status of" not in text:
            self.complaints.append(text)

    def fill(self, **other: str) -> None:
        for label, text in (BY_LABEL | other).items():
            self.page.get_by_label(label, exact=True).fill(text)

    def send(self) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Set up").click()

    def fits(self, width: int) -> bool:
        needed: int = self.page.evaluate("document.documentElement.scrollWidth")
        return needed <= width

    def is_quiet(self, served: Served) -> bool:
        """Nothing was complained of, nothing asked for but the page and our own files, and never
        with the code.
        """
        files = f"{served.url.removesuffix('/first-run')}/static/"
        pages = {url for url in self.asked if not url.startswith(("data:", files))}
        told = any(served.code in url for url in self.asked)
        return self.complaints == [] and pages == {served.url} and not told


@pytest.fixture
def window(browser: Browser) -> Iterator[Window]:
    context = browser.new_context()
    yield Window(context)
    context.close()


def test_the_link_fills_the_code_in_and_leaves_the_address(served: Served, window: Window):
    window.page.goto(served.link)
    expect(window.page.get_by_label("Code from the console")).to_have_value(served.code)
    expect(window.page.get_by_label("Name of your organization")).to_be_focused()
    assert window.page.url == served.url
    window.fill()
    window.send()
    expect(window.page.get_by_role("heading", level=1)).to_have_text("Example Corp is set up")
    kept = window.page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    assert "tokenhouse-code" not in kept
    assert served.code not in kept
    assert window.is_quiet(served)
    assert served.signs_in()


def test_without_script_the_code_is_pasted(served: Served, browser: Browser):
    context = browser.new_context(java_script_enabled=False)
    window = Window(context)
    window.page.goto(served.url)
    assert not window.page.get_by_label("Show the passwords").is_visible()
    window.page.get_by_label("Code from the console").fill(served.code)
    window.fill(Password="passwordpassword")
    window.send()
    expect(window.page.get_by_role("heading", name="Something has to change")).to_be_visible()
    expect(window.page.get_by_label("Your name")).to_have_value("Ada King")
    window.page.get_by_label("Code from the console").fill(served.code)
    window.fill()
    window.send()
    expect(window.page.get_by_role("heading", level=1)).to_have_text("Example Corp is set up")
    context.close()
    assert served.signs_in()


def test_after_a_fault_the_code_is_still_there_and_the_faults_are_met_first(
    served: Served, window: Window
):
    window.page.goto(served.link)
    window.fill(**{"Your e-mail": "not an address", "The same password again": "another one"})
    window.send()
    expect(window.page.locator(".faults")).to_be_focused()
    expect(window.page.get_by_label("Code from the console")).to_have_value(served.code)
    window.page.keyboard.press("Tab")
    window.page.keyboard.press("Enter")
    field = window.page.get_by_label("Your e-mail")
    expect(field).to_be_focused()
    described = (field.get_attribute("aria-describedby") or "").split()
    told = [window.page.locator(f"#{one}").inner_text() for one in described]
    assert "Your e-mail is not an address such as name@example.com." in told
    expect(window.page.get_by_label("Code from the console")).to_have_value(served.code)
    window.fill()
    window.send()
    expect(window.page.get_by_role("heading", level=1)).to_have_text("Example Corp is set up")
    assert window.complaints == []


def test_a_wrong_code_is_asked_for_again(served: Served, window: Window):
    window.page.goto(f"{served.url}#wrong")
    window.fill()
    window.send()
    code = window.page.get_by_label("Code from the console")
    expect(code).to_have_value("")
    expect(code).to_have_attribute("aria-invalid", "true")
    window.page.goto(served.link)  # only what is behind # differs: no page is loaded anew
    expect(code).to_have_value(served.code)
    assert window.page.url == served.url
    assert served.site.store.head()[0] == 0


def test_everything_is_reached_by_the_keyboard_in_the_order_it_stands(
    served: Served, window: Window
):
    window.page.goto(served.url)
    reached = []
    for _ in range(8):
        reached.append(window.page.evaluate("document.activeElement.id || 'button'"))
        window.page.keyboard.press("Tab")
    assert reached == [
        *("code", "organization", "full_name", "email", "password", "password_again", "show"),
        "button",
    ]


def test_passwords_are_shown_when_wanted_and_hidden_when_sent(served: Served, window: Window):
    window.page.goto(served.link)
    password = window.page.get_by_label("Password", exact=True)
    expect(password).to_have_attribute("type", "password")
    window.page.get_by_label("Show the passwords").check()
    expect(password).to_have_attribute("type", "text")
    expect(window.page.get_by_label("The same password again")).to_have_attribute("type", "text")


@pytest.mark.parametrize("site", ["memory"], indirect=True)
@pytest.mark.parametrize("width", [1280, 390, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_fits_its_window(served: Served, browser: Browser, width: int, scheme: Any):
    size: Any = {"width": width, "height": 900}
    context = browser.new_context(viewport=size, color_scheme=scheme)
    window = Window(context)
    window.page.goto(served.link)
    assert window.fits(width)
    paper = window.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(251, 250, 247)" if scheme == "light" else "rgb(20, 24, 29)")
    window.fill(**{"Name of your organization": "N" * 101, "Password": "passwordpassword"})
    window.send()
    expect(window.page.get_by_role("heading", name="Some things have to change")).to_be_visible()
    assert window.fits(width)
    window.fill(**{"Name of your organization": "N" * 100, "Your name": "A" * 200})
    window.send()
    expect(window.page.get_by_role("heading", name="What to do next")).to_be_visible()
    assert window.fits(width)
    window.page.goto(served.url)
    expect(window.page.get_by_role("heading", level=1)).to_contain_text("has been set up")
    assert window.fits(width)
    assert window.is_quiet(served)
    context.close()
