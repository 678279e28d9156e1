"""Two toy faces with different error forms, and a peer that speaks raw bytes."""

import json
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, Self

from tokenhouse.boundary import Answer, Face, Request, Route
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door, Spelling
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.operations.usage import Usage
from tokenhouse.store.memory import MemoryUsage

STATUS = {
    Code.MALFORMED: 400,
    Code.TOO_LARGE: 413,
    Code.UNAUTHENTICATED: 401,
    Code.NOT_FOUND: 404,
    Code.METHOD: 405,
    Code.TOO_MANY: 429,
}
DEMAND = Demand(Door.MANAGEMENT)
UNASKED: Any = SimpleNamespace(usage=Usage(MemoryUsage(), os.urandom))
"""Stands for an authority where the toys' routes do not ask it."""
HEAD = b" HTTP/1.1\r\nHost: here\r\n"


def _status(refusal: Refused | Unavailable) -> int:
    return 503 if isinstance(refusal, Unavailable) else STATUS[refusal.code]


def plain_refuse(_: Request, refusal: Refused | Unavailable) -> Answer:
    sentence = refusal.public if isinstance(refusal, Refused) else "later"
    return Answer(_status(refusal), f"plain: {sentence}".encode(), "text/x-plain")


def braced_refuse(_: Request, refusal: Refused | Unavailable) -> Answer:
    code = refusal.code.value if isinstance(refusal, Refused) else "unavailable"
    return Answer(_status(refusal), json.dumps({"braced": code}).encode(), "text/x-braced")


def tell(_: object, request: Request, caller: Any) -> Answer:
    """Answer with everything that the handler was given."""
    told = {
        "method": request.method,
        "path": request.path,
        "parameters": request.parameters,
        "query": request.query,
        "body": request.body.decode("latin-1"),
        "address": request.address,
        "id": request.id,
        "trailer": request.header("x-trailer"),
        "caller": None
        if caller is None
        else {
            "credential": caller.credential.reveal(),
            "spelling": caller.spelling.value,
            "route": caller.route,
            "key": caller.idempotency_key and caller.idempotency_key.reveal(),
            "hash": caller.request_hash.hex(),
        },
    }
    return Answer(200, json.dumps(told).encode(), "application/json")


def does(work: Callable[[], Answer]) -> Callable[[object, Request, object], Answer]:
    return lambda _authority, _request, _caller: work()


def plain(*routes: Route) -> Face:
    return Face("plain", ("/plain",), routes, plain_refuse, frozenset({Spelling.BEARER}))


def braced(*routes: Route) -> Face:
    both = frozenset({Spelling.TOKEN, Spelling.X_ACCESS_TOKEN})
    return Face("braced", ("/braced", "/plain/inner"), routes, braced_refuse, both)


class Reply:
    """One parsed answer."""

    def __init__(self, raw: bytes) -> None:
        head, _, self.rest = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1]) if raw else 0
        pairs = [line.split(": ", 1) for line in lines[1:]]
        self.headers = dict(pairs)
        assert len(self.headers) == len(pairs), "a header stands there twice"
        length = int(self.headers.get("content-length", 0))
        self.body, self.next = self.rest[:length], self.rest[length:]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Peer:
    """A connection whose bytes are written by hand."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, raw: bytes) -> None:
        self.socket.sendall(raw)

    def reply(self) -> Reply:
        """The next answer, with a body of the length that it states."""
        raw = bytearray()
        while b"\r\n\r\n" not in raw:
            piece = self.socket.recv(1)
            assert piece, f"closed after {bytes(raw)!r}"
            raw += piece
        missing = int(Reply(bytes(raw)).headers.get("content-length", 0))
        while missing > 0:
            piece = self.socket.recv(missing)
            assert piece, "closed within a body"
            raw += piece
            missing -= len(piece)
        return Reply(bytes(raw))

    def to_the_end(self) -> bytes:
        """Everything until the server closes."""
        raw = bytearray()
        while piece := self.socket.recv(65_536):
            raw += piece
        return bytes(raw)

    def until_closed(self) -> bytes:
        """The same, where a reset is as good an end."""
        raw = bytearray()
        with suppress(ConnectionResetError):
            while piece := self.socket.recv(65_536):
                raw += piece
        return bytes(raw)

    def answers(self, number: int, quiet: float) -> bytes:
        """So many answers, however long they are in coming, and what comes before it is quiet."""
        raw = bytearray()
        with suppress(TimeoutError, ConnectionResetError):
            while piece := self.socket.recv(65_536):
                raw += piece
                if raw.count(b"HTTP/1.1 ") >= number:
                    self.socket.settimeout(quiet)
        return bytes(raw)


def ask(port: int, raw: bytes) -> Reply:
    """Send these bytes on a connection of their own; the first answer."""
    with Peer(port) as peer:
        peer.send(raw)
        return peer.reply()


def ask_all(port: int, raw: bytes) -> list[Reply]:
    """Send these bytes; every answer until the server closes."""
    with Peer(port) as peer:
        peer.send(raw)
        rest, replies = peer.to_the_end(), []
    while rest:
        replies.append(Reply(rest))
        rest = replies[-1].next
    return replies


class Gate:
    """Holds handlers until it is opened, and tells how many have come in."""

    def __init__(self) -> None:
        self._opened = threading.Event()
        self._entered = threading.Semaphore(0)

    def hold(self) -> Answer:
        self._entered.release()
        self._opened.wait(30)
        return Answer(200, b"held", "text/plain")

    def wait_for(self, number: int) -> None:
        for _ in range(number):
            assert self._entered.acquire(timeout=30)

    def open(self) -> None:
        self._opened.set()
