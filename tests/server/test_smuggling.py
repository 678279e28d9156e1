"""Bytes that two programs could cut into different requests reach no handler as anything else."""

from collections.abc import Iterator
from contextlib import suppress

import pytest

from boundary.toys import HEAD, UNASKED, Gate, Peer, ask, ask_all, does, plain, tell
from tokenhouse.boundary import Boundary, Limits, Route
from tokenhouse.server import Background, protocol

TELL = b"GET /plain/tell" + HEAD + b"\r\n"
POST = b"POST /plain/tell HTTP/1.1\r\nHost: here\r\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    routes = (Route("GET", "/plain/tell", tell), Route("POST", "/plain/tell", tell))
    with Background(Boundary(UNASKED, (plain(*routes),), Limits(linger_seconds=0.3))) as served:
        yield served.port


CHUNKS = b"\r\n0\r\n\r\n"

FORMS = {
    "length and coding": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" + CHUNKS,
    "coding and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" + CHUNKS,
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "two different lengths": POST + b"Content-Length: 3\r\nContent-Length: 0\r\n\r\nabc",
    "a list of lengths": POST + b"Content-Length: 3, 3\r\n\r\nabc",
    "a signed length": POST + b"Content-Length: +3\r\n\r\nabc",
    "a negative length": POST + b"Content-Length: -3\r\n\r\nabc",
    "a hexadecimal length": POST + b"Content-Length: 0x3\r\n\r\nabc",
    "a length beyond numbers": POST + b"Content-Length: 99999999999999999999\r\n\r\nabc",
    "an empty length": POST + b"Content-Length:\r\n\r\nabc",
    "another coding": POST + b"Transfer-Encoding: gzip\r\n" + CHUNKS,
    "two codings": POST + b"Transfer-Encoding: gzip, chunked\r\n" + CHUNKS,
    "identity": POST + b"Transfer-Encoding: identity\r\n" + CHUNKS,
    "a coding that looks like it": POST + b"Transfer-Encoding: xchunked\r\n" + CHUNKS,
    "a coding before another": POST + b"Transfer-Encoding: chunked, gzip\r\n" + CHUNKS,
    "two coding headers": POST
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
    + CHUNKS,
    "a coding in HTTP/1.0": POST.replace(b"1.1", b"1.0")
    + b"Transfer-Encoding: chunked\r\n"
    + CHUNKS,
    "a space before the colon": POST + b"Content-Length : 3\r\n\r\nabc",
    "a space before the name": POST + b" Content-Length: 3\r\n\r\nabc",
    "a folded line": POST + b"X: a\r\n b\r\n\r\n",
    "a folded coding": POST + b"Transfer-Encoding:\r\n chunked\r\n" + CHUNKS,
    "lines that end with LF": TELL.replace(b"\r\n", b"\n"),
    "lines that end with CR": TELL.replace(b"\r\n", b"\r"),
    "one LF among CRLF": b"GET /plain/tell HTTP/1.1\r\nX: a\nHost: here\r\n\r\n",
    "NUL in a value": POST + b"X: a\0b\r\n\r\n",
    "CR in a value": POST + b"X: a\rb\r\n\r\n",
    "no name": POST + b": a\r\n\r\n",
    "no colon": POST + b"abc\r\n\r\n",
    "a bad name": POST + b"a(b): c\r\n\r\n",
    "HTTP/0.9": b"GET /plain/tell\r\n\r\n",
    "HTTP/2.0 in words": TELL.replace(b"1.1", b"2.0"),
    "HTTP/1.2": TELL.replace(b"1.1", b"1.2"),
    "a tab for a space": TELL.replace(b" ", b"\t", 1),
    "a lower-case method": TELL.replace(b"GET", b"get"),
    "a raw byte in the path": TELL.replace(b"tell", b"t\xffll"),
    "a fragment": TELL.replace(b"tell", b"tell#a"),
    "CONNECT": b"CONNECT here:80 HTTP/1.1\r\nHost: here\r\n\r\n",
    "no path": b"GET http://here HTTP/1.1\r\nHost: here\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a bad chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a negative chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
    "a chunk beyond numbers": POST + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    "a chunk with a longer end": POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
    "a chunk that ends with LF": POST + b"Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n",
    "an upgrade with a body": POST
    + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: %d\r\n\r\n" % len(TELL),
    "an upgrade with chunks": POST
    + b"Connection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_with_two_readings_is_refused_and_nothing_after_it_is_heard(
    port: int, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    for before, sent in (
        (0, [FORMS[form] + TELL]),
        (0, [FORMS[form], TELL]),
        (1, [TELL + FORMS[form] + TELL]),
    ):
        with Peer(port) as peer:
            with suppress(BrokenPipeError, ConnectionResetError):
                for raw in sent:
                    peer.send(raw)
            answered = peer.until_closed()
        statuses = [int(part[:3]) for part in answered.split(b"HTTP/1.1 ")[1:]]
        assert statuses[:before] == [200] * before
        assert len(statuses) <= before + 1
        assert all(400 <= status < 500 for status in statuses[before:])
    assert not caplog.records


def test_a_star_names_nothing(port: int) -> None:
    assert ask(port, b"OPTIONS *" + HEAD + b"\r\n").status == 400


def test_a_refused_upgrade_is_answered_in_plain_and_ends_the_connection(port: int) -> None:
    request = b"GET /plain/tell" + HEAD + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    with Peer(port) as peer:
        peer.send(request)
        assert peer.reply().status == 200
        peer.send(TELL)
        assert peer.until_closed() == b""
    assert [reply.status for reply in ask_all(port, request + TELL)] == [200]


def test_what_follows_a_farewell_is_not_heard(port: int) -> None:
    farewell = b"GET /plain/tell" + HEAD + b"Connection: close\r\n\r\n"
    assert [reply.status for reply in ask_all(port, farewell + TELL)] == [200]


def test_a_proxy_may_send_the_whole_address(port: int) -> None:
    told = ask(port, b"GET http://here/plain/tell?a=b" + HEAD + b"\r\n").json
    assert (told["path"], told["query"]) == ("/plain/tell", [["a", "b"]])


def test_pipelined_requests_are_answered_in_their_order(port: int) -> None:
    requests = [b"GET /plain/tell?n=%d" % number + HEAD + b"\r\n" for number in range(5)]
    body = b"POST /plain/tell?n=5" + HEAD + b"Content-Length: 3\r\n\r\nabc"
    with Peer(port) as peer:
        peer.send(b"".join(requests) + body + TELL)
        numbers = [dict(peer.reply().json["query"])["n"] for _ in range(6)]
        assert numbers == ["0", "1", "2", "3", "4", "5"]
        assert peer.reply().status == 200


def test_a_broken_request_is_not_answered_before_those_that_came_earlier() -> None:
    gate = Gate()
    hold = b"GET /plain/hold" + HEAD + b"\r\n"
    broken = (b"broken\r\n\r\n", POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")
    with Background(
        Boundary(UNASKED, (plain(Route("GET", "/plain/hold", does(gate.hold))),))
    ) as served:  # type: ignore[arg-type]
        peers = [Peer(served.port) for _ in broken]
        for peer, raw in zip(peers, broken, strict=True):
            peer.send(hold + hold + raw)
        gate.wait_for(len(peers))
        gate.open()
        for peer in peers:
            replies = [peer.reply() for _ in range(3)]
            assert [reply.status for reply in replies] == [200, 200, 400]
            assert peer.to_the_end() == b""
            peer.socket.close()


def test_too_many_unanswered_requests_end_the_connection(port: int) -> None:
    replies = ask_all(port, TELL * (protocol.MAX_PIPELINED + 10))
    statuses = [reply.status for reply in replies]
    assert statuses == [200] * protocol.MAX_PIPELINED + [503]
