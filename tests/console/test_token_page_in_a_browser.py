"""The page of one token as people use it, with scripts and without, and what it says to type."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from axing import violations
from browser import chromium
from consoling import sign_in, signed_in
from listening import listen
from running import PROGRAM, Demo, demo, token

HOSTILE = "Nightly \u202e<img src=x onerror=alert(1)>"


class Firm:
    """A demo with two tokens: one that is rotated and used, one that may do little."""

    def __init__(self, running: Demo, data: Path) -> None:
        self.demo, self.data = running, data
        self.by = running.bearer()
        self.rotated = self._make(
            "/v1/tokens", description=HOSTILE, groups=[running.group("Client")]
        )
        for _ in range(3):
            assert running.client.get("/systems", headers=token(self.rotated)).status_code == 200
        self._make(f"/v1/tokens/{self.rotated['id']}/rotate", overlap="P1D")
        self.personal = self._make("/v1/me/tokens", description="My laptop")

    def _make(self, path: str, **fields: object) -> dict[str, Any]:
        answer = self.demo.client.post(path, headers=self.by, json=fields)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    @property
    def of_organization(self) -> str:
        return f"/console/organization/tokens/{self.rotated['id']}"

    @property
    def mine(self) -> str:
        return f"/console/tokens/{self.personal['id']}"


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    data = tmp_path_factory.mktemp("demo") / "data"
    with demo(data) as running:
        yield Firm(running, data)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def page(browser: Browser, firm: Firm) -> Iterator[Page]:
    page = signed_in(browser, firm.demo)
    yield page
    page.context.close()


def test_a_question_is_answered_in_place(page: Page, firm: Firm):
    page.goto(firm.of_organization)
    before = page.url
    page.get_by_label("Request or permission").fill("PUT /devices/7")
    page.get_by_label("Request or permission").press("Enter")
    answer = page.get_by_role("status").filter(has_text="No:")
    expect(answer).to_contain_text("no permission of the catalogue opens PUT /devices/7")
    page.get_by_role("link", name="GET /systems", exact=True).click()
    expect(page.locator("#answer")).to_contain_text("Yes: GET /systems needs SystemsRead")
    expect(page.get_by_label("Request or permission")).to_have_value("GET /systems")
    page.get_by_label("Request or permission").fill("FETCH /systems")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#answer .fault")).to_contain_text("The method is none of GET")
    assert page.url == before
    expect(page.locator("h1")).to_be_visible()


def test_what_it_may_do_can_be_searched(page: Page, firm: Firm):
    page.goto(firm.mine)
    rows = page.locator("#rights-list li")
    expect(rows.first).to_be_hidden()  # folded: there are many
    search = page.get_by_label("Search permissions")
    search.fill("energy POWER")
    expect(rows.filter(has_text="MeasurementsRead")).to_be_visible()
    expect(rows.filter(has_text="SystemsRead")).to_be_hidden()
    expect(page.locator("#found-rights")).to_have_text(f"1 of {rows.count()}")
    search.fill("nothing like this")
    expect(page.locator("#found-rights")).to_have_text(f"0 of {rows.count()}")
    search.fill("")
    expect(page.locator("#rights-list .rights-area").first).to_be_visible()


def test_the_id_is_copied(browser: Browser, firm: Firm):
    page = signed_in(browser, firm.demo)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(firm.mine)
    page.get_by_role("button", name="Copy the id").click()
    expect(page.locator("#toast")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == firm.personal["id"]
    page.context.close()


def test_a_question_outlives_the_sign_in(browser: Browser, firm: Firm):
    page = signed_in(browser, firm.demo)
    page.goto(firm.of_organization)
    page.context.clear_cookies()
    page.get_by_label("Request or permission").fill("GET /systems")
    page.get_by_role("button", name="Ask").click()
    expect(page).to_have_title("Not yet: Sign in")
    person = firm.demo.person("Administrator")
    page.locator("[name=email]").fill(person["email"])
    page.locator("[name=password]").fill(person["password"])
    page.locator("[type=submit]").first.click()
    expect(page.locator("#answer")).to_contain_text("Yes: GET /systems needs SystemsRead")
    page.context.close()


def test_without_scripts_everything_but_search_and_copy_is_there(browser: Browser, firm: Firm):
    page = signed_in(browser, firm.demo, java_script_enabled=False)
    page.goto(firm.of_organization)
    page.get_by_label("Request or permission").fill("SystemsWrite")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#answer")).to_contain_text("No: none of the token's groups")
    expect(page.locator("h1")).to_be_visible()
    page.get_by_role("link", name="90 days").click()
    expect(page.get_by_role("link", name="90 days")).to_have_attribute("aria-current", "true")
    page.get_by_text("The same by command").click()
    expect(page.get_by_label("Commands over HTTP")).to_be_visible()
    for name in ("Copy the id", "Search permissions"):
        expect(page.get_by_label(name)).to_be_hidden()
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wrong_with_the_page_for_anybody(browser: Browser, firm: Firm, scheme: Any):
    context = browser.new_context(
        base_url=firm.demo.url, color_scheme=scheme, viewport={"width": 320, "height": 800}
    )
    heard, page = listen(context), context.new_page()
    sign_in(page, firm.demo)
    for path in (firm.of_organization, f"{firm.mine}?usage=days&may=GET+/systems"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert heard.complaints == []
    context.close()


def test_a_hostile_description_is_text(page: Page, firm: Firm):
    page.goto(firm.of_organization)
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.locator("h1 img").count() == 0


def test_a_token_that_is_not_mine_is_nowhere(page: Page, firm: Firm):
    answer = page.goto(f"/console/tokens/{firm.rotated['id']}")
    assert answer is not None
    assert answer.status == 404
    expect(page.locator("h1")).to_have_text("There is no such token.")
    expect(page.get_by_role("link", name="Tokenhouse")).to_be_visible()


def test_the_commands_that_stand_there_run(page: Page, firm: Firm):
    """Those that end it last; what they answer is what the page shows."""
    for path, regions in (
        (firm.mine, ("Commands over HTTP",)),
        (firm.of_organization, ("Commands at the machine", "Commands over HTTP")),
    ):
        page.goto(path)
        page.get_by_text("The same by command").click()
        for region in regions:
            told = page.get_by_label(region).inner_text().splitlines()
            assert len(told) == 3
            for command in told if region != regions[0] or len(regions) == 1 else told[:2]:
                ran = _run(command, firm)
                assert ran.returncode == 0, (command, ran.stderr)
                assert "urn:" not in ran.stdout, (command, ran.stdout)
        page.reload()
        expect(page.locator(".badges")).to_contain_text("revoked")


def test_the_last_command_at_the_machine_revokes(page: Page, firm: Firm):
    issued = firm._make("/v1/tokens", description="to be ended", groups=[])
    page.goto(f"/console/organization/tokens/{issued['id']}")
    page.get_by_text("The same by command").click()
    command = page.get_by_label("Commands at the machine").inner_text().splitlines()[-1]
    assert _run(command, firm).returncode == 0
    page.reload()
    expect(page.locator(".badges")).to_contain_text("revoked")


def _run(command: str, firm: Firm) -> "subprocess.CompletedProcess[str]":
    jwt = firm.by["authorization"].removeprefix("Bearer ")
    places = {"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "TOKENHOUSE_DATA": str(firm.data)}
    fails = command.replace("curl -s", "curl -s --fail-with-body")
    return subprocess.run(
        ["sh", "-c", fails],
        env={**os.environ, **places, "JWT": jwt},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
