"""A served authority that ends connections at a real RabbitMQ: whom it knows, how long it takes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from brokers.grounds import CPU_ID, Met
from brokers.packets import Hello, Line
from brokers.rabbit import Asks, Ports, Rabbit, rabbit
from serving.program import Served, init, serving

WITHIN_S: Final = 2.0
"""What is promised."""
_PUBLIC_URL: Final = "http://127.0.0.1:8080"
_MANAGER: Final = "tokenhouse:a-password-of-the-tests"


class Kicked:
    """The authority, its broker, and whatever there is to connect."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.broker: Rabbit
        self._lines: list[Line] = []
        answer = served.sign_in()
        assert answer.status_code == 201, answer.text
        self.by = {"authorization": f"Bearer {answer.json()['token']}"}

    def made(self, path: str, **said: object) -> dict[str, Any]:
        answer = self.served.client.post(path, headers=self.by, json=said)
        assert answer.status_code < 300, answer.text
        read: dict[str, Any] = answer.json() if answer.content else {}
        return read

    def edited(self, path: str, **said: object) -> None:
        anyhow = self.by | {"if-match": "*"}
        answer = self.served.client.patch(path, headers=anyhow, json=said)
        assert answer.status_code < 300, answer.text

    def removed(self, path: str) -> None:
        answer = self.served.client.delete(path, headers=self.by)
        assert answer.status_code == 204, answer.text

    def enroll(self, identifier: str, **more: object) -> Met:
        one = self.made("/v1/devices", identifier=identifier, cpu_id=CPU_ID, **more)
        return Met(one["id"], one["number"], one["token"])

    def revoke(self, met: Met) -> None:
        self.made(f"/v1/devices/{met.id}/revoke")

    def line(self, hello: Hello) -> Line:
        """A connection that was let in."""
        line = Line(self.broker.ports.mqtt, hello)
        self._lines.append(line)
        assert line.accepted, line.code
        return line

    def clear(self) -> None:
        while self._lines:
            self._lines.pop().drop()

    def ended(self, name: str = "connection:holder:ended") -> list[dict[str, Any]]:
        """What the audit trail tells of ends, as far as it is written."""
        answer = self.served.client.get(f"/v1/events?name={name}&limit=100", headers=self.by)
        return list(answer.json()["data"])


def gone_after(line: Line, since: float, within_s: float = WITHIN_S) -> float | None:
    """Seconds from a moment to the connection's end; None: it did not end in time."""
    while (left := since + within_s - time.monotonic()) > 0:
        if line.is_over(left):
            return time.monotonic() - since
    return None


@contextmanager
def kicked(directory: Path) -> Iterator[Kicked]:
    """All of it."""
    ports, data = Ports.free(), directory / "data"
    init(data, _PUBLIC_URL)
    url = directory / "management"
    url.write_text(f"http://{_MANAGER}@127.0.0.1:{ports.management}\n")
    url.chmod(0o600)
    with serving(data, TOKENHOUSE_RABBITMQ_MANAGEMENT_FILE=str(url)) as served:
        made = Kicked(served)
        terms = {"label": "broker", "permissions": ["TokenVerify"], "grants": []}
        client = made.made("/v1/clients", deployment=True, **terms)
        asks = Asks(served.url, client["client_id"], client["client_secret"])
        with rabbit(asks, ports) as broker:
            made.broker = broker
            try:
                yield made
            finally:
                with suppress(OSError):
                    made.clear()
