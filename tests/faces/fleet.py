"""A client of Spoke Zone's dialect, for tests: JSON, and `x-access-token`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conformance.wire import Reply
from faces.desk import Desk, desk
from rigs import CPU_ID, claims
from stage import ADMINISTRATOR, OPERATOR, PASSWORD
from tokenhouse.core.credential import Secret

ALL = "/api/v2/devices"


def read(token: str) -> dict[str, Any]:
    """What anybody reads in a token, without a key."""
    return claims(Secret(token))


class Fleet:
    """Asks as clients do. `by` is a token."""

    def __init__(self, at: Desk) -> None:
        self.at = at

    def __call__(
        self, method: str, path: str, by: str = "", body: object = None, **headers: str
    ) -> Reply:
        self.at.tick()
        return self.at(method, path, ("x-access-token", by) if by else None, body, **headers)

    def good(self, method: str, path: str, by: str = "", body: object = None, **sent: str) -> Any:
        """The body of what has to be answered well."""
        reply = self(method, path, by, body, **sent)
        assert reply.status in {200, 204}, reply
        return json.loads(reply.body) if reply.body else None

    def errors(
        self, status: int, method: str, path: str, by: str = "", body: object = None, **sent: str
    ) -> set[tuple[str, str | None]]:
        """The types and the fields of what has to be refused so."""
        reply = self(method, path, by, body, **sent)
        assert reply.status == status, reply
        listed = json.loads(reply.body)["errors"]
        assert all(set(one) == {"type", "message", "details"} for one in listed)
        return {(one["type"], one["details"].get("field")) for one in listed}

    def login(self, username: str = ADMINISTRATOR, password: str = PASSWORD) -> str:
        said = {"username": username, "password": password}
        return str(self.good("POST", "/login", body=said)["token"])

    def super(self) -> str:
        return self.login(OPERATOR)

    def make(self, identifier: str = "rig-1", by: str = "", **fields: object) -> Any:
        """A new device, as it is told once."""
        said = {"identifier": identifier, "cpuId": CPU_ID, **fields}
        return self.good("POST", ALL, by or self.login(), said)

    def renew(self, device: Any, token: str = "", **other: str) -> Reply:
        """What the machine presents, but for what is `other`."""
        said = {"cpu_id": device["cpuId"], "uuid": device["uuid"]}
        said["token"] = token or device["token"]
        return self("POST", "/loginDevice", body=said | other)

    def sees(self, device: Any, by: str) -> int:
        """The status of looking at a device."""
        return self("GET", f"{ALL}/{device['id']}", by).status


@contextmanager
def fleet(directory: Path) -> Iterator[Fleet]:
    """A firm of one's own with its devices."""
    with desk(directory) as at:
        yield Fleet(at)
