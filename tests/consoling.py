"""A person who has signed in to the console with a browser."""

from typing import Any

from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as TooLate

from browser import PATIENCE
from running import Demo

SIGN_IN = "/console/sign-in"


def signed_in(
    browser: Browser, demo: Demo, role: str = "Administrator", **context_options: Any
) -> Page:
    """A page of a new context, where somebody's sign-in has led; close its context afterwards."""
    page = browser.new_context(base_url=demo.url, **context_options).new_page()
    sign_in(page, demo, role)
    return page


def sign_in(page: Page, demo: Demo, role: str = "Administrator") -> None:
    """Sign somebody in on a page that is open already, such as one whose context is listened to."""
    person = demo.person(role)
    page.goto(f"{demo.url}{SIGN_IN}")
    form = page.locator("form", has=page.locator("[name=password]"))
    form.locator("[name=email]").fill(person["email"])
    form.locator("[name=password]").fill(person["password"])
    form.locator("[type=submit]").click()
    try:
        # With script the answer is put into the page, and leads on by itself.
        page.wait_for_url(lambda url: SIGN_IN not in url, timeout=PATIENCE)
    except TooLate:
        raise AssertionError(page.locator("body").inner_text()) from None
