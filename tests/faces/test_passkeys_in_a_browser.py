"""A passkey made and shown by a real browser, with an authenticator of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from browser import chromium
from running import Demo, demo

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
CREATE = """async options => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return (await navigator.credentials.create({publicKey})).toJSON();
}"""
GET = """async options => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await navigator.credentials.get({publicKey})).toJSON();
}"""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Demo]:
    with demo(tmp_path / "data") as started:
        yield started


@pytest.fixture
def page(running: Demo) -> Iterator[Page]:
    with chromium() as browser:
        context = browser.new_context()
        opened = context.new_page()
        tools = context.new_cdp_session(opened)
        tools.send("WebAuthn.enable")
        tools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        opened.goto(f"{running.url}/console/recovery")
        yield opened
        context.close()


def test_a_browser_makes_a_passkey_signs_in_by_it_and_confirms_with_it(running: Demo, page: Page):
    client, person = running.client, running.person("Administrator")
    typed = {"email": person["email"], "password": person["password"]}
    own, by = "/v1/me/factors", running.bearer()

    def asked(path: str, body: dict[str, Any], status: int) -> dict[str, Any]:
        answer = client.post(path, headers=by, json=body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else {}

    confirmed = {"password": person["password"]}
    options = asked(f"{own}/passkeys", confirmed, 200)["publicKey"]
    made = {"label": "This browser", "credential": page.evaluate(CREATE, options)}
    kept = asked(f"{own}/passkeys/finish", made, 201)["passkey"]

    refused = client.post("/v1/sessions", json=typed)
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
    options = client.post("/v1/sessions/challenge").json()["publicKey"]
    shown = {"passkey": page.evaluate(GET, options)}
    assert client.post("/v1/sessions", json=typed | shown).status_code == 201
    assert client.post("/v1/sessions", json=typed | shown).status_code == 403

    path = f"{own}/passkeys/{kept['id']}/remove"
    options = asked(f"{own}/challenge", {"for": f"POST {path}"}, 200)["publicKey"]
    asked(path, confirmed | {"passkey": page.evaluate(GET, options)}, 204)
    assert client.post("/v1/sessions", json=typed).status_code == 201
