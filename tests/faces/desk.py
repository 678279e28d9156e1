"""The firm behind every face, in memory, asked as over HTTP, with a clock that is moved."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conformance.face_suite import FACES
from conformance.wire import Reply, Wire
from stage import ADMINISTRATOR, MovedClock, Stage
from tokenhouse.boundary import Boundary
from tokenhouse.store.memory import MemoryAttempts, MemoryStore

By = tuple[str, str]
"""The header that presents a credential."""
ADDRESS = "192.0.2.7"
"""Where every request comes from."""


class Desk:
    """Asks, and gives answers as they are."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.wire = Wire(Boundary(stage.authority, FACES))

    def __call__(
        self, method: str, path: str, by: By | None = None, body: object = None, **named: str
    ) -> Reply:
        """Ask once; other headers are named with `_` for `-`."""
        headers = [(name.replace("_", "-"), value) for name, value in named.items()]
        if by is not None:
            headers.append(by)
        raw = b""
        if body is not None:
            raw = json.dumps(body).encode()
            headers.append(("content-type", "application/json"))
        return self.wire(method, path, headers, raw)

    def good(self, method: str, path: str, by: By, body: object = None, **named: str) -> Any:
        """Ask for what has to be answered well; give the body."""
        reply = self(method, path, by, body, **named)
        assert reply.status < 300, reply
        return json.loads(reply.body) if reply.body else None

    def refused(
        self, status: int, method: str, path: str, by: By, body: object = None, **named: str
    ) -> Any:
        """Ask for what has to be refused so; give the body."""
        reply = self(method, path, by, body, **named)
        assert reply.status == status, reply
        return json.loads(reply.body)

    def tick(self) -> None:
        """Let a millisecond pass: ids of one are in no order."""
        self.stage.clock.moment += 1000

    def session(self, email: str = ADMINISTRATOR) -> By:
        self.tick()
        return bearer(self.stage.sign_in(email).secret.reveal())

    def ids(self, path: str, by: By) -> list[str]:
        """The ids of everything that a list shows, slice by slice."""
        found: list[str] = []
        query = "&" if "?" in path else "?"
        following = path
        while following:
            listed = self.good("GET", following, by)
            found += [one["id"] for one in listed["data"]]
            after = listed.get("next_cursor")
            following = f"{path}{query}cursor={after}" if after else ""
        return found

    def told(self, name: str) -> list[dict[str, Any]]:
        """The details of all events of a name, oldest first."""
        events = self.stage.store.events(None, 0, 10_000)
        bodies = [event.body for event in events if event.name == name]
        return [json.loads(body)["details"] for body in bodies if body is not None]


@contextmanager
def desk(directory: Path) -> Iterator[Desk]:
    """A firm of one's own."""
    clock = MovedClock()
    store = MemoryStore(clock, os.urandom)
    built = Desk(Stage(store, MemoryAttempts(), clock, directory))
    yield built
    built.wire.close()


def bearer(text: str) -> By:
    return "authorization", f"Bearer {text}"


def token(issued: dict[str, Any]) -> By:
    return "authorization", f"Token {issued['token']}"
