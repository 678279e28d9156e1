"""The page Environments: it shows what tokens did, to this machine alone, and no token."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from browser import chromium
from conformance.wire import Wire
from demo.platform import Platform, platform
from demo.witness import witness
from running import Demo, demo
from tokenhouse.boundary import Boundary
from tokenhouse.demo.environments import page as environments_page
from tokenhouse.demo.environments.kept import Environments, Turn

URL = "http://localhost:8080"
PATH = "/1.0/environment/control/rest"
OURS, THEIRS = UUID(int=1), UUID(int=2)


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Platform]:
    with platform(tmp_path) as built:
        yield built


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def shown(at: Platform, kept: Environments) -> str:
    """What the page of the firm says."""
    wire = Wire(Boundary(at.stage.authority, (environments_page.face(URL, kept, OURS),)))
    reply = wire("GET", "/environments")
    wire.close()
    assert reply.status == 200
    return reply.body.decode()


def call(running: Demo, method: str, **parameters: str) -> dict[str, object]:
    """Ask a method of the platform, which has to do it."""
    answer = running.client.post(f"/1.0/{method}", data=parameters)
    told: dict[str, object] = answer.json()
    assert told["result"] == 0, told
    return told


def stopping_token(running: Demo) -> str:
    """A new token of Anna's that may stop environments and do nothing else."""
    anna = running.person("Administrator")
    signed_in = call(
        running,
        "users/authentication/rest/signin",
        login=anna["email"],
        password=anna["password"],
    )
    created = call(
        running,
        "users/authentication/rest/createtoken",
        session=str(signed_in["session"]),
        description="stops what runs at night",
        apiList="environment.control.StopEnv",
        password=anna["password"],
    )
    token = created["token"]
    assert isinstance(token, dict)
    return str(token["key"])


def row(page: Page, name: str) -> str:
    """What the page says of an environment."""
    text = page.get_by_role("row").filter(has=page.get_by_text(name, exact=True)).inner_text()
    return " ".join(text.split())


def test_the_page_shows_the_firms_environments_and_nobody_elses(at: Platform):
    kept = Environments()
    kept.turn(THEIRS, "webshop", Turn(running=False, at=1, by="Eve"))
    text = shown(at, kept)
    assert "Web shop" in text
    assert "Eve" not in text


def test_a_name_is_text_on_the_page_whatever_it_says(at: Platform):
    kept = Environments()
    kept.turn(OURS, "webshop", Turn(running=False, at=1, by="<script>alert(1)</script>&amp;"))
    text = shown(at, kept)
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;" in text


@pytest.mark.parametrize("host", ["attacker.example", "localhost.attacker.example:8080"])
def test_a_foreign_name_that_points_here_does_not_see_the_page(running_demo: Demo, host: str):
    answer = running_demo.client.get("/environments", headers={"host": host})
    assert answer.status_code == 404
    assert "webshop" not in answer.text


def test_the_start_page_leads_to_it_and_the_demo_says_where_it_is(running_demo: Demo):
    assert 'href="/environments"' in running_demo.client.get("/").text
    assert running_demo.ready["environments"] == f"{running_demo.url}/environments"


def test_what_was_stopped_is_stopped_after_a_restart(tmp_path: Path):
    data = tmp_path / "data"
    with demo(data) as first:
        token = stopping_token(first)
        assert first.client.get(f"{PATH}/stopenv?envName=my-project&session={token}").json() == {
            "result": 0
        }
        before = first.client.get("/environments").text
    assert "Anna Lind" in before
    with demo(data) as second:
        assert second.client.get("/environments").text == before


def test_the_url_of_the_seed_typed_into_a_browser_stops_an_environment_and_tells_nobody_the_token(
    browser: Browser, tmp_path: Path
):
    data, log = tmp_path / "data", tmp_path / "demo.log"
    with demo(data, log=log) as running, witness(running.url) as listening:
        token = stopping_token(running)
        page = browser.new_context().new_page()
        page.goto(f"{listening.url}/environments")
        assert "Running" in row(page, "my-project")
        page.goto(f"{listening.url}{PATH}/stopenv?envName=my-project&session={token}")
        assert '"result":0' in page.inner_text("body")
        with suppress(Exception):  # whatever becomes of it: it is asked for by that answer
            page.evaluate("fetch('/favicon.ico')")
        page.evaluate("location.href = '/environments'")
        expect(page.get_by_role("heading", name="Environments")).to_be_visible()
        assert "Stopped" in row(page, "my-project")
        assert "by Anna Lind" in row(page, "my-project")
        page.get_by_role("link", name="Refresh").click()
        assert "Stopped" in row(page, "my-project")
        page.context.close()
    with_token = [one.target for one in listening.heard if token in one.whole]
    assert with_token == [f"{PATH}/stopenv?envName=my-project&session={token}"]
    assert {"/favicon.ico", "/environments"} <= {one.target for one in listening.heard}
    for path in (log, *(path for path in data.rglob("*") if path.is_file())):
        assert token.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("width", [1280, 390, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_its_window_and_asks_for_nothing_else(
    browser: Browser, running_demo: Demo, width: int, scheme: str
):
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{running_demo.url}/environments")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_text("stopenv?envName=my-project&session=${token}").is_visible()
    assert complaints == []
    own = f"{running_demo.url}/environments"
    assert {url for url in asked if not url.startswith("data:")} == {own}
    context.close()
