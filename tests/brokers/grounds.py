"""A firm whose devices meet at a real broker, which asks a real authority: all of it processes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from brokers.packets import Hello, Line
from brokers.rabbit import Asks, Ports, Rabbit, rabbit
from brokers.topic_table import Row
from running import Demo, demo

CPU_ID: Final = "0000000012345678"
_AGAIN_S: Final = 10


class Met(NamedTuple):
    """A device, and the token that it connects by."""

    id: str
    number: int
    token: str

    @property
    def prefix(self) -> str:
        return f"th/d/{self.number}"

    def by_password(self, suffix: str = "", **more: Any) -> Hello:
        """As it should: the token as password, under its number as user name."""
        return Hello(f"{self.number}{suffix}", str(self.number), self.token, **more)

    def by_user_name(self, suffix: str = "", **more: Any) -> Hello:
        return Hello(f"{self.number}{suffix}", self.token, "x", **more)


class Grounds:
    """Two devices of one organization and one of another, and the broker between them."""

    def __init__(self, data: Path, port: int) -> None:
        self._data, self._port = data, port
        self._running = ExitStack()
        self._lines: list[Line] = []
        self._sessions: dict[str, str] = {}
        self.open()
        olga = self.by("Super")
        elsewhere = self._made("/v1/organizations", olga, name="Elsewhere")["id"]
        self.me, self.other = self.enroll("me"), self.enroll("other")
        self.theirs = self.enroll("theirs", olga, organization=elsewhere)
        terms = {"label": "broker", "permissions": ["TokenVerify"], "grants": []}
        client = self._made("/v1/clients", self.by(), **terms)
        self.asks = Asks(self.demo.url, client["client_id"], client["client_secret"])
        self.broker: Rabbit

    demo: Demo

    def open(self) -> None:
        """Run the authority; where it ran before, as it was."""
        self.demo = self._running.enter_context(demo(self._data, port=self._port))

    def close(self) -> None:
        """End the authority."""
        self._running.close()

    def enroll(self, identifier: str, by: dict[str, str] | None = None, **terms: object) -> Met:
        """A new device."""
        said = {"identifier": identifier, "cpu_id": CPU_ID, **terms}
        made = self._made("/v1/devices", by or self.by(), **said)
        return Met(made["id"], made["number"], made["token"])

    def session(self, role: str = "Administrator") -> str:
        """The token of somebody who signed in."""
        if role not in self._sessions:
            header = self.demo.bearer(role)["authorization"]
            self._sessions[role] = header.removeprefix("Bearer ")
        return self._sessions[role]

    def by(self, role: str = "Administrator") -> dict[str, str]:
        """The header by which he asks."""
        return {"authorization": f"Bearer {self.session(role)}"}

    def revoke(self, met: Met) -> None:
        answer = self.demo.client.post(f"/v1/devices/{met.id}/revoke", headers=self.by())
        assert answer.status_code == 204, answer.text

    def line(self, hello: Hello) -> Line:
        self._lines.append(Line(self.broker.ports.mqtt, hello))
        return self._lines[-1]

    def clear(self) -> None:
        """Drop every connection."""
        while self._lines:
            self._lines.pop().drop()

    def accepted(self, hello: Hello) -> Line:
        """A connection that was let in."""
        line = self.line(hello)
        assert line.accepted, line.code
        return line

    def named(self, text: str) -> str:
        """What the topic table has, with the devices' numbers in their places."""
        return Row("", text, True).named(self.me.number, self.other.number, self.theirs.number)

    def _made(self, path: str, by: dict[str, str], **said: object) -> dict[str, Any]:
        answer = self.demo.client.post(path, headers=by, json=said)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


def comes(line: Line, message: tuple[str, bytes]) -> bool:
    """Whether a message arrives, and nothing before it."""
    return line.message(_AGAIN_S) == message


@contextmanager
def grounds(data: Path) -> Iterator[Grounds]:
    """All of it, with Debian's RabbitMQ as the broker."""
    ports = Ports.free()
    made = Grounds(data, Ports.free().mqtt)
    try:
        with rabbit(made.asks, ports) as broker:
            made.broker = broker
            yield made
    finally:
        made.close()
