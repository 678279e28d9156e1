"""The straight way says what the way of all says, in the same order and under the same bounds."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from boundary.toys import HEAD, UNASKED, Gate, Peer, ask, ask_all, does, plain, tell
from server.laning import LAST, Twice, everything, post, same, twice, verify
from tokenhouse.boundary import Answer, Boundary, Limits, Route
from tokenhouse.boundary.attachment import attachment
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.server import Background

JSON = "Content-Type: application/json"
TELL = b"GET /plain/tell" + HEAD + b"\r\n"


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    with twice(tmp_path_factory.mktemp("straight")) as built:
        yield built


def _by(at: Twice) -> str:
    return f"Authorization: Token {at.token}"


ASKED: dict[str, Any] = {
    "a list": lambda at: verify(at.token, "/v1/tokens?limit=2"),
    "a list, its head": lambda at: verify(at.token, "/v1/tokens?limit=2").replace(b"GET", b"HEAD"),
    "one that is not there": lambda at: verify(at.token, "/v1/tokens/" + "0" * 8),
    "no such path": lambda at: verify(at.token, "/v1/nowhere"),
    "no such prefix": lambda at: verify(at.token, "/nowhere"),
    "another method": lambda at: verify(at.token, "/v1/tokens").replace(b"GET", b"PUT", 1),
    "no credential": lambda _: b"GET /v1/tokens" + HEAD + b"\r\n",
    "two credentials": lambda at: verify(at.token, "/v1/tokens", _by(at)),
    "a broken body": lambda at: post("/v1/tokens", b'{"description":', _by(at), JSON),
    "a body of another type": lambda at: post("/v1/tokens", b"{}", _by(at), "Content-Type: a/b"),
    "an unknown field": lambda at: post("/v1/tokens", b'{"colour":1}', _by(at), JSON),
    "a lifetime in the past": lambda at: post(
        "/v1/tokens", b'{"expires_at":"2001-01-01T00:00:00Z"}', _by(at), JSON
    ),
    "a body that is too long": lambda at: post("/v1/tokens", b"x" * 70_000, _by(at), JSON),
    "a wrong password": lambda _: post(
        "/v1/sessions", b'{"email":"nobody@x.example","password":"wrong"}', JSON
    ),
    "a query twice": lambda at: verify(at.token, "/v1/tokens?limit=1&limit=2"),
    "a broken percent sign": lambda at: verify(at.token, "/v1/tokens/%zz"),
    "a hidden slash": lambda at: verify(at.token, "/v1/tokens%2fx"),
    "two slashes": lambda at: verify(at.token, "//v1/tokens"),
    "an odd character": lambda at: verify(at.token, '/v1/tokens?a="<>`{|}'),
    "a fragment": lambda at: verify(at.token, "/v1/tokens#a"),
    "an absolute target": lambda at: verify(at.token, "http://here/v1/tokens?limit=1"),
    "a star": lambda at: verify(at.token, "*").replace(b"GET", b"OPTIONS", 1),
    "two hosts": lambda at: verify(at.token, "/v1/tokens", "Host: there"),
    "no host": lambda at: verify(at.token, "/v1/tokens").replace(b"Host: here\r\n", b""),
    "chunks": lambda at: (
        f"POST /v1/tokens HTTP/1.1\r\nHost: here\r\n{JSON}\r\n{_by(at)}\r\n"
        'Transfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n0\r\n\r\n'
    ).encode(),
    "a key set": lambda _: b"GET /.well-known/jwks.json" + HEAD + b"\r\n",
    "an old dialect": lambda at: verify(at.token, "/account/tokens"),
    "a result code": lambda _: (
        b"GET /1.0/users/authentication/rest/gettokens?session=x" + HEAD + b"\r\n"
    ),
    "a redirect": lambda _: b"GET /console" + HEAD + b"\r\n",
    "a page": lambda _: b"GET /console/recovery" + HEAD + b"\r\n",
    "a wrong client": lambda _: post(
        "/oauth/token",
        b"grant_type=client_credentials&client_id=a&client_secret=b",
        "Content-Type: application/x-www-form-urlencoded",
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_it_reads_as_the_way_of_all(at: Twice, name: str) -> None:
    request = ASKED[name](at)
    expected = same(everything(at.without, request, LAST))
    assert expected
    assert same(everything(at.with_lane, request, LAST)) == expected
    half = len(request) // 2
    assert same(everything(at.with_lane, request[:half], request[half:], LAST)) == expected


class Served:
    """Toy routes behind the straight way."""

    def __init__(self, limits: Limits, **routes: Any) -> None:
        made = (Route("GET", f"/plain/{name}", handle) for name, handle in routes.items())
        taken = Route("POST", "/plain/tell", tell)
        faces = (plain(Route("GET", "/plain/tell", tell), taken, *made),)
        self.boundary = Boundary(UNASKED, faces, limits)
        assert self.boundary.straight is not None
        self.took: list[bool] = []
        take = self.boundary.straight.take

        def counted(*request: Any) -> bool:
            self.took.append(take(*request))
            return self.took[-1]

        self.boundary.straight.take = counted  # type: ignore[method-assign]


def get(name: str) -> bytes:
    return f"GET /plain/{name}".encode() + HEAD + b"\r\n"


def test_what_came_in_whole_takes_it_and_what_did_not_does_not() -> None:
    served = Served(Limits())
    with Background(served.boundary) as server:
        assert ask(server.port, TELL).status == 200
        whole = b"POST /plain/tell" + HEAD + b"Content-Length: 3\r\n\r\nabc"
        assert ask(server.port, whole).json["body"] == "abc"
        assert served.took == [True, True]
        with Peer(server.port) as peer:
            peer.send(whole[:-1])
            time.sleep(0.05)
            peer.send(whole[-1:])
            assert peer.reply().json["body"] == "abc"
        chunked = b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        assert ask(server.port, b"POST /plain/tell" + HEAD + chunked).json["body"] == "abc"
    assert served.took == [True, True, False]


def test_answers_keep_the_order_of_their_requests_however_slow_one_is() -> None:
    def slow() -> Answer:
        time.sleep(0.15)
        return Answer(200, b"slow")

    served = Served(Limits(), slow=does(slow))
    with Background(served.boundary) as server:
        last = get("tell").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        replies = ask_all(server.port, get("slow") + get("tell") + get("slow") + last)
        assert [reply.body[:4] for reply in replies] == [b"slow", b'{"me', b"slow", b'{"me']
        with Peer(server.port) as peer:
            peer.send(get("slow"))
            time.sleep(0.05)
            peer.send(get("tell"))
            assert peer.reply().body == b"slow"
            assert peer.reply().json["path"] == "/plain/tell"


def test_an_answer_that_is_held_back_holds_nobody_else_back() -> None:
    def refuse() -> Answer:
        raise Refused(Code.UNAUTHENTICATED, "no", delay=0.4)

    served = Served(Limits(threads=1), guess=does(refuse))
    with Background(served.boundary) as server, Peer(server.port) as guessing:
        begun = time.monotonic()
        guessing.send(get("guess") + get("tell"))
        assert ask(server.port, TELL).status == 200
        assert time.monotonic() - begun < 0.35
        assert guessing.reply().status == 401
        assert time.monotonic() - begun >= 0.4
        assert guessing.reply().status == 200
    assert served.took[0]


def test_who_leaves_meanwhile_is_forgotten_and_others_are_served() -> None:
    gate = Gate()
    served = Served(Limits(), hold=does(gate.hold))
    with Background(served.boundary) as server:
        with Peer(server.port) as peer:
            peer.send(get("hold"))
            gate.wait_for(1)
        time.sleep(0.05)
        gate.open()
        assert ask(server.port, TELL).status == 200


def test_too_many_are_refused_and_the_connection_goes_on() -> None:
    gate = Gate()
    served = Served(Limits(threads=1, queue=0), hold=does(gate.hold))
    with Background(served.boundary) as server, Peer(server.port) as first:
        first.send(get("hold"))
        gate.wait_for(1)
        with Peer(server.port) as second:
            second.send(TELL)
            refused = second.reply()
            assert (refused.status, refused.headers["retry-after"]) == (503, "1")
            gate.open()
            assert first.reply().status == 200
            second.send(TELL)
            assert second.reply().status == 200


def test_a_server_that_stops_gives_the_answer_under_way_and_says_that_it_closes() -> None:
    gate = Gate()
    served = Served(Limits(), hold=does(gate.hold))
    server = Background(served.boundary)
    with Peer(server.__enter__() and server.port) as peer:
        peer.send(get("hold"))
        gate.wait_for(1)
        stopping = threading.Thread(target=server.__exit__)
        stopping.start()
        time.sleep(0.3)
        gate.open()
        reply = peer.reply()
        assert (reply.status, reply.headers["connection"]) == (200, "close")
        assert peer.until_closed() == b""
        stopping.join()


@pytest.mark.parametrize("fault", [KeyError("secret"), StopIteration(), AssertionError("secret")])
def test_an_unknown_fault_is_inability_said_once_and_tells_nothing(fault: Exception) -> None:
    def fail() -> Answer:
        raise fault

    served = Served(Limits(), fail=does(fail))
    with Background(served.boundary) as server, capture_logs() as logged:
        reply = ask(server.port, get("fail"))
        assert (reply.status, reply.body) == (503, b"plain: later")
        assert ask(server.port, TELL).status == 200
    assert [line["event"] for line in logged] == ["request failed"]


def test_a_file_of_a_route_that_does_not_tell_of_it_is_closed_and_not_sent(tmp_path: Any) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    opened: list[Any] = []

    def send(_: object, request: Any, __: object) -> Answer:
        answer = attachment(request, path, '"1"', "file")
        opened.append(answer.part)
        return answer

    served = Served(Limits(), file=send)
    with Background(served.boundary) as server:
        assert ask(server.port, get("file")).status == 503
    assert opened[0]._file.closed


def test_a_change_is_made_once_and_before_it_is_answered(at: Twice) -> None:
    before = at.at.head
    request = post("/v1/tokens", b'{"description":"straight"}', _by(at), JSON)
    reply = ask(at.with_lane, request)
    assert reply.status == 201
    assert at.at.head == before + 1
    assert ask(at.with_lane, verify(reply.json["token"])).status == 200
