"""The pages that take links, over the wire and in a real browser."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect
from structlog.testing import capture_logs

from browser import chromium
from conformance.house import Switch
from conformance.wire import Fields, Reply, Wire
from engines import opened
from linking import CHOSEN, FOREIGNER, NEW, OTHER, invite, recover, signs_in
from stage import CLIENT, PASSWORD, MovedClock, Stage
from tokenhouse.boundary import Boundary
from tokenhouse.core.link import Purpose, address
from tokenhouse.core.refusal import Unavailable
from tokenhouse.faces import console, native
from tokenhouse.operations.guessing import PER_NETWORK, PER_PERSON_AND_NETWORK
from tokenhouse.operations.links import Made
from tokenhouse.server import Background

FORM = ("content-type", "application/x-www-form-urlencoded")
INVITATION, RECOVERY = "/console/invitation", "/console/recovery"
WRONG = "thu_" + "0" * 36


class Site:
    """The firm behind its pages."""

    def __init__(self, directory: Path, fixture: Any) -> None:
        clock = MovedClock()
        self._opened = opened("memory", directory, clock, fixture)
        store, attempts = self._opened.__enter__()
        self.switch = Switch(store)
        self.stage = Stage(self.switch, attempts, clock, directory)
        self.boundary = Boundary(self.stage.authority, (console.FACE, native.FACE))
        self.wire = Wire(self.boundary)

    def post(self, path: str, headers: Fields = (), /, **typed: str) -> Reply:
        return self.wire("POST", path, [FORM, *headers], urlencode(typed).encode())

    def join(self, made: Made, headers: Fields = (), /, **other: str) -> Reply:
        typed = {"code": made.secret.reveal(), "password": CHOSEN, "password_again": CHOSEN}
        return self.post(INVITATION, headers, **(typed | other))


@pytest.fixture
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    built = Site(tmp_path, request.getfixturevalue)
    yield built
    built.wire.close()


def text_of(reply: Reply) -> str:
    return html.unescape(reply.body.decode())


def faults_of(reply: Reply) -> dict[str, str]:
    return dict(re.findall(r'<p class="fault" id="(\w+)-fault">(.*?)</p>', text_of(reply)))


@pytest.mark.parametrize("path", [INVITATION, RECOVERY])
def test_before_a_link_is_used_the_page_knows_nothing_of_any(site: Site, path: str):
    reply = site.wire("GET", path)
    assert reply.status == 200
    assert reply.header("cache-control") == "no-store"
    assert "Nordlicht" not in text_of(reply)
    again = site.post(path, code=WRONG, password=CHOSEN, password_again=CHOSEN)
    assert again.status == 401
    assert again.header("www-authenticate") is not None
    assert list(faults_of(again)) == ["code"]
    assert "Nordlicht" not in text_of(again)
    assert WRONG not in text_of(again)
    assert CHOSEN not in text_of(again)


def test_who_has_joined_is_told_where_and_how_to_sign_in(site: Site):
    made = invite(site.stage)
    reply = site.join(made)
    assert reply.status == 201
    told = text_of(reply)
    for expected in ("You have joined Nordlicht Energie", "Bea Blum", NEW, "/v1/sessions"):
        assert expected in told
    organization_id = site.stage.membership(NEW).organization_id
    assert f'href="/console/sign-in?organization={organization_id}"' in told
    assert str(site.stage.membership(NEW).organization_id) in told
    assert made.secret.reveal() not in told
    assert CHOSEN not in told


def test_who_is_known_types_one_password_once(site: Site):
    site.stage.found_organization("Südstrom", FOREIGNER)
    made = invite(site.stage, FOREIGNER)
    wrong = site.join(made)
    assert (wrong.status, list(faults_of(wrong))) == (401, ["password"])
    assert site.join(made, password=PASSWORD, password_again="").status == 201


def test_faults_of_who_is_new_stand_beside_their_fields(site: Site):
    made = invite(site.stage)
    reply = site.join(made, password="short", full_name="x" * 201)
    assert reply.status == 422
    assert set(faults_of(reply)) == {"password", "full_name"}
    assert site.join(made, password_again="").status == 422
    assert site.join(made, password="x" * 5000).status == 422
    assert site.join(made, full_name="Bea <b>").status == 201


def test_a_password_that_nobody_can_have_is_refused_and_not_looked_at(site: Site):
    site.stage.found_organization("Südstrom", FOREIGNER)
    reply = site.join(invite(site.stage, FOREIGNER), password="ü" * 5000)
    assert (reply.status, list(faults_of(reply))) == (422, ["password"])


def test_a_member_is_told_so(site: Site):
    reply = site.join(invite(site.stage, CLIENT), password=PASSWORD)
    assert reply.status == 409
    assert "member of this organization already" in text_of(reply)


@pytest.mark.parametrize("ended", [False, True])
def test_a_recovery_ends_with_what_has_ended(site: Site, *, ended: bool):
    made = recover(site.stage, CLIENT)
    personal = site.stage.issue_personal(site.stage.session(CLIENT)).secret
    typed = {"code": made.secret.reveal(), "password": OTHER, "password_again": OTHER}
    ticked = {"end_personal_tokens": "yes"} if ended else {}
    weak = site.post(RECOVERY, **(typed | ticked | {"password": "short"}))
    assert list(faults_of(weak)) == ["password"]
    assert ('value="yes" checked>' in text_of(weak)) is ended
    reply = site.post(RECOVERY, **(typed | ticked))
    assert reply.status == 200
    assert ("so have your personal tokens" in text_of(reply)) is ended
    assert site.stage.verdict(personal).active is not ended
    assert signs_in(site.stage, CLIENT, OTHER)


@pytest.mark.parametrize("path", [INVITATION, RECOVERY])
def test_another_site_sends_no_form(site: Site, path: str):
    made = invite(site.stage)
    for header in (("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")):
        assert site.post(path, [header], code=made.secret.reveal()).status == 403
    assert site.stage.store.find_link(made.link.fingerprint) is not None


def test_guesses_on_the_page_are_slow_and_stopped(site: Site):
    site.stage.found_organization("Südstrom", FOREIGNER)
    made = invite(site.stage, FOREIGNER)
    for _ in range(PER_PERSON_AND_NETWORK.burst):
        assert site.join(made).status == 401
    stopped = site.join(made)
    assert stopped.status == 429
    assert int(stopped.header("retry-after") or 0) >= 1


def test_wrong_codes_on_the_page_are_stopped(site: Site):
    for _ in range(PER_NETWORK.burst):
        assert site.post(RECOVERY, code=WRONG, password=OTHER).status == 401
    assert site.post(RECOVERY, code=WRONG, password=OTHER).status == 429
    assert site.post(INVITATION, code=WRONG, password=OTHER).status == 429


@pytest.mark.parametrize("fault", [Unavailable("down"), RuntimeError("a fault of ours")])
def test_no_log_holds_a_code_or_a_password(site: Site, fault: Exception):
    made = invite(site.stage)
    with capture_logs() as logs:
        with site.switch.failing(fault):
            assert site.join(made).status == 503
        site.join(made, code=WRONG)
        site.join(made)
        recovery = recover(site.stage, NEW)
        typed = {"code": recovery.secret.reveal(), "password": OTHER}
        assert site.post(RECOVERY, **typed, password_again=OTHER).status == 200
    told = str(logs)
    for secret in (made.secret.reveal(), recovery.secret.reveal(), CHOSEN, OTHER):
        assert secret not in told


def test_a_code_in_the_query_does_nothing(site: Site):
    made = invite(site.stage)
    reply = site.wire("GET", f"{INVITATION}?code={made.secret.reveal()}")
    assert made.secret.reveal() not in text_of(reply)
    assert site.stage.store.find_link(made.link.fingerprint) is not None


# in a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


class Served:
    """The pages, served, and what a browser asked for."""

    def __init__(self, site: Site, port: int) -> None:
        self.stage = site.stage
        self.url = f"http://localhost:{port}"
        self.asked: list[str] = []
        self.complaints: list[str] = []

    def link(self, purpose: Purpose, made: Made) -> str:
        return address(self.url, purpose, made.secret).reveal()

    def watch(self, page: Page) -> Page:
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page


@pytest.fixture
def served(site: Site) -> Iterator[Served]:
    with Background(site.boundary) as server:
        yield Served(site, server.port)


def fill(page: Page, **other: str) -> None:
    typed = {"Password": CHOSEN, "The same password again": CHOSEN} | other
    for label, text in typed.items():
        page.get_by_label(label, exact=True).fill(text)


def send(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def test_the_link_fills_the_code_in_and_leaves_the_address(served: Served, browser: Browser):
    page = served.watch(browser.new_context().new_page())
    made = invite(served.stage)
    page.goto(served.link(Purpose.INVITATION, made))
    code = page.get_by_label("Code from the link")
    expect(code).to_have_value(made.secret.reveal())
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    assert page.url == f"{served.url}{INVITATION}"
    fill(page, Password="short")
    send(page, "Join")
    expect(code).to_have_value(made.secret.reveal())
    fill(page)
    send(page, "Join")
    expect(page.get_by_role("heading", level=1)).to_have_text("You have joined Nordlicht Energie")
    kept = page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    assert made.secret.reveal() not in kept
    assert served.complaints == []
    files = f"{served.url}/console/static/"
    assert {url for url in served.asked if not url.startswith(("data:", files))} == {
        f"{served.url}{INVITATION}"
    }
    assert signs_in(served.stage, NEW, CHOSEN)


def test_without_script_the_code_is_pasted(served: Served, browser: Browser):
    page = browser.new_context(java_script_enabled=False).new_page()
    made = recover(served.stage, CLIENT)
    page.goto(f"{served.url}{RECOVERY}")
    page.get_by_label("Code from the link").fill(made.secret.reveal())
    page.get_by_label("New password").fill(OTHER)
    page.get_by_label("The same password again").fill(OTHER)
    page.get_by_label("End my personal tokens").check()
    send(page, "Set the password")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your password is set")
    assert signs_in(served.stage, CLIENT, OTHER)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_fits_its_window(served: Served, browser: Browser, width: int, scheme: Any):
    size: Any = {"width": width, "height": 900}
    page = browser.new_context(viewport=size, color_scheme=scheme).new_page()

    def fits() -> bool:
        needed: int = page.evaluate("document.documentElement.scrollWidth")
        return needed <= width

    page.goto(served.link(Purpose.INVITATION, invite(served.stage)))
    assert fits()
    fill(page, Password="passwordpassword")
    send(page, "Join")
    assert fits()
    fill(page, **{"Your name": "B" * 200})
    send(page, "Join")
    expect(page.get_by_role("heading", name="What to do next")).to_be_visible()
    assert fits()
    page.goto(served.link(Purpose.RECOVERY, recover(served.stage, CLIENT)))
    assert fits()
    for label in ("New password", "The same password again"):
        page.get_by_label(label).fill(OTHER)
    send(page, "Set the password")
    expect(page.get_by_role("heading", name="What to do next")).to_be_visible()
    assert fits()
