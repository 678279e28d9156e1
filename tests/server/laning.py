"""A firm on SQLite, served twice: with the lane for what memory can answer, and without it."""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from boundary.toys import Peer
from conformance.face_suite import FACES
from conformance.house import House, house
from registered import Registered, register
from tokenhouse.boundary import Boundary
from tokenhouse.server import Background

HEAD = b" HTTP/1.1\r\nHost: here\r\n"
LAST = b"GET /v1/nothing" + HEAD + b"Connection: close\r\n\r\n"
"""Has its answer when everything before it has, and then the connection ends."""
_DIFFERS = re.compile(
    rb"(?<=date: )[^\r]*|\b[0-9a-f]{24}\b|(?<=\"fresh_ms\":)[0-9]+"
    rb"|(?<=content-length: )[0-9]+"
)


class Lane:
    """The lane of a boundary, and which requests it answered."""

    def __init__(self, lane: Any) -> None:
        self._lane = lane
        self.paths = lane.paths
        self.from_peer = lane.from_peer
        self.learn = lane.learn
        self.kept = lane._kept
        self.answered: list[bool] = []
        self.decided = 0
        self.known = 0
        """How many were known by all their bytes."""
        self.named = 0
        """Of how many a name was made of their bytes."""
        self._decide, lane._decided = lane._decided, self._count

    def _count(self, *request: Any) -> Any:
        self.decided += 1
        return self._decide(*request)

    def name(self, whole: bytes) -> bytes:
        self.named += 1
        named: bytes = self._lane.name(whole)
        return named

    def again(self, name: bytes) -> bytes | None:
        said: bytes | None = self._lane.again(name)
        self.known += said is not None
        if said is not None:
            self.answered.append(True)
        return said

    def answer(self, *request: Any) -> Any:
        said = self._lane.answer(*request)
        self.answered.append(said is not None)
        return said


class Twice(NamedTuple):
    """Two servers of one firm, and who is known there."""

    at: House
    lane: Lane
    with_lane: int
    without: int
    token: str
    client: Registered
    servers: tuple[Background, Background]

    def told(self) -> list[bool]:
        """Which of the requests that the lane was asked since the last look it answered."""
        told, self.lane.answered[:] = list(self.lane.answered), []
        return told


@contextmanager
def twice(directory: Path) -> Iterator[Twice]:
    with house("sqlite", directory, FACES, lambda _: None) as at:
        boundaries = [Boundary(at.stage.authority, FACES, from_memory=one) for one in (True, False)]
        lane = Lane(boundaries[0].lane)
        boundaries[0].lane = lane  # type: ignore[assignment]
        token = at.good("organizational").credential.secret.reveal()
        client = register(at.stage, organization_id=at.own, permissions=frozenset({"TokenVerify"}))
        with Background(boundaries[0]) as one, Background(boundaries[1]) as other:
            yield Twice(at, lane, one.port, other.port, token, client, (one, other))


def verify(token: str, path: str = "/v1/verify", *headers: str) -> bytes:
    fields = "".join(f"{one}\r\n" for one in (f"Authorization: Token {token}", *headers))
    return b"GET " + path.encode() + HEAD + fields.encode() + b"\r\n"


def post(path: str, body: bytes, *headers: str) -> bytes:
    fields = "".join(f"{one}\r\n" for one in (f"Content-Length: {len(body)}", *headers))
    return b"POST " + path.encode() + HEAD + fields.encode() + b"\r\n" + body


def ask_about(by: str, *headers: str, **question: object) -> bytes:
    body = json.dumps(question).encode()
    own = (f"Authorization: Token {by}", "Content-Type: application/json")
    return post("/v1/verify", body, *own, *headers)


def introspect(client: Registered, token: str, *headers: str, **more: str) -> bytes:
    body = urlencode({"token": token, **more}).encode()
    form = "Content-Type: application/x-www-form-urlencoded"
    return post("/oauth/introspect", body, f"Authorization: {basic(client)}", form, *headers)


def basic(client: Registered) -> str:
    assert client.secret is not None
    pair = f"{client.client.client_id}:{client.secret.reveal()}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def everything(port: int, *pieces: bytes) -> bytes:
    """All that comes back for these bytes until the server closes."""
    with Peer(port) as peer:
        for piece in pieces:
            peer.send(piece)
        return peer.until_closed()


def same(answers: bytes) -> bytes:
    """Answers without what differs from one to the next."""
    return _DIFFERS.sub(b"", answers)
