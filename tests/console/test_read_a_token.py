"""The page that reads tokens: a real browser takes them apart, and asks for nothing meanwhile."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from axing import violations
from browser import chromium
from consoling import sign_in
from listening import Heard, listen
from running import Demo, demo
from tokenhouse.core import client, link
from tokenhouse.core.credential import mint
from tokenhouse.faces.console.reading import CLAIMS, LETTERS, TYPES
from tokenhouse.kinds import FORMS

READ = "/console/read"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(Path(tmp_path_factory.mktemp("demo")) / "data") as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


class Reader:
    """Somebody who reads tokens."""

    def __init__(self, page: Page, heard: Heard) -> None:
        self.page = page
        self.heard = heard
        self.told = page.locator("#read")

    def read(self, text: str) -> str:
        """What the page says of it; nothing may be asked for meanwhile."""
        before = len(self.heard.asked)
        self.page.locator("#token-to-read").fill(text)
        said = self.told.inner_text()
        self.page.wait_for_timeout(50)
        asked = self.heard.asked[before:]
        assert not [url for url in asked if not url.endswith(".svg")]  # the icon may be late
        return said

    @property
    def heading(self) -> str:
        return self.told.locator("h2").inner_text()

    def row(self, name: str) -> str:
        return self.told.get_by_role("row", name=name).first.inner_text()


@pytest.fixture(scope="module")
def page(browser: Browser, running: Demo) -> Iterator[Reader]:
    context = browser.new_context(base_url=running.url, timezone_id="Europe/Berlin")
    heard = listen(context)
    opened = context.new_page()
    sign_in(opened, running)
    yield Reader(opened, heard)
    assert heard.complaints == []
    context.close()


@pytest.fixture
def reader(page: Reader) -> Reader:
    page.page.goto(READ)
    return page


def part(said: object) -> str:
    raw = said if isinstance(said, bytes) else json.dumps(said).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwt(claims: dict[str, Any], **header: Any) -> str:
    return f"{part({'alg': 'ES256'} | header)}.{part(claims)}.c2lnbmF0dXJl"


def opaque(letter: str = "o") -> str:
    return mint("th", letter, b"\x07" * 32).reveal()


# what it knows


def test_every_kind_has_a_name_and_every_claim_of_ours_a_meaning(running: Demo):
    assert {kind.typ for kind in FORMS if kind.typ} <= set(TYPES)
    letters = {kind.letter for kind in FORMS if kind.letter}
    assert set(LETTERS) == letters | {link.LETTER, client.SECRET_LETTER}
    token = running.bearer()["authorization"].partition(" ")[2]
    body = token.split(".")[1]
    assert set(json.loads(base64.urlsafe_b64decode(body + "==="))) <= set(CLAIMS)


# what it says


def test_a_signed_token_is_a_table_with_words_and_moments_with_their_zone(
    reader: Reader, running: Demo
):
    token = running.bearer()["authorization"].partition(" ")[2]
    reader.read(f"  Authorization: Bearer {token}\n")
    assert reader.heading == TYPES["session+jwt"]
    expect(reader.told.locator(".badge")).to_have_text("not expired")
    assert "UTC (in 11 h)" in reader.row("exp")
    assert "expires" in reader.row("exp")
    assert "whose it is" in reader.row("sub")
    title = reader.told.locator("time").first.get_attribute("title") or ""
    assert title.startswith("Here: ")
    assert "GMT+" in title or "CET" in title
    assert violations(reader.page) == []


@pytest.mark.parametrize("times", [{"exp": 1_000_000_000}, {"nbf": 4_000_000_000}, {}])
def test_whether_it_has_expired_is_said(reader: Reader, times: dict[str, int]):
    reader.read(jwt(times))
    words = {"exp": "expired", "nbf": "not good yet"}
    expected = next((words[name] for name in times), "never expires")
    expect(reader.told.locator(".badge")).to_have_text(expected)
    if "exp" in times:
        assert "Sun 9 Sep 2001 01:46:40 UTC" in reader.row("exp")


@pytest.mark.parametrize(("typ", "name"), TYPES.items())
def test_what_kind_of_ours_it_is_goes_by_its_type(
    reader: Reader, running: Demo, typ: str, name: str
):
    reader.read(jwt({"iss": running.url, "exp": 4_000_000_000}, typ=typ))
    assert reader.heading == name
    reader.read(jwt({"iss": "https://elsewhere.example"}, typ=typ))
    assert reader.heading == "Signed token (JWT) of somebody else"


@pytest.mark.parametrize("letter", LETTERS)
def test_an_opaque_token_has_a_prefix_a_kind_and_a_checksum(reader: Reader, letter: str):
    text = opaque(letter)
    told = reader.read(text)
    assert reader.heading == LETTERS[letter]
    assert "checksum right" in told
    assert f"th{letter}_" in told
    assert text[-4:] in told
    assert violations(reader.page) == []
    wrong = text[:-1] + ("0" if text[-1] != "0" else "1")
    assert "checksum wrong" in reader.read(wrong)


def test_the_checksum_is_that_of_the_server(reader: Reader):
    for seed in range(20):
        text = mint("th", "p", bytes([seed] * 32)).reveal()
        assert "checksum right" in reader.read(text)
    secret = client.mint_client_secret("th", b"\x09" * client.RANDOM_BYTES).reveal()
    assert "checksum right" in reader.read(secret)


GARBAGE = {
    "words": "hello world",
    "a piece of a token": "tho_abc",
    "dots": "...",
    "no JSON": "e30.bm9uZQ.e30",
    "a list": f"{part({})}.{part([1])}.x",
    "bytes": f"{part({})}.{part(bytes(range(128, 200)))}.x",
    "long": "x" * 70_000,
    "other letters": "тho_" + "0" * 36,
    "a null": "\x00",
}


@pytest.mark.parametrize("text", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_said_to_be_no_token(reader: Reader, text: str):
    reader.read(text)
    assert reader.heading == "This is no token"


def test_an_encrypted_token_shows_its_header_alone(reader: Reader):
    reader.read(f"{part({'alg': 'dir', 'enc': 'A256GCM'})}..iv.text.tag")
    assert reader.heading == "Encrypted token (JWE)"
    assert "A256GCM" in reader.row("enc")


def test_hostile_claims_are_text(reader: Reader):
    claims = {
        "<img src=x onerror=alert(1)>": "<script>alert(1)</script>",
        "__proto__": {"a": 1},
        "constructor": "x",
        "exp": "soon",
        "iat": 1e300,
        "name": "\u202egpj.exe",
        "nested": {"deep": [1, {"er": "<b>"}]},
    }
    reader.read(jwt(claims, typ="constructor"))
    assert reader.told.locator("img, script, b").count() == 0
    assert "<script>alert(1)</script>" in reader.told.inner_text()
    assert "soon" in reader.row("exp")


# what is left


def test_nothing_is_sent_kept_or_left_behind(reader: Reader, running: Demo):
    token = running.bearer()["authorization"].partition(" ")[2]
    page = reader.page
    reader.read(token)
    assert page.locator("form", has=page.locator("#token-to-read")).count() == 0
    assert token not in page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert token not in page.url
    page.get_by_role("button", name="Clear").click()
    assert token not in page.content()
    assert reader.told.inner_text() == ""
    reader.read(token)
    # as where a browser keeps a page that is left, to be gone back to
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    assert page.locator("#token-to-read").input_value() == ""
    assert reader.told.inner_text() == ""
    reader.read(token)
    page.goto("/console/settings/user")
    page.go_back()
    expect(page.locator("#token-to-read")).to_have_value("")
    expect(reader.told).to_have_text("")
    page.reload()
    expect(page.locator("#token-to-read")).to_have_value("")
    assert not any(token[-20:] in url for url in reader.heard.asked)


def test_without_a_script_it_says_so_and_names_a_command(browser: Browser, running: Demo):
    context = browser.new_context(base_url=running.url, java_script_enabled=False)
    opened = context.new_page()
    sign_in(opened, running)
    opened.goto(READ)
    assert "needs a script" in opened.locator("main").inner_text()
    expect(opened.locator("#token-to-read")).to_be_hidden()
    assert "python3 -c" in opened.locator("pre").inner_text()
    context.close()
