"""Bodies in pieces, told over real connections: who may send, how fast, and what is left of it."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from boundary.toys import DEMAND, HEAD, UNASKED, Peer, Reply, ask, ask_all, does, plain
from tokenhouse.boundary import Answer, Boundary, Limits, Request, Route, Sink
from tokenhouse.boundary.attachment import attachment
from tokenhouse.boundary.parts import PIECE_BYTES
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.server import Background
from tokenhouse.server import protocol as server

LIMIT = 1_000_000
STREAMS = 3
QUICK = Limits(body_seconds=1.0, linger_seconds=0.5, streams=STREAMS)
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


class Toy:
    """A sink that keeps what it is given, and what was done to it."""

    def __init__(self, known: "list[Toy]", fault: Exception | None = None) -> None:
        self.received = bytearray()
        self.largest = 0
        self.done: list[str] = []
        self.closed = threading.Event()
        self._fault = fault
        self._busy = threading.Lock()
        known.append(self)

    def write(self, piece: bytes) -> None:
        assert self._busy.acquire(blocking=False), "two at once"
        self.largest = max(self.largest, len(piece))
        self.received += piece
        self._busy.release()
        if self._fault is not None:
            raise self._fault

    def finish(self) -> Answer:
        self.done.append("finish")
        return Answer(200, b"%d" % len(self.received), "text/plain")

    def close(self) -> None:
        assert self._busy.acquire(blocking=False), "two at once"
        self.done.append("close")
        self.closed.set()


class Served:
    """A server with sinks and files, and what became of them."""

    def __init__(self, directory: Path, limits: Limits = QUICK) -> None:
        self.sinks: list[Toy] = []
        self.file = directory / "file"
        self.file.write_bytes(os.urandom(300_000))
        self.large = directory / "large"
        with self.large.open("wb") as large:
            large.truncate(50_000_000)
        refusing = (Refused(Code.MALFORMED, "no more of this"), Unavailable("full"), OSError("odd"))
        sinks: dict[str, Any] = {"take": lambda: Toy(self.sinks)}
        for name, fault in zip(("refuse", "unable", "fault"), refusing, strict=True):
            sinks[name] = lambda fault=fault: Toy(self.sinks, fault)
        sinks["decline"] = _decline
        files = {"file": self.file, "large": self.large}
        posted = [
            Route("POST", f"/plain/{name}", does(sink), body_limit=LIMIT, streamed=True)
            for name, sink in sinks.items()
        ]
        fetched = [
            Route("GET", f"/plain/{name}", _sent(path), pieces=True) for name, path in files.items()
        ]
        guarded = Route("POST", "/plain/guarded", does(sinks["take"]), DEMAND, streamed=True)
        self.boundary = Boundary(UNASKED, (plain(*posted, *fetched, guarded),), limits)
        self.port = 0

    def sink(self) -> Toy:
        """The only one, once nothing more comes."""
        (one,) = self.sinks
        assert one.closed.wait(10)
        return one

    def taken(self, places: int) -> None:
        """So many places are taken."""
        until = time.monotonic() + 10
        while self.boundary._streams._taken < places and time.monotonic() < until:
            time.sleep(0.01)
        assert self.boundary._streams._taken == places

    def all_free(self) -> None:
        """Every place is free again."""
        until = time.monotonic() + 10
        while self.boundary._streams._taken and time.monotonic() < until:
            time.sleep(0.01)
        assert self.boundary._streams._taken == 0


def _decline() -> Sink:
    raise Refused(Code.NOT_FOUND, "not for you")


def _sent(path: Path) -> Any:
    def handle(_: object, request: Request, __: object) -> Answer:
        return attachment(request, path, '"etag"', "a.bin")

    return handle


@contextmanager
def serving(directory: Path, limits: Limits = QUICK) -> Iterator[Served]:
    served = Served(directory, limits)
    with Background(served.boundary) as background:
        served.port = background.port
        yield served
    served.all_free()


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def post(name: str, length: int, more: bytes = b"") -> bytes:
    return b"POST /plain/%b%bContent-Length: %d\r\n%b\r\n" % (name.encode(), HEAD, length, more)


def chunks(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


# taken


@pytest.mark.parametrize("length", [0, 1, 1000, LIMIT])
def test_a_body_comes_to_its_sink_as_it_was_sent(at: Served, length: int):
    body = os.urandom(length)
    reply = ask(at.port, post("take", length) + body)
    assert (reply.status, reply.body) == (200, b"%d" % length)
    assert "connection" not in reply.headers
    assert at.sink().received == body
    assert at.sink().done == ["finish", "close"]


def test_a_chunked_body_does_too_and_the_connection_goes_on(at: Served):
    pieces = [os.urandom(size) for size in (1, 70_000, 3, 200_000)]
    with Peer(at.port) as peer:
        for _ in range(2):
            peer.send(b"POST /plain/take" + HEAD + CHUNKED + chunks(*pieces) + b"0\r\n\r\n")
            assert peer.reply().body == b"270004"
    assert [bytes(sink.received) for sink in at.sinks] == [b"".join(pieces)] * 2


def test_a_route_that_takes_pieces_needs_no_body(at: Served):
    assert ask(at.port, b"POST /plain/take" + HEAD + b"\r\n").body == b"0"


def test_a_body_is_asked_for_once_the_handle_has_taken_it(at: Served):
    expecting = b"Expect: 100-continue\r\n"
    with Peer(at.port) as peer:
        peer.send(post("take", 3, expecting))
        assert peer.reply().status == 100
        peer.send(b"abc")
        assert peer.reply().body == b"3"
    with Peer(at.port) as peer:
        peer.send(post("decline", 3, expecting))
        assert peer.reply().status == 404
    with Peer(at.port) as peer:
        peer.send(post("guarded", 3, expecting))
        assert peer.reply().status == 401
    assert len(at.sinks) == 1


@pytest.mark.parametrize(("name", "status"), [("decline", 404), ("guarded", 401), ("take", 413)])
def test_a_body_that_nobody_takes_is_read_by_nobody_and_its_answer_arrives(
    at: Served, name: str, status: int
):
    length = 3_000_000
    (reply,) = ask_all(at.port, post(name, length) + b"x" * length)
    assert (reply.status, reply.headers["connection"]) == (status, "close")
    assert all(sink.done == ["close"] and not sink.received for sink in at.sinks)


def test_a_larger_body_than_announced_to_be_is_cut_where_the_limit_is(at: Served):
    body = chunks(*[b"x" * 100_000] * 30) + b"0\r\n\r\n"
    (reply,) = ask_all(at.port, b"POST /plain/take" + HEAD + CHUNKED + body)
    assert reply.status == 413
    assert len(at.sink().received) <= LIMIT
    assert at.sink().done == ["close"]


@pytest.mark.parametrize(("name", "status"), [("refuse", 400), ("unable", 503), ("fault", 503)])
def test_a_sink_that_wants_no_more_gets_no_more(at: Served, name: str, status: int):
    (reply,) = ask_all(at.port, post(name, 900_000) + b"x" * 900_000)
    assert (reply.status, reply.headers["connection"]) == (status, "close")
    assert at.sink().done == ["close"]
    assert len(at.sink().received) == at.sink().largest


def test_a_peer_that_goes_away_half_way_finishes_nothing(at: Served):
    for framing in (post("take", 900_000), b"POST /plain/take" + HEAD + CHUNKED + b"ffffff\r\n"):
        with Peer(at.port) as peer:
            peer.send(framing + b"x" * 100_000)
        while not at.sinks:
            time.sleep(0.01)
        assert at.sink().done == ["close"]
        assert len(at.sink().received) <= 100_000
        at.sinks.clear()


def test_broken_chunks_finish_nothing(at: Served):
    with Peer(at.port) as peer:
        peer.send(b"POST /plain/take" + HEAD + CHUNKED + chunks(b"x" * 70_000))
        at.taken(1)
        peer.send(b"zz\r\n")
        assert b"400" in peer.to_the_end().partition(b"\r\n")[0]
    assert at.sink().done == ["close"]


def test_a_peer_that_stalls_is_told_and_finishes_nothing(at: Served):
    began = time.monotonic()
    (reply,) = ask_all(at.port, post("take", 1000) + b"x" * 999)
    assert reply.status == 408
    assert 0.9 < time.monotonic() - began < 5
    assert at.sink().done == ["close"]


def test_a_peer_that_drips_is_told_and_finishes_nothing(at: Served):
    began = time.monotonic()
    with Peer(at.port) as peer:
        peer.send(post("take", 1000))
        while time.monotonic() - began < 1.5:
            peer.send(b"x")
            time.sleep(0.05)
        assert peer.reply().status == 408
    assert at.sink().done == ["close"]
    assert len(at.sink().received) < 1000


def test_a_slow_peer_that_is_fast_enough_gets_all_its_time(at: Served):
    body = os.urandom(40_000)
    with Peer(at.port) as peer:
        peer.send(post("take", len(body)))
        for start in range(0, len(body), 4_000):
            peer.send(body[start : start + 4_000])
            time.sleep(0.2)
        assert peer.reply().body == b"40000"
    assert at.sink().received == body


def test_no_more_is_read_than_a_sink_takes():
    held, sinks, length = threading.Event(), list[Toy](), 200_000_000

    class Slow(Toy):
        def write(self, piece: bytes) -> None:
            held.wait(30)
            super().write(piece)

    handle = does(lambda: Slow(sinks))
    route = Route("POST", "/plain/slow", handle, body_limit=length, streamed=True)
    with Background(Boundary(UNASKED, (plain(route),))) as served, Peer(served.port) as peer:
        peer.send(post("slow", length))
        peer.socket.settimeout(1)
        sent, piece = 0, b"x" * 1_000_000
        with suppress(TimeoutError):
            while sent < length:
                sent += peer.socket.send(piece)
        assert sent < length // 4  # the system's own buffers
        held.set()
    assert sinks[0].closed.wait(10)
    assert sinks[0].largest < 600_000


def test_others_are_served_while_every_place_is_taken_and_one_more_body_is_refused(at: Served):
    with ExitStack() as stack:
        peers = [stack.enter_context(Peer(at.port)) for _ in range(STREAMS)]
        for peer in peers:
            peer.send(post("take", 10) + b"x")
        at.taken(STREAMS)
        for refused in (
            ask(at.port, post("take", 1) + b"x"),
            ask(at.port, b"GET /plain/file" + HEAD + b"\r\n"),
        ):
            assert (refused.status, refused.headers["retry-after"]) == (503, "1")
            assert refused.body == b"plain: later"
        assert ask(at.port, b"GET /plain/nowhere" + HEAD + b"\r\n").status == 404
        for peer in peers:
            peer.send(b"x" * 9)
            assert peer.reply().body == b"10"
        assert ask(at.port, post("take", 1) + b"x").status == 200
    assert sum(sink.done == ["close"] for sink in at.sinks) == 1


def test_what_is_under_way_when_the_server_stops_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tokenhouse.server.running.STOP_SECONDS", 1)
    patient = Limits(body_seconds=30)
    with ExitStack() as stack:
        with serving(tmp_path, patient) as served:
            peer = stack.enter_context(Peer(served.port))
            peer.send(post("take", 10) + b"x")
            served.taken(1)
        assert served.sink().done == ["close"]


# sent


def get(name: str, more: bytes = b"", method: bytes = b"GET") -> bytes:
    return b"%b /plain/%b%b%b\r\n" % (method, name.encode(), HEAD, more)


def test_a_file_goes_out_as_an_attachment_that_no_browser_shows_in_our_name(at: Served):
    reply = ask(at.port, get("file"))
    assert reply.status == 200
    assert reply.body == at.file.read_bytes()
    assert reply.headers["content-disposition"] == 'attachment; filename="a.bin"'
    assert reply.headers["content-security-policy"] == "sandbox"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["content-type"] == "application/octet-stream"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["accept-ranges"] == "bytes"
    assert "content-range" not in reply.headers


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        (b"0-0", 0, 0),
        (b"100000-299999", 100_000, 299_999),
        (b"-7", 299_993, 299_999),
        (b"%d-%d" % (PIECE_BYTES - 1, PIECE_BYTES), PIECE_BYTES - 1, PIECE_BYTES),
    ],
)
def test_a_range_goes_out_alone(at: Served, said: bytes, first: int, last: int):
    reply = ask(at.port, get("file", b"Range: bytes=%b\r\n" % said))
    assert (reply.status, reply.headers["content-range"]) == (206, f"bytes {first}-{last}/300000")
    assert reply.body == at.file.read_bytes()[first : last + 1]


def test_ranges_of_one_connection_add_up_to_the_file(at: Served):
    whole, got = at.file.read_bytes(), bytearray()
    with Peer(at.port) as peer:
        while len(got) < len(whole):
            peer.send(get("file", b'Range: bytes=%d-%d\r\nIf-Range: "etag"\r\n' % _next(got)))
            got += peer.reply().body
    assert got == whole


def _next(got: bytearray) -> tuple[int, int]:
    return len(got), len(got) + 77_776


def test_a_head_says_what_get_would_send(at: Served):
    for more in (b"", b"Range: bytes=5-9\r\n"):
        with Peer(at.port) as peer:
            peer.send(get("file", more, b"HEAD") + get("nowhere"))
            raw = b""
            while not raw.endswith(b"\r\n\r\n"):
                raw += peer.socket.recv(1)
            told = Reply(raw)
            assert (told.status, told.headers["content-length"]) == (200, "300000")
            assert told.headers["etag"] == '"etag"'
            assert peer.reply().status == 404


def test_a_peer_that_goes_away_lets_the_file_go(at: Served):
    for _ in range(STREAMS + 1):
        with Peer(at.port) as peer:
            peer.send(get("large"))
            assert peer.socket.recv(10_000)
        at.all_free()


def test_a_peer_that_does_not_read_is_cut_off(at: Served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "WRITE_SECONDS", 0.5)
    with Peer(at.port) as peer:
        peer.send(get("large"))
        at.taken(1)
        at.all_free()
        assert len(peer.until_closed()) < 50_000_000


def test_a_file_that_becomes_shorter_ends_its_connection(at: Served):
    with Peer(at.port) as peer:
        peer.send(get("large"))
        first = peer.socket.recv(10_000)
        os.truncate(at.large, 10_000_000)
        raw = first + peer.until_closed()
    assert b"content-length: 50000000\r\n" in raw
    assert len(raw) < 50_000_000


def test_a_file_that_cannot_be_read_is_no_answer(at: Served):
    at.file.unlink()
    assert ask(at.port, get("file")).status == 503
