"""Applications of the firm, for tests of what clients ask for."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

from conformance.wire import Reply
from faces.desk import Desk
from registered import register
from stage import ADMINISTRATOR, PASSWORD

FORM = ("content-type", "application/x-www-form-urlencoded")


class Application:
    """A client of the firm with its secret, and how it asks."""

    def __init__(self, at: Desk, *, public: bool = False, **fields: Any) -> None:
        self.at = at
        self.client, secret = register(at.stage, public=public, **fields)
        self.secret = None if secret is None else secret.reveal()

    @property
    def basic(self) -> tuple[str, str]:
        pair = f"{self.client.client_id}:{self.secret}".encode()
        return "authorization", f"Basic {base64.b64encode(pair).decode()}"

    @property
    def fields(self) -> dict[str, str]:
        named = {"client_id": self.client.client_id}
        return named if self.secret is None else {**named, "client_secret": self.secret}

    def send(self, path: str, *headers: tuple[str, str], **fields: str) -> Reply:
        return self.at.wire("POST", path, [FORM, *headers], urlencode(fields).encode())

    def __call__(self, path: str = "/oauth/token", **fields: str) -> tuple[int, Any]:
        """Ask with the client in the form; give the status and the body."""
        reply = self.send(path, **{**self.fields, **fields})
        return reply.status, json.loads(reply.body) if reply.body else None

    def good(self, path: str = "/oauth/token", **fields: str) -> Any:
        status, body = self(path, **fields)
        assert status == 200, body
        return body

    def sign_in(self, username: str = ADMINISTRATOR, **fields: str) -> Any:
        return self.good(grant_type="password", username=username, password=PASSWORD, **fields)

    def refresh(self, text: str, **fields: str) -> tuple[int, Any]:
        return self(grant_type="refresh_token", refresh_token=text, **fields)

    def refreshed(self, text: str, **fields: str) -> Any:
        return self.good(grant_type="refresh_token", refresh_token=text, **fields)

    def is_good(self, text: str) -> bool:
        """Whether an access token opens something."""
        return self.at("GET", "/v1/verify", ("authorization", f"Bearer {text}")).status == 200
