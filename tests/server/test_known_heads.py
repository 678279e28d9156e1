"""A head that came before is not parsed again, and stands for itself only where a head begins."""

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import pytest

from boundary.toys import HEAD, UNASKED, Gate, Peer, Reply, plain, tell
from tokenhouse.boundary import Answer, Boundary, Request, Route
from tokenhouse.server import Background
from tokenhouse.server.protocol import BoundedProtocol
from tokenhouse.server.straight import MAX_KNOWN_HEAD, StraightProtocol

PAUSE = 0.05
"""Seconds after which what was sent has been read by itself."""
START = b"POST /plain/tell" + HEAD
GET = b"GET /plain/tell" + HEAD + b"\r\n"


class Servers(NamedTuple):
    """One that knows heads again, and one that parses them all; `parsed` counts what came in."""

    knows: int
    parses: int
    parsed: list[bytes]


@pytest.fixture(scope="module")
def at() -> Iterator[Servers]:
    parsed, read = list[bytes](), BoundedProtocol.data_received

    def counted(self: Any, data: bytes) -> None:
        parsed.append(data)
        read(self, data)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BoundedProtocol, "data_received", counted)
        routes = (Route("GET", "/plain/tell", tell), Route("POST", "/plain/tell", tell))
        boundary = Boundary(UNASKED, (plain(*routes),))
        take_again = StraightProtocol._take_again
        with Background(boundary) as knows, Background(boundary) as parses:
            patched.setattr(
                StraightProtocol,
                "_take_again",
                lambda self, data: self.server[1] != parses.port and take_again(self, data),
            )
            yield Servers(knows.port, parses.port, parsed)


def posted(body: bytes, *headers: bytes) -> bytes:
    fields = b"".join(b"%b\r\n" % one for one in headers)
    return START + fields + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def test_other_bodies_of_one_length_behind_one_head_are_each_read(at: Servers) -> None:
    at.parsed.clear()
    with Peer(at.knows) as peer:
        for body in (b"abc", b"def", b"\r\n\r", b"\0\xff\n", b"abc"):
            peer.send(posted(body))
            reply = peer.reply()
            assert (reply.status, reply.json["body"]) == (200, body.decode("latin-1"))
    assert at.parsed == [posted(b"abc")]


def test_a_request_without_a_body_is_known_as_well(at: Servers) -> None:
    at.parsed.clear()
    with Peer(at.knows) as peer:
        ids = []
        for _ in range(3):
            peer.send(GET)
            ids.append(peer.reply().json["id"])
    assert at.parsed == [GET]
    assert len(set(ids)) == 3


@pytest.mark.parametrize("other", [posted(b"abcd"), posted(b"abc", b"X: 1"), GET])
def test_another_head_is_parsed_and_known_from_then_on(at: Servers, other: bytes) -> None:
    at.parsed.clear()
    with Peer(at.knows) as peer:
        for request in (posted(b"abc"), other, other, posted(b"abc")):
            peer.send(request)
            assert peer.reply().status == 200
    assert at.parsed == [posted(b"abc"), other, posted(b"abc")]


def test_a_head_that_is_too_long_to_be_known_is_parsed_each_time(at: Servers) -> None:
    at.parsed.clear()
    room = MAX_KNOWN_HEAD - len(posted(b"abc", b"X: ")[:-3])
    for more, times in ((room, 1), (room + 1, 3)):
        with Peer(at.knows) as peer:
            for _ in range(3):
                peer.send(posted(b"abc", b"X: " + b"x" * more))
                assert peer.reply().status == 200
        assert len(at.parsed) == times
        at.parsed.clear()


def test_another_connection_knows_nothing_of_it(at: Servers) -> None:
    at.parsed.clear()
    for _ in range(2):
        with Peer(at.knows) as peer:
            peer.send(posted(b"abc"))
            assert peer.reply().status == 200
    assert len(at.parsed) == 2


ONE = posted(b"0123456789")
HEAD_OF_ONE = ONE[:-10]
TWO = posted(b"\r\n\r\nabcdef")

LENGTH = next(n for n in range(200) if len(posted(b"x" * n)) == 2 * n)
EVEN = posted(b"x" * LENGTH)
"""One whose body is as long as its head."""

PIECES: dict[str, tuple[list[bytes], list[int]]] = {
    "a head, then a body as long as heads are": (
        [EVEN[:LENGTH], EVEN[LENGTH:]] * 3,
        [200, 200, 200],
    ),
    "as many bytes as the body had of the last of two": (
        [ONE + ONE, b"0123456789", GET],
        [200, 200, 400],
    ),
    "as many as the body had that came later": (
        [HEAD_OF_ONE, ONE[-10:], b"0123456789", GET],
        [200, 400],
    ),
    "a body in which a head ends": ([ONE, TWO, ONE], [200, 200, 200]),
    "a body that looks like a request": (
        [posted(GET), posted(GET.replace(b"tell", b"told"))],
        [200, 200],
    ),
    "an end that belongs to the next": (
        [ONE + b"\r\n", HEAD_OF_ONE + b"0123456789\r\n"],
        [200, 200],
    ),
    "an end that the next has not": (
        [ONE + b"\r\n", HEAD_OF_ONE + b"01234567\r\n", GET],
        [200, 200, 200],
    ),
    "one too few": ([ONE, ONE[:-1], b"9", GET], [200, 200, 200]),
    "one too many": ([ONE, ONE + b"G", GET[1:]], [200, 200, 200]),
    "half and half": ([ONE, ONE[:40], ONE[40:], ONE], [200, 200, 200]),
    "the head alone": ([ONE, HEAD_OF_ONE, b"0123456789", ONE], [200, 200, 200]),
    "two at once": ([ONE, ONE + ONE, ONE], [200, 200, 200, 200]),
    "two that are as long as two before": (
        [ONE + GET, ONE + GET, GET + ONE],
        [200, 200, 200, 200, 200, 200],
    ),
    "behind an empty line": ([b"\r\n" + ONE, b"\r\n" + ONE, ONE], [200, 200, 200]),
    "lines that end with LF": ([*[ONE.replace(b"\r\n", b"\n")] * 2, ONE], [400]),
    "the same as the body of another": ([ONE, posted(ONE), ONE, posted(ONE)], [200, 200, 200, 200]),
    "the same within a body": ([ONE, posted(b"x" + ONE)[:-20], ONE[-20:], ONE], [200, 200, 200]),
    "another case of a name": ([ONE, ONE.replace(b"Length", b"LENGTH"), ONE], [200, 200, 200]),
    "another host": ([ONE, ONE.replace(b"here", b"hera"), ONE], [200, 200, 200]),
    "two lengths": (
        [posted(b"abc", b"Content-Length: 3"), posted(b"abc", b"Content-Length: 3")],
        [400],
    ),
    "chunks": (
        [START + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"] * 2,
        [200, 200],
    ),
    "one that closes": ([posted(b"abc", b"Connection: close")] * 2, [200]),
    "after one that closes": ([ONE, posted(b"abc", b"Connection: close"), ONE], [200, 200]),
    "after what is broken": ([ONE, b"nothing\r\n\r\n", ONE], [200, 400]),
    "after half a head": ([ONE, b"GET /plain/tell HTTP/1.1\r\nX: ", ONE], [200, 200]),
    "who expects to be told to go on": (
        [posted(b"abc", b"Expect: 100-continue")] * 2,
        [100, 200, 100, 200],
    ),
    "no host": ([ONE.replace(b"Host: here\r\n", b"")] * 2, [400, 400]),
    "HTTP/1.0": ([ONE.replace(b"1.1", b"1.0")] * 2, [200]),
}
"""What comes in, and the statuses of what is answered."""


def _said(port: int, pieces: list[bytes], number: int) -> list[tuple[int, str]]:
    """So many answers to what is sent piece by piece, and whatever else comes after them."""
    with Peer(port) as peer:
        for piece in pieces:
            with suppress(BrokenPipeError, ConnectionResetError):
                peer.send(piece)
            time.sleep(PAUSE)
        raw = peer.answers(number, 4 * PAUSE)
    replies = []
    while raw:
        reply = Reply(raw)
        replies.append((reply.status, _without_id(reply)))
        raw = reply.next
    return replies


def _without_id(reply: Reply) -> str:
    with suppress(ValueError, KeyError):
        said = reply.json
        return str(said | {"id": ""})
    return reply.body.decode("latin-1")


@pytest.mark.parametrize("what", PIECES)
def test_whatever_comes_in_is_cut_into_requests_as_the_parser_cuts_it(
    at: Servers, what: str
) -> None:
    pieces, statuses = PIECES[what]
    expected = _said(at.parses, pieces, len(statuses))
    assert [status for status, _ in expected] == statuses
    assert _said(at.knows, pieces, len(statuses)) == expected


def test_an_answer_waits_for_those_before_it() -> None:
    gate = Gate()

    def as_told(_: object, request: Request, __: object) -> Answer:
        if request.body == b"slow":
            gate.hold()
        return Answer(200, request.body)

    boundary = Boundary(UNASKED, (plain(Route("POST", "/plain/tell", as_told)),))
    with Background(boundary) as served, Peer(served.port) as peer:
        for body in (b"fast", b"slow", b"fast", b"fine"):
            peer.send(posted(body))
            time.sleep(PAUSE)
        gate.wait_for(1)
        gate.open()
        assert [peer.reply().body for _ in range(4)] == [b"fast", b"slow", b"fast", b"fine"]
