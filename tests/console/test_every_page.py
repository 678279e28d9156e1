"""Every page that the route table has, found there: nobody is shut out of one, nothing breaks."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from axing import violations
from browser import chromium
from consoling import sign_in, signed_in
from listening import Heard, listen
from running import Demo, demo
from tokenhouse.faces import console

ELSEWHERE = {
    "/console": "leads to the list",
    "/console/settings": "leads to its first tab",
    "/console/first-run": "is over once there is a demo: tests/faces/test_first_run_page.py",
    "/console/settings/security/app/code": "needs a secret: test_second_factors_in_a_browser.py",
    "/console/settings/security/app/remove": "needs an app: the same",
    "/console/settings/security/codes": "needs a factor: the same",
    "/console/settings/security/passkeys/{passkey_id}/remove": "needs a passkey: the same",
}
PATHS = sorted(
    {
        route.path
        for route in console.FACE.routes
        if route.method == "GET" and "/static/" not in route.path
    }
    - ELSEWHERE.keys()
)
SCROLLS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


class Open:
    """One browser in which somebody is signed in, and ids for what pages are about."""

    def __init__(self, browser: Browser, running: Demo) -> None:
        self.context = browser.new_context(base_url=running.url)
        self.heard: Heard = listen(self.context)
        self.page: Page = self.context.new_page()
        sign_in(self.page, running)
        by = running.bearer()
        draft = {"description": "one of mine", "lifetime": "P30D"}
        made = running.client.post("/v1/me/tokens", headers=by, json=draft)
        self.own = made.json()["id"]
        made = running.client.post("/v1/tokens", headers=by, json=draft)
        self.organizations = made.json()["id"]

    def url(self, path: str) -> str:
        token_id = self.organizations if "/organization/" in path else self.own
        query = f"?id={token_id}" if path.endswith("/tokens/remove") else ""
        return path.replace("{token_id}", token_id) + query


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(tmp_path_factory.mktemp("pages") / "data") as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def opened(browser: Browser, running: Demo) -> Iterator[Open]:
    at = Open(browser, running)
    yield at
    at.context.close()


def test_no_page_is_forgotten_and_none_is_named_that_is_gone():
    paths = {route.path for route in console.FACE.routes if route.method == "GET"}
    assert ELSEWHERE.keys() <= paths
    assert len(PATHS) > 20


@pytest.mark.parametrize("path", PATHS)
def test_a_page_shuts_nobody_out_and_the_browser_complains_of_nothing(opened: Open, path: str):
    page = opened.page
    page.set_viewport_size({"width": 1280, "height": 900})
    answer = page.goto(opened.url(path))
    assert answer is not None
    assert answer.status == 200
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert (scheme, violations(page)) == (scheme, [])
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert not page.evaluate(SCROLLS), width
    assert violations(page) == []
    assert opened.heard.complaints == []


@pytest.mark.parametrize("path", ["/console/tokens/no-such-token", "/console/nowhere"])
def test_a_page_that_refuses_is_as_good(opened: Open, path: str):
    page = opened.page
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 404
    assert violations(page) == []


def test_of_two_who_edit_one_token_the_second_is_told_and_loses_nothing(
    browser: Browser, running: Demo, opened: Open
):
    other = signed_in(browser, running, "Super")
    path = f"/console/organization/tokens/{opened.organizations}/edit"
    first = opened.page
    first.set_viewport_size({"width": 1280, "height": 900})
    first.goto(path)
    other.goto(path)
    for page, role, said in ((first, "Administrator", "hers"), (other, "Super", "his")):
        page.get_by_label("Description", exact=True).fill(said)
        page.get_by_label("Your password", exact=True).fill(running.person(role)["password"])
        page.get_by_role("button", name="Save").click()
        if role == "Administrator":
            expect(page.get_by_role("heading", level=1)).to_have_text("hers")
    expect(other.locator("main")).to_contain_text("hers")
    expect(other.get_by_label("Description", exact=True)).to_have_value("his")
    assert violations(other) == []
    other.get_by_label("Your password", exact=True).fill(running.person("Super")["password"])
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("his")
    other.context.close()
