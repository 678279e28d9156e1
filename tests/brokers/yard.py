"""A running Tokenhouse with devices, people and a broker's client, for real brokers to ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from running import Demo, demo


class Yard:
    """The demo's firm and another organization. `me` and `other` are devices of the former."""

    def __init__(self, at: Demo) -> None:
        self.at = at
        self.url = at.url.replace("localhost", "127.0.0.1")
        self.port = int(at.url.rpartition(":")[2])
        self._by = {role: at.bearer(role) for role in ("Super", "Administrator")}
        self._numbers = count()
        self.elsewhere = self.ask("POST", "/v1/organizations", {"name": "Elsewhere"})["id"]
        self.me, self.other = self.device(), self.device()
        self.theirs = self.device(self.elsewhere)
        self.client = self._client()

    def ask(
        self, method: str, path: str, said: object = None, by: str = "Super", **headers: str
    ) -> Any:
        """What has to be answered well."""
        sent = self._by[by] | ({"if-match": "*"} if method == "PATCH" else {}) | headers
        reply = self.at.client.request(method, path, json=said, headers=sent)
        assert reply.status_code < 300, reply.text
        return reply.json() if reply.content else None

    def device(self, organization: str = "") -> Any:
        """A new device: what its maker is told."""
        said = {"identifier": f"yard-{next(self._numbers)}", "cpu_id": "0000000012345678"}
        if organization:
            return self.ask("POST", "/v1/devices", said | {"organization": organization})
        return self.ask("POST", "/v1/devices", said, "Administrator")

    def session(self, role: str) -> str:
        """The token of somebody who signed in just now."""
        return self.at.bearer(role)["authorization"].removeprefix("Bearer ")

    def person(self, role: str) -> str:
        """The id of somebody of the firm."""
        email = self.at.person(role)["email"]
        listed = self.ask("GET", "/v1/people")["data"]
        return str(next(one["id"] for one in listed if one["email"] == email))

    def revoke(self, device: Any) -> None:
        self.ask("POST", f"/v1/devices/{device['id']}/revoke", None, "Administrator")

    @property
    def numbers(self) -> tuple[int, int, int]:
        """Of me, of the other one and of theirs, as the topic table has them."""
        return self.me["number"], self.other["number"], self.theirs["number"]

    def _client(self) -> tuple[str, str]:
        said = {"label": "broker", "permissions": ["TokenVerify"], "grants": [], "deployment": True}
        made = self.ask("POST", "/v1/clients", said)
        return made["client_id"], made["client_secret"]


@contextmanager
def yard(directory: Path) -> Iterator[Yard]:
    """A running one; ended on leaving."""
    with demo(directory / "demo") as at:
        yield Yard(at)
