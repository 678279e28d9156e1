"""A served authority that ends connections at a real RabbitMQ, and how long that takes."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from brokers.grounds import CPU_ID, Met
from brokers.packets import Hello, Line
from brokers.rabbit import Asks, Ports, Rabbit, rabbit
from patience import awake
from serving.program import Served, init, serving

WITHIN_S: Final = 2.0
"""What is promised."""
_PUBLIC_URL: Final = "http://127.0.0.1:8080"
_MANAGER: Final = "tokenhouse:a-password-of-the-tests"


class Relay:
    """Stands between the authority and the broker's management, and can be down."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.is_up = True
        self._lines: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def down(self) -> None:
        """Break every line, and take no other."""
        self.is_up = False
        while self._lines:
            with suppress(OSError):
                self._lines.pop().shutdown(socket.SHUT_RDWR)

    def up(self) -> None:
        self.is_up = True

    def close(self) -> None:
        self.down()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _beyond(self) -> socket.socket:
        if not self.is_up:
            raise ConnectionRefusedError
        return socket.create_connection(("127.0.0.1", self._to))

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._server.accept()
                try:
                    beyond = self._beyond()
                except OSError:
                    line.close()
                    continue
                self._lines += [line, beyond]
                for one, other in ((line, beyond), (beyond, line)):
                    threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while said := one.recv(65_536):
            other.sendall(said)
    with suppress(OSError):
        other.shutdown(socket.SHUT_RDWR)
    one.close()


class Kicked:
    """The authority, its broker, and whatever there is to connect."""

    def __init__(self, served: Served, relay: Relay) -> None:
        self.served = served
        self.relay = relay
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
    """Seconds from a moment by `awake` to the connection's end; None: it did not end in time."""
    while (left := since + within_s - awake()) > 0:
        if line.is_over(left):
            return awake() - since
    return None


@contextmanager
def kicked(directory: Path) -> Iterator[Kicked]:
    """All of it."""
    ports, data = Ports.free(), directory / "data"
    init(data, _PUBLIC_URL)
    url, relay = directory / "management", Relay(ports.management)
    url.write_text(f"http://{_MANAGER}@127.0.0.1:{relay.port}\n")
    url.chmod(0o600)
    with serving(data, TOKENHOUSE_RABBITMQ_MANAGEMENT_FILE=str(url)) as served:
        made = Kicked(served, relay)
        terms = {"label": "broker", "permissions": ["TokenVerify"], "grants": []}
        client = made.made("/v1/clients", deployment=True, **terms)
        asks = Asks(served.url, client["client_id"], client["client_secret"])
        with rabbit(asks, ports) as broker:
            made.broker = broker
            try:
                yield made
            finally:
                relay.close()
                made.clear()
