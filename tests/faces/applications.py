"""Applications of the firm, for tests of what clients ask for."""

import base64
import json
import os
from typing import Any
from urllib.parse import urlencode

from conformance.wire import Reply
from faces.desk import Desk
from stage import ADMINISTRATOR, PASSWORD
from tokenhouse.core.client import (
    RANDOM_BYTES,
    REFRESH_LIFETIME,
    Client,
    Grant,
    kept_secret,
    mint_client_secret,
    new_client_id,
)
from tokenhouse.operations.mint import Mint

FORM = ("content-type", "application/x-www-form-urlencoded")


class Application:
    """A client of the firm with its secret, and how it asks."""

    def __init__(self, at: Desk, *, public: bool = False, **fields: Any) -> None:
        self.at = at
        stage, mint = at.stage, Mint(os.urandom, "th")
        now = stage.clock.now()
        secret = mint_client_secret("th", os.urandom(RANDOM_BYTES))
        own = {
            "organization_id": stage.organization_id,
            "grants": frozenset(Grant),
            "permissions": None,
            "audience": None,
            "group_id": None,
            "refresh_lifetime": REFRESH_LIFETIME,
            "slides": False,
            "deployment": False,
            "suspended": False,
            **fields,
        }
        self.secret = None if public else secret.reveal()
        self.client = Client(
            id=mint.id(now),
            version=1,
            client_id=new_client_id(os.urandom(RANDOM_BYTES)),
            label="An application",
            revoked_before=0,
            secrets=() if public else (kept_secret(secret, mint.id(now), now),),
            created_at=now,
            updated_at=now,
            **own,
        )
        stage.put(self.client)

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
