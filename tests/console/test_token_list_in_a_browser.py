"""The list of tokens in a real browser: choosing, searching, removing, with mouse and keys."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from axing import violations
from browser import chromium
from consoling import sign_in
from listed import MINE, ORGANIZATIONS, Served, Site, served
from listening import Heard, listen
from stage import PASSWORD
from tokenhouse.operations.issue import Issued

MANY = 213
READS = frozenset({"SystemsRead"})
HOSTILE = (
    '"><script>alert(1)</script><img src=x onerror=alert(1)>',
    "\u202egnp.exe \u2067אבג",
    "a\x00b\x1b[31mc\x7f",
    "W" * 10_000,
    "x\n" * 500,
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


class Shop:
    """A served site, and the pages that were opened there, each heard."""

    def __init__(self, site: Site, url: str, browser: Browser) -> None:
        self.site = site
        self.url = url
        self._browser = browser
        self._heard: list[Heard] = []

    def open(self, path: str = MINE, **options: Any) -> Page:
        """A page on which the administrator has signed in."""
        context = self._browser.new_context(base_url=self.url, **options)
        if options.get("java_script_enabled", True):  # else a page says nothing
            self._heard.append(listen(context))
        page = context.new_page()
        sign_in(page, Served(self.url))  # type: ignore[arg-type]
        page.goto(path)
        return page

    @property
    def complaints(self) -> list[str]:
        return [text for heard in self._heard for text in heard.complaints]

    @property
    def asked(self) -> list[str]:
        return [url for heard in self._heard for url in heard.asked]

    def close(self) -> None:
        for context in self._browser.contexts:
            context.close()


@pytest.fixture
def shop(tmp_path: Path, browser: Browser) -> Iterator[Shop]:
    site = Site(tmp_path)
    with served(site) as url:
        opened = Shop(site, url, browser)
        yield opened
        complaints = opened.complaints
        opened.close()
    site.close()
    assert complaints == []


def row(page: Page, description: str) -> Locator:
    return page.locator(".tokens tbody tr", has=page.get_by_role("link", name=description))


def box(page: Page, description: str) -> Locator:
    return page.get_by_role("checkbox", name=f"Choose {description}", exact=True)


def chosen(page: Page) -> list[str]:
    """What is chosen, from above."""
    ticked = page.locator(".tokens tbody tr", has=page.locator("input:checked"))
    return ticked.locator(".name").all_inner_texts()


def listed(page: Page) -> list[str]:
    return page.locator(".tokens tbody .name").all_inner_texts()


def tool(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="What to do").get_by_role("button", name=name)


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def confirm(page: Page, password: str = PASSWORD, count: int | None = None) -> None:
    """Fill in what the dialog asks for, and send it."""
    if count is not None:
        dialog(page).get_by_label("Type").fill(str(count))
    dialog(page).get_by_label("Your password").fill(password)
    dialog(page).get_by_role("button", name="Remove").click()


def script(site: Site, number: int) -> list[Issued]:
    """So many tokens; the list shows the last one first."""
    return [site.issue(f"script {one:03}", 90) for one in range(number)]


@contextmanager
def going(page: Page) -> Iterator[None]:
    """What is done inside leads to another page."""
    with page.expect_navigation():
        yield


# the address holds where one is


def test_what_is_shown_survives_a_reload_and_the_way_back(shop: Shop):
    script(shop.site, 3)
    shop.site.issue("for ever")
    page = shop.open()
    page.get_by_role("link", name="No expiry").click()
    with going(page):
        page.get_by_role("link", name="Expires").click()
    assert page.url == f"{shop.url}{MINE}?show=never&sort=expires"
    for _ in range(2):
        assert listed(page) == ["for ever"]
        current = page.get_by_role("navigation", name="Show").locator("[aria-current]")
        expect(current).to_have_text(re.compile("No expiry"))
        page.reload()
    page.go_back()
    page.go_back()
    assert len(listed(page)) == 4
    page.go_forward()
    assert listed(page) == ["for ever"]


def test_the_search_narrows_the_list_while_one_types_and_the_address_follows(shop: Shop):
    script(shop.site, 12)
    page = shop.open(f"{MINE}?sort=description&up=1")
    search = page.get_by_role("searchbox")
    search.press_sequentially("RIPT 01")
    expect(page.locator(".tokens tbody tr")).to_have_count(2)
    page.wait_for_url(f"**{MINE}?q=RIPT+01&sort=description&up=1")
    expect(search).to_be_focused()
    page.reload()
    assert listed(page) == ["script 010", "script 011"]
    expect(search).to_have_value("RIPT 01")
    search.fill("nothing of that sort")
    expect(page.get_by_text("No token matches.")).to_be_visible()
    with going(page):
        page.get_by_role("link", name="Show all").click()
    assert len(listed(page)) == 12


def test_a_pasted_token_finds_its_row_and_stands_in_no_address_history_or_store(shop: Shop):
    made = script(shop.site, 3)
    secret = made[1].secret.reveal()
    page = shop.open()
    page.get_by_role("searchbox").fill(secret)
    expect(page.get_by_text("whose text you searched for")).to_be_visible()
    assert listed(page) == ["script 001"]
    assert page.url == f"{shop.url}{MINE}"
    page.get_by_role("searchbox").press("End")
    for _ in range(8):  # what is left of it is no more than half a secret
        page.get_by_role("searchbox").press("Backspace")
    expect(page.get_by_text("No token matches.")).to_be_visible()
    assert page.url == f"{shop.url}{MINE}"
    page.get_by_role("button", name="Search").click()
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value("")
    assert not any(secret[4:12] in url for url in shop.asked)
    kept = "JSON.stringify([localStorage, sessionStorage, history.state, document.cookie])"
    assert secret[4:12] not in page.evaluate(kept)
    assert secret[4:12] not in page.content()


# choosing


def test_rows_are_chosen_by_the_mouse_as_in_a_list_of_files(shop: Shop):
    script(shop.site, 6)
    page = shop.open()

    def click(number: int, *keys: Any) -> None:
        row(page, f"script {number:03}").locator("td").nth(2).click(modifiers=[*keys])

    for name in ("Edit", "Regenerate", "Copy", "Remove"):
        expect(tool(page, name)).to_be_disabled()
    click(4)
    assert chosen(page) == ["script 004"]
    for name in ("Edit", "Regenerate", "Copy", "Remove"):
        expect(tool(page, name)).to_be_enabled()
    click(2, "Shift")
    assert chosen(page) == ["script 004", "script 003", "script 002"]
    expect(page.get_by_text("3 chosen")).to_be_visible()
    expect(tool(page, "Edit")).to_be_disabled()
    expect(tool(page, "Remove")).to_be_enabled()
    click(3, "Control")
    click(0, "Control")
    assert chosen(page) == ["script 004", "script 002", "script 000"]
    click(5)
    assert chosen(page) == ["script 005"]
    click(5)
    assert chosen(page) == []
    box(page, "script 001").click()
    box(page, "script 003").click(modifiers=["Shift"])
    assert chosen(page) == ["script 003", "script 002", "script 001"]
    box(page, "script 005").click()
    assert chosen(page) == ["script 005", "script 003", "script 002", "script 001"]
    every = page.get_by_label("Choose all on this page")
    assert every.evaluate("one => one.indeterminate")
    every.check()
    assert len(chosen(page)) == 6
    every.uncheck()
    assert chosen(page) == []
    expect(tool(page, "Remove")).to_be_disabled()


def test_marking_text_of_a_row_chooses_nothing(shop: Shop):
    script(shop.site, 2)
    page = shop.open()
    place = page.locator(".tokens .sub code").first.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 2, place["y"] + 8)
    page.mouse.down()
    page.mouse.move(place["x"] + 60, place["y"] + 8, steps=4)
    page.mouse.up()
    assert chosen(page) == []
    assert page.evaluate("getSelection().toString()")


def test_rows_are_chosen_by_keys(shop: Shop):
    script(shop.site, 6)
    page = shop.open()
    box(page, "script 005").focus()
    page.keyboard.press("Space")
    assert chosen(page) == ["script 005"]
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(box(page, "script 003")).to_be_focused()
    page.keyboard.press("Shift+Space")
    assert chosen(page) == ["script 005", "script 004", "script 003"]
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(box(page, "script 001")).to_be_focused()
    assert chosen(page) == [f"script 00{one}" for one in (5, 4, 3, 2, 1)]
    page.keyboard.press("Space")
    assert chosen(page) == [f"script 00{one}" for one in (5, 4, 3, 2)]
    box(page, "script 000").focus()
    page.keyboard.press("Shift+ArrowDown")  # there is none below
    assert chosen(page) == [f"script 00{one}" for one in (5, 4, 3, 2, 0)]
    box(page, "script 005").focus()
    page.keyboard.press("Shift+ArrowUp")
    expect(box(page, "script 005")).to_be_focused()


# removing


def test_213_that_match_are_removed_with_one_confirmation(shop: Shop):
    made = script(shop.site, MANY)
    kept = shop.site.issue("another")
    page = shop.open(f"{MINE}?q=script&sort=description&up=1")
    match = page.get_by_role("button", name="Choose all 213 that match")
    expect(match).to_be_hidden()
    page.get_by_label("Choose all on this page").check()
    match.click()
    expect(page.get_by_text("213 chosen")).to_be_visible()
    expect(match).to_be_hidden()
    tool(page, "Remove").click()
    expect(dialog(page).get_by_role("heading", level=1)).to_have_text("Remove these 213 tokens?")
    confirm(page, count=212)
    fault = dialog(page).get_by_role("alert")
    expect(fault).to_have_text("Type 213, the number of tokens, first.")
    confirm(page, "not the password", 213)
    expect(fault).to_contain_text("password")
    expect(dialog(page).get_by_label("Your password")).to_be_focused()
    expect(dialog(page).get_by_label("Your password")).to_have_value("")
    assert all(shop.site.stage.verdict(one.secret).active for one in made)
    with going(page):
        confirm(page, count=213)
    expect(page.get_by_text("Removed: 213.")).to_be_visible()
    page.wait_for_url(f"**{MINE}?q=script&sort=description&up=1")
    assert not any(shop.site.stage.verdict(one.secret).active for one in made)
    page.reload()
    expect(page.get_by_text("Removed: 213.")).to_be_hidden()
    page.goto(MINE)
    assert listed(page) == [kept.described.token.description]


def test_whoever_chooses_one_by_one_after_all_has_chosen_one_by_one(shop: Shop):
    script(shop.site, 60)
    page = shop.open()
    page.get_by_label("Choose all on this page").check()
    page.get_by_role("button", name="Choose all 60 that match").click()
    expect(tool(page, "Remove")).to_be_focused()
    box(page, "script 050").click()
    expect(page.get_by_text("49 chosen")).to_be_visible()
    tool(page, "Remove").click()
    expect(dialog(page).get_by_role("heading", level=1)).to_have_text("Remove these 49 tokens?")


def test_focus_goes_into_the_dialog_stays_there_and_comes_back(shop: Shop):
    script(shop.site, 3)
    page = shop.open()
    box(page, "script 001").check()
    for ends in ("Escape", "Cancel"):
        tool(page, "Remove").focus()
        page.keyboard.press("Enter")
        expect(dialog(page).get_by_role("list", name="What is removed")).to_be_focused()
        for _ in range(8):
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.closest('dialog, html > body') !== null")
            assert page.evaluate("document.activeElement.closest('main, header') === null")
        if ends == "Escape":
            page.keyboard.press("Escape")
        else:
            dialog(page).get_by_role("link", name="Cancel").click()
        expect(dialog(page)).to_be_hidden()
        expect(tool(page, "Remove")).to_be_focused()
        assert chosen(page) == ["script 001"]
        assert page.locator("#dialog-body").inner_html() == ""


def test_one_is_removed_with_keys_alone(shop: Shop):
    made = script(shop.site, 2)
    page = shop.open()
    box(page, "script 001").focus()
    page.keyboard.press("Space")
    tool(page, "Remove").focus()
    page.keyboard.press("Enter")
    expect(dialog(page)).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    with going(page):
        page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_have_text("Removed: 1.")
    assert not shop.site.stage.verdict(made[1].secret).active
    assert shop.site.stage.verdict(made[0].secret).active


def test_successors_are_named_and_end_if_that_is_ticked(shop: Shop):
    first = shop.site.issue_for_all("back end", 60, "Metering")
    shop.site.stage.clock.moment += 1_000_000
    second = shop.site.rotate(first)
    page = shop.open(f"{ORGANIZATIONS}?sort=created&up=1")
    page.locator(".tokens input[name=id]").first.check()
    tool(page, "Remove").click()
    expect(dialog(page).get_by_text("1 other of its family lives on")).to_be_visible()
    dialog(page).get_by_label("Remove the others of its family too").check()
    with going(page):
        confirm(page)
    for one in (first, second):
        assert not shop.site.stage.verdict(one.secret).active


def test_what_was_removed_in_another_tab_is_no_fault(shop: Shop):
    made = script(shop.site, 3)
    page = shop.open()
    page.get_by_label("Choose all on this page").check()
    tool(page, "Remove").click()
    expect(dialog(page)).to_be_visible()
    shop.site.revoke(made[0])
    with going(page):
        confirm(page)
    assert not any(shop.site.stage.verdict(one.secret).active for one in made)


# without a script


def test_without_script_the_list_is_searched_and_tokens_are_removed(shop: Shop):
    made = script(shop.site, 8)
    page = shop.open(java_script_enabled=False)
    page.get_by_role("searchbox").fill("script 00")
    with going(page):
        page.get_by_role("button", name="Search").click()
    assert page.url == f"{shop.url}{MINE}?q=script+00"
    for name in ("Choose all on this page", "that match"):
        expect(page.get_by_text(name)).to_be_hidden()
    for number in range(7):
        box(page, f"script {number:03}").check()
    with going(page):
        tool(page, "Remove").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Remove these 7 tokens?")
    page.get_by_label("Type 7").fill("7")
    page.get_by_label("Your password").fill("not the password")
    with going(page):
        page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("alert")).to_contain_text("password")
    page.get_by_label("Your password").fill(PASSWORD)
    with going(page):
        page.get_by_role("button", name="Remove").click()
    assert listed(page) == ["script 007"]
    expect(page.get_by_text("Removed: 7.")).to_be_visible()
    assert [shop.site.stage.verdict(one.secret).active for one in made] == [False] * 7 + [True]


def test_without_script_a_tool_for_one_says_so_where_none_is_chosen(shop: Shop):
    script(shop.site, 2)
    page = shop.open(java_script_enabled=False)
    with going(page):
        tool(page, "Edit").click()
    expect(page.get_by_text("Choose one token for that.")).to_be_visible()
    with going(page):
        tool(page, "Remove").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Choose some in the list")


# whoever sees little, has a small window or no colours


def furnish(site: Site) -> None:
    """Tokens in every state, and what nobody would call a token."""
    site.issue("nightly export", 200)
    busy = site.issue("busy")
    site.revoke(site.issue("removed"))
    site.issue("over", 30)
    site.wait(100)
    site.use(busy, 12)
    for days in (1.0, 10.0, 90.0):
        site.issue(f"for {days:.0f} days", days)
    site.rotate(site.issue("reads roofs", 60, READS))
    for text in HOSTILE:
        site.issue(text, 60, READS)
    site.rotate(site.issue_for_all(HOSTILE[0], 60, "Metering", "Client", "Automation"))


def states(page: Page) -> Iterator[str]:
    """Each state of the list and of the question, one after the other."""
    for path in (MINE, f"{MINE}?show=revoked", f"{MINE}?q=there+is+none", ORGANIZATIONS):
        page.goto(path)
        yield path
    page.locator(".tokens input[name=id]").first.check()
    yield "one is chosen"
    tool(page, "Remove").click()
    expect(dialog(page)).to_be_visible()
    yield "the question"
    confirm(page, "not the password")
    expect(dialog(page).get_by_role("alert")).to_be_visible()
    yield "the question, not confirmed"
    page.goto(MINE)
    for one in page.locator(".tokens input[name=id]").all():
        one.check()
    tool(page, "Remove").click()
    expect(dialog(page).get_by_label("Type")).to_be_visible()
    yield "the question about many"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_nobody_is_shut_out_of_the_list(shop: Shop, width: int, scheme: Any):
    page = shop.open(viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert violations(page) == []  # the empty list, which teaches
    furnish(shop.site)
    sign_in(page, Served(shop.url))  # type: ignore[arg-type]
    for state in states(page):
        assert (state, violations(page)) == (state, [])


@pytest.mark.parametrize(("width", "scale"), [(320, 1), (640, 2)])
def test_every_state_fits_a_small_window_whatever_stands_in_it(shop: Shop, width: int, scale: int):
    page = shop.open(viewport={"width": width, "height": 512}, device_scale_factor=scale)
    furnish(shop.site)
    sign_in(page, Served(shop.url))  # type: ignore[arg-type]
    for state in states(page):
        needed = page.evaluate("document.documentElement.scrollWidth")
        assert (state, needed) == (state, width)
        inner = page.evaluate(
            "(d => d.open ? d.scrollWidth - d.clientWidth : 0)(document.getElementById('dialog'))"
        )
        assert (state, inner) == (state, 0)


def test_no_name_makes_a_row_higher_than_a_few_lines_or_runs(shop: Shop):
    furnish(shop.site)
    for width in (1280, 320):
        page = shop.open(viewport={"width": width, "height": 800})
        heights = page.locator(".tokens tbody th").evaluate_all(
            "rows => rows.map(row => row.getBoundingClientRect().height)"
        )
        assert max(heights) < 130
        assert page.locator(".tokens img, .tokens script").count() == 0
    assert (
        row(page, "gnp.exe")
        .locator("bdi")
        .first.evaluate("one => getComputedStyle(one).unicodeBidi")
        == "isolate"
    )


def test_in_forced_colours_what_is_chosen_and_shown_can_still_be_told(shop: Shop):
    furnish(shop.site)
    page = shop.open(forced_colors="active", viewport={"width": 1280, "height": 800})
    part = page.get_by_role("navigation", name="Show").locator("a")
    look = "one => getComputedStyle(one).backgroundColor"
    assert part.nth(0).evaluate(look) != part.nth(1).evaluate(look)
    line = "one => getComputedStyle(one).outlineStyle"
    assert row(page, "for 90 days").evaluate(line) == "none"
    box(page, "for 90 days").check()
    expect(page.get_by_text("1 chosen")).to_be_visible()
    assert row(page, "for 90 days").evaluate(line) == "solid"
