"""No single peer can make the server keep much, or wait long."""

import time
from collections.abc import Iterator

import pytest

from boundary.toys import HEAD, UNASKED, Gate, Peer, ask, ask_all, braced, does, plain, tell
from tokenhouse.boundary import Answer, Boundary, Limits, Route
from tokenhouse.server import Background, protocol

LARGE = 4_000_000
TELL = b"GET /plain/tell" + HEAD + b"\r\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    faces = (
        plain(Route("GET", "/plain/tell", tell), Route("POST", "/plain/tell", tell)),
        braced(Route("GET", "/braced/tell", tell)),
    )
    with Background(Boundary(UNASKED, faces, Limits(linger_seconds=0.3))) as served:
        yield served.port


def _headers(sizes: list[int]) -> bytes:
    """Fields that count as these sizes, name, value and the four characters around them."""
    return b"".join(b"x: " + b"a" * (size - 5) + b"\r\n" for size in sizes)


HOST_COUNTS = len(b"Host") + len(b"here") + 4


def test_a_head_within_its_bounds_is_served(port: int) -> None:
    rest = protocol.MAX_HEADER_BYTES - HOST_COUNTS
    assert ask(port, b"GET /plain/tell" + HEAD + _headers([rest]) + b"\r\n").status == 200
    assert ask(port, b"GET /plain/tell" + HEAD + _headers([9] * 99) + b"\r\n").status == 200
    longest = b"/plain/tell?a=" + b"b" * (protocol.MAX_URL_BYTES - len(b"/plain/tell?a="))
    assert ask(port, b"GET " + longest + HEAD + b"\r\n").status == 200


@pytest.mark.parametrize(
    ("sizes", "status"),
    [
        ([protocol.MAX_HEADER_BYTES - HOST_COUNTS + 1], 431),
        ([9] * 100, 431),
        ([60_000], 431),
        ([300] * 150, 431),
    ],
)
@pytest.mark.parametrize("face", ["plain", "braced"])
def test_larger_headers_are_refused_in_the_form_of_the_face(
    port: int, face: str, sizes: list[int], status: int
) -> None:
    request = f"GET /{face}/tell".encode() + HEAD + _headers(sizes) + b"\r\n"
    (reply,) = ask_all(port, request + TELL)
    assert (reply.status, reply.headers["content-type"]) == (status, f"text/x-{face}")
    assert reply.headers["connection"] == "close"


@pytest.mark.parametrize("length", [8193, 30_000])
@pytest.mark.parametrize("face", ["plain", "braced"])
def test_a_longer_url_is_refused_in_the_form_of_the_face(port: int, face: str, length: int) -> None:
    for begin in (f"/{face}/tell?", f"/{face}/"):
        url = begin + "a" * (length - len(begin))
        (reply,) = ask_all(port, b"GET " + url.encode() + HEAD + b"\r\n" + TELL)
        assert (reply.status, reply.headers["content-type"]) == (414, f"text/x-{face}")


@pytest.mark.parametrize(
    "flood",
    [
        b"GET /plain/tell" + HEAD + b"x: " + b"a" * LARGE,
        b"GET /plain/tell" + HEAD + b"a" * LARGE,
        b"GET /plain/tell" + HEAD + b"x: a\r\n" * (LARGE // 6),
        b"GET /plain/" + b"a" * LARGE,
        b"\r\n" * (LARGE // 2),
    ],
)
def test_a_head_without_end_is_cut_off(port: int, flood: bytes) -> None:
    with Peer(port) as peer:
        sent = 0
        try:
            for start in range(0, len(flood), 65_536):
                peer.send(flood[start : start + 65_536])
                sent = start
            answer = peer.to_the_end()
        except (BrokenPipeError, ConnectionResetError):
            assert sent > protocol.MAX_UNREAD_BYTES
        else:
            assert answer.startswith(b"HTTP/1.1 431 ")
    assert ask(port, TELL).status == 200


def test_a_peer_that_is_cut_off_while_it_sends_still_hears_why(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "LINGER_SECONDS", 60.0)
    (reply,) = ask_all(port, b"GET /plain/tell" + HEAD + b"x: " + b"a" * LARGE)
    assert (reply.status, reply.headers["connection"]) == (431, "close")


@pytest.mark.parametrize(
    "flood",
    [b"0\r\nx: " + b"a" * LARGE, b"0\r\n" + b"x: a\r\n" * (LARGE // 6), b"1;" + b"a" * LARGE],
)
def test_what_stands_around_a_body_is_bounded_too(port: int, flood: bytes) -> None:
    chunked = b"POST /plain/tell" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    with Peer(port) as peer:
        try:
            peer.send(chunked + flood)
            answer = peer.to_the_end()
        except (BrokenPipeError, ConnectionResetError):
            answer = b""
        assert b" 200 " not in answer


def test_a_trailer_is_no_header(port: int) -> None:
    chunked = b"POST /plain/tell" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    reply = ask(port, chunked + b"1\r\na\r\n0\r\nX-Trailer: late\r\n\r\n")
    assert reply.json["body"] == "a"
    assert reply.json["trailer"] is None


def test_small_chunks_are_no_attack(port: int) -> None:
    chunked = b"POST /plain/tell" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    reply = ask(port, chunked + b"1\r\na\r\n" * 60_000 + b"0\r\n\r\n")
    assert reply.json["body"] == "a" * 60_000


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    with Background(Boundary(UNASKED, (plain(Route("GET", "/plain/tell", tell)),))) as served:
        yield served.port


@pytest.mark.parametrize("begun", [b"", b"G", b"GET /plain/tell" + HEAD, b"\r\n"])
def test_a_head_that_does_not_come_to_its_end_is_closed(hurried: int, begun: bytes) -> None:
    with Peer(hurried) as peer:
        peer.send(begun)
        assert peer.to_the_end() == b""


@pytest.mark.parametrize("begun", [b"G", b"GET /plain/tell" + HEAD, b"\r\n"])
def test_neither_is_a_later_head_on_the_same_connection(hurried: int, begun: bytes) -> None:
    with Peer(hurried) as peer:
        peer.send(TELL)
        assert peer.reply().status == 200
        peer.send(begun)
        assert peer.to_the_end() == b""
    with Peer(hurried) as peer:
        peer.send(TELL + begun.strip())
        assert peer.reply().status == 200
        peer.socket.settimeout(20)
        assert not begun.strip() or peer.to_the_end() == b""


def test_a_slow_handler_is_no_slow_head(hurried: int) -> None:
    gate = Gate()
    application = Boundary(UNASKED, (plain(Route("GET", "/plain/hold", does(gate.hold))),))
    with Background(application) as served, Peer(served.port) as held, Peer(hurried) as clock:
        held.send(b"GET /plain/hold" + HEAD + b"\r\n")
        gate.wait_for(1)
        assert clock.to_the_end() == b""  # the time of a head is over
        gate.open()
        assert held.reply().body == b"held"


def test_an_idle_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenhouse.server.running.KEEP_ALIVE_SECONDS", 1)
    monkeypatch.setattr("tokenhouse.server.lane.KEEP_ALIVE_SECONDS", 1)
    in_pieces = b"GET /plain/tell" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    for request in (TELL, in_pieces):  # the straight way, and that of all others
        application = Boundary(UNASKED, (plain(Route("GET", "/plain/tell", tell)),))
        with Background(application) as served, Peer(served.port) as peer:
            begun = time.monotonic()
            for _ in range(3):
                time.sleep(0.5)
                peer.send(request)
                assert peer.reply().status == 200
            assert peer.to_the_end() == b""
            assert 2.4 < time.monotonic() - begun < 6


@pytest.mark.parametrize("end", [b"\r\n", b"Connection: close\r\n\r\n"])
def test_a_peer_that_does_not_read_is_cut_off(monkeypatch: pytest.MonkeyPatch, end: bytes) -> None:
    monkeypatch.setattr(protocol, "WRITE_SECONDS", 0.2)
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 2.0)
    large = Route("GET", "/plain/large", does(lambda: Answer(200, b"x" * LARGE * 10)))
    application = Boundary(UNASKED, (plain(large),))
    with Background(application) as served, Peer(served.port) as deaf, Peer(served.port) as clock:
        deaf.send(b"GET /plain/large" + HEAD + end)
        assert clock.to_the_end() == b""  # a while goes by
        assert len(deaf.until_closed()) < LARGE * 10


def test_one_connection_too_many_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MAX_CONNECTIONS", 2)
    with Background(Boundary(UNASKED, (plain(Route("GET", "/plain/tell", tell)),))) as served:
        with Peer(served.port) as first, Peer(served.port) as second:
            for peer in (first, second):
                peer.send(TELL)
                assert peer.reply().status == 200
            with Peer(served.port) as third:
                assert third.to_the_end().startswith(b"HTTP/1.1 503 ")
            first.send(TELL)
            assert first.reply().status == 200
        while True:  # a place is free as soon as the server has noticed
            with Peer(served.port) as next_one:
                next_one.send(TELL)
                if next_one.reply().status == 200:
                    return
