"""Whoever judges our pages finds what is wrong, under any policy that a page may have."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from axing import violations
from browser import chromium
from listening import Heard, listen
from running import Demo

STRICT = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
BAD = """<!doctype html><title>Bad</title><main><h1>Bad</h1><img src="/dot.svg">
<p style="color:red">x</p><input name="q"></main>"""
GOOD = """<!doctype html><html lang="en"><title>Good</title><main><h1>Good</h1>
<label>Search <input name="q"></label></main>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def opened(browser: Browser, html: str, status: int = 200) -> tuple[Page, Heard]:
    context = browser.new_context()
    heard = listen(context)
    page = context.new_page()
    headers = {"content-security-policy": STRICT, "content-type": "text/html"}
    page.route(
        "http://page.example/",
        lambda route: route.fulfill(status=status, body=html, headers=headers),
    )
    page.goto("http://page.example/")
    return page, heard


def test_what_is_wrong_with_a_page_is_found_under_a_strict_policy(browser: Browser):
    page, _ = opened(browser, BAD)
    found = {sentence.partition(":")[0] for sentence in violations(page)}
    assert {"html-has-lang", "image-alt", "label"} <= found
    assert violations(page)


def test_a_good_page_is_clean_and_judging_it_breaks_no_policy(browser: Browser):
    page, heard = opened(browser, GOOD)
    assert violations(page) == []
    assert heard.complaints == []
    assert heard.asked == ["http://page.example/"]


def test_breaches_of_a_policy_are_heard(browser: Browser):
    page, heard = opened(browser, BAD)
    told = "\n".join(heard.complaints)
    assert "img-src forbids http://page.example/dot.svg" in told
    assert "style-src-attr forbids inline" in told
    page.evaluate("console.error('mine')")
    page.evaluate("setTimeout(() => { throw new Error('thrown') })")
    assert any("mine" in one for one in heard.complaints)
    assert any("thrown" in one for one in heard.complaints)


def test_a_refused_form_is_no_complaint(browser: Browser):
    _, heard = opened(browser, GOOD, 422)
    assert heard.complaints == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("path", ["/", "/environments", "/reference"])
def test_every_page_without_sign_in_is_clean(
    running_demo: Demo, browser: Browser, path: str, width: int, scheme: object
):
    size = {"width": width, "height": 900}
    context = browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    heard = listen(context)
    page = context.new_page()
    page.goto(f"{running_demo.url}{path}")
    assert violations(page) == []
    assert heard.complaints == []
    context.close()
