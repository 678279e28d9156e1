"""What every request meets on its way, told over real connections with two unlike faces."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import structlog
from structlog.testing import capture_logs

from boundary.toys import DEMAND, HEAD, UNASKED, Gate, Peer, ask, ask_all, braced, does, plain, tell
from tokenhouse.boundary import Answer, Boundary, Early, Face, Limits, Request, Route
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.server import Background

OK = Answer(200, b"ok", "text/plain")
SECRET = "the fault's own words"


def _raise(fault: BaseException) -> Callable[[], Answer]:
    def work() -> Answer:
        raise fault

    return work


ROUTES = (
    Route("GET", "/plain/tell", tell),
    Route("POST", "/plain/tell", tell, body_limit=1000),
    Route("GET", "/plain/things/{thing_id}/parts/{part}", tell),
    Route("GET", "/plain/guarded", tell, DEMAND),
    Route("POST", "/plain/things/{thing_id}/once", tell, DEMAND, idempotent=True),
    Route("POST", "/plain/freely", tell, DEMAND),
    Route("GET", "/plain/nothing", does(lambda: Answer(204))),
    Route("GET", "/plain/kept", does(lambda: Answer(200, headers=(("cache-control", "public"),)))),
    Route("GET", "/plain/fault", does(_raise(KeyError(SECRET)))),
    Route("GET", "/plain/unable", does(_raise(Unavailable(SECRET)))),
    Route("GET", "/plain/slow-down", does(_raise(Refused(Code.TOO_MANY, "slower", retry_after=7)))),
    Route("GET", "/plain/no-answer", does(lambda: None)),  # type: ignore[arg-type, return-value]
    Route("GET", "/plain/split", does(lambda: Answer(200, headers=(("x", "a\r\nset-cookie: b"),)))),
)
INNER = (
    Route("GET", "/braced/tell", tell),
    Route("POST", "/braced/tell", tell, body_limit=1000),
    Route("GET", "/braced/guarded", tell, DEMAND),
    Route("GET", "/braced/fault", does(_raise(RuntimeError(SECRET)))),
)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    faces, limits = (plain(*ROUTES), braced(*INNER)), Limits(linger_seconds=0.5)
    with Background(Boundary(UNASKED, faces, limits)) as served:
        yield served.port


@contextmanager
def serving(*routes: Route, limits: Limits) -> Iterator[int]:
    with Background(Boundary(UNASKED, (plain(*routes),), limits)) as served:
        yield served.port


def test_a_handler_gets_the_request_as_it_was_meant(port: int) -> None:
    told = ask(port, b"GET /plain/things/%C3%A9/parts/a%20b?x=1&y=%26" + HEAD + b"\r\n").json
    assert told["path"] == "/plain/things/\u00e9/parts/a b"
    assert told["parameters"] == {"thing_id": "\u00e9", "part": "a b"}
    assert told["query"] == [["x", "1"], ["y", "&"]]
    assert told["address"] == "127.0.0.1"
    assert told["caller"] is None


def test_no_header_of_the_peer_changes_its_address(port: int) -> None:
    forged = b"X-Forwarded-For: 9.9.9.9\r\nForwarded: for=9.9.9.9\r\nX-Real-Ip: 9.9.9.9\r\n\r\n"
    assert ask(port, b"GET /plain/tell" + HEAD + forged).json["address"] == "127.0.0.1"


def test_every_answer_is_kept_by_nobody_and_has_an_id_of_its_own(port: int) -> None:
    paths = (b"/plain/tell", b"/plain/nothing", b"/plain/fault", b"/plain/guarded", b"/nowhere")
    replies = [ask(port, b"GET " + path + HEAD + b"\r\n") for path in paths]
    for reply in replies:
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert "server" not in reply.headers
        assert "date" in reply.headers
    assert len({reply.headers["x-request-id"] for reply in replies}) == len(paths)
    assert replies[0].json["id"] == replies[0].headers["x-request-id"]


def test_an_answer_may_say_itself_how_long_it_is_kept(port: int) -> None:
    reply = ask(port, b"GET /plain/kept" + HEAD + b"\r\n")
    assert reply.headers["cache-control"] == "public"


@pytest.mark.parametrize(
    ("path", "status", "form"),
    [
        ("/plain/unknown", 404, "text/x-plain"),
        ("/plain", 404, "text/x-plain"),
        ("/plain/tell/", 404, "text/x-plain"),
        ("/plain/things/%0a/parts/b", 404, "text/x-plain"),
        ("/plain/a%2fb", 400, "text/x-plain"),
        ("/plain/../braced/tell", 400, "text/x-plain"),
        ("/plain//tell", 400, "text/x-plain"),
        ("/plain/%ff", 400, "text/x-plain"),
        ("/plain/tell?a=%ff", 400, "text/x-plain"),
        ("/plain/tell#part", 400, "text/x-plain"),
        ("/plain/guarded", 401, "text/x-plain"),
        ("/plain/fault", 503, "text/x-plain"),
        ("/braced/unknown", 404, "text/x-braced"),
        ("/plain/inner/unknown", 404, "text/x-braced"),
        ("/braced/a%2fb", 400, "text/x-braced"),
        ("/braced/tell?a=%ff", 400, "text/x-braced"),
        ("/braced/guarded", 401, "text/x-braced"),
        ("/braced/fault", 503, "text/x-braced"),
        ("/", 404, "application/problem+json"),
        ("/plainly", 404, "application/problem+json"),
        ("/%2e%2e/plain", 400, "application/problem+json"),
        ("//plain/tell", 400, "application/problem+json"),
    ],
)
def test_a_refusal_has_the_form_of_the_face_whose_prefix_it_is(
    port: int, path: str, status: int, form: str
) -> None:
    reply = ask(port, b"GET " + path.encode() + HEAD + b"\r\n")
    assert (reply.status, reply.headers["content-type"]) == (status, form)


def test_a_known_path_says_which_methods_it_has(port: int) -> None:
    for path, allow, form in (
        (b"/plain/tell", "GET, HEAD, POST", "text/x-plain"),
        (b"/plain/things/1/once", "POST", "text/x-plain"),
        (b"/braced/guarded", "GET, HEAD", "text/x-braced"),
    ):
        for method in (b"DELETE ", b"OPTIONS ", b"PROPFIND "):
            reply = ask(port, method + path + HEAD + b"\r\n")
            assert (reply.status, reply.headers["allow"]) == (405, allow)
            assert reply.headers["content-type"] == form


def test_head_is_answered_as_get_without_its_body(port: int) -> None:
    with Peer(port) as peer:
        for path in (b"/plain/kept", b"/plain/guarded", b"/nowhere"):
            peer.send(b"HEAD " + path + HEAD + b"\r\n")
            raw = b""
            while not raw.endswith(b"\r\n\r\n"):
                raw += peer.socket.recv(1)
            got = ask(port, b"GET " + path + HEAD + b"\r\n")
            for name in ("content-length", "content-type", "www-authenticate"):
                stated = f"{name}: {got.headers.get(name)}\r\n".encode()
                assert (stated in raw) is (name in got.headers)
        peer.send(b"GET /plain/tell" + HEAD + b"\r\n")
        assert peer.reply().json["method"] == "GET"


def test_nothing_to_say_has_no_length(port: int) -> None:
    reply = ask(port, b"GET /plain/nothing" + HEAD + b"\r\n")
    assert reply.status == 204
    assert "content-length" not in reply.headers
    assert "transfer-encoding" not in reply.headers


@pytest.mark.parametrize(
    ("host", "status"),
    [(b"", 400), (b"Host: a\r\nHost: a\r\n", 400), (b"Host: a\r\n", 200), (b"Host:\r\n", 200)],
)
def test_a_request_has_one_host(port: int, host: bytes, status: int) -> None:
    assert ask(port, b"GET /plain/tell HTTP/1.1\r\n" + host + b"\r\n").status == status


def test_an_old_peer_needs_no_host(port: int) -> None:
    (reply,) = ask_all(port, b"GET /plain/tell HTTP/1.0\r\n\r\n")
    assert reply.status == 200


@pytest.mark.parametrize(
    "framed",
    [
        b"Content-Length: 1000\r\n\r\n" + b"x" * 1000,
        b"Transfer-Encoding: chunked\r\n\r\n1F4\r\n%b\r\n1f4;a=b\r\n%b\r\n0\r\n\r\n"
        % (b"x" * 500, b"x" * 500),
    ],
)
def test_a_body_arrives_whole_up_to_its_limit(port: int, framed: bytes) -> None:
    reply = ask(port, b"POST /plain/tell" + HEAD + framed)
    assert reply.json["body"] == "x" * 1000
    assert "connection" not in reply.headers


@pytest.mark.parametrize(
    "framed",
    [
        b"Content-Length: 1001\r\n\r\n",
        b"Content-Length: 3000000\r\n\r\n" + b"x" * 3_000_000,
        b"Content-Length: 999999999999999999\r\n\r\n",
        b"Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + b"x" * 1001,
        b"Transfer-Encoding: chunked\r\n\r\n200000\r\n" + b"x" * 0x200000 + b"\r\n0\r\n\r\n",
    ],
)
@pytest.mark.parametrize(("path", "form"), [(b"/plain", "plain"), (b"/braced", "braced")])
def test_a_larger_body_is_refused_in_the_form_of_its_face_and_ends_the_connection(
    port: int, path: bytes, form: str, framed: bytes
) -> None:
    (reply,) = ask_all(port, b"POST " + path + b"/tell" + HEAD + framed)
    assert (reply.status, reply.headers["content-type"]) == (413, f"text/x-{form}")
    assert reply.headers["connection"] == "close"


def test_a_body_is_asked_for_only_when_it_will_be_read(port: int) -> None:
    expecting = HEAD + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    with Peer(port) as peer:
        peer.send(b"POST /plain/tell" + expecting)
        assert peer.reply().status == 100
        peer.send(b"abc")
        assert peer.reply().json["body"] == "abc"
    with Peer(port) as peer:
        peer.send(b"POST /plain/unknown" + expecting)
        assert peer.reply().status == 404


def test_what_follows_an_unread_body_is_never_taken_for_a_request(port: int) -> None:
    inner = b"GET /plain/tell" + HEAD + b"\r\n"
    length = b"Content-Length: %d\r\n\r\n" % (2 * len(inner))
    last = b"GET /plain/tell?last" + HEAD + b"Connection: close\r\n\r\n"
    replies = ask_all(port, b"POST /plain/unknown" + HEAD + length + inner + inner + last)
    assert replies[0].status == 404
    assert [reply.json["query"] for reply in replies[1:]] in ([], [[["last", ""]]])


def test_a_body_that_stalls_is_refused_and_ends_the_connection() -> None:
    limits = Limits(body_seconds=0.2, linger_seconds=0.1)
    for framed in (b"Content-Length: 9\r\n\r\nx", b"Transfer-Encoding: chunked\r\n\r\n9\r\nx"):
        with serving(Route("POST", "/plain/tell", tell), limits=limits) as port:
            (reply,) = ask_all(port, b"POST /plain/tell" + HEAD + framed)
            assert (reply.status, reply.headers["content-type"]) == (408, "text/x-plain")


def test_a_peer_that_leaves_within_its_body_is_forgotten(port: int) -> None:
    for _ in range(3):
        with Peer(port) as peer:
            peer.send(b"POST /plain/tell" + HEAD + b"Content-Length: 9\r\n\r\nx")
    assert ask(port, b"GET /plain/tell" + HEAD + b"\r\n").status == 200


def test_a_route_with_a_demand_gets_its_caller(port: int) -> None:
    request = b"GET /plain/guarded" + HEAD + b"Authorization: Bearer abc\r\n\r\n"
    assert ask(port, request).json["caller"] == {
        "credential": "abc",
        "spelling": "Authorization: Bearer",
        "route": "GET /plain/guarded",
        "key": None,
        "hash": "",
    }


def test_a_route_with_a_demand_is_not_reached_without_a_credential(port: int) -> None:
    for header, status in (
        (b"", 401),
        (b"Authorization: Token abc\r\n", 401),
        (b"x-access-token: abc\r\n", 401),
        (b"Cookie: session=abc\r\n", 401),
        (b"Authorization: Bearer abc\r\nAuthorization: Bearer abc\r\n", 400),
    ):
        assert ask(port, b"GET /plain/guarded" + HEAD + header + b"\r\n").status == status


def test_a_retry_is_told_from_another_request(port: int) -> None:
    def told(path: bytes, body: bytes, key: bytes = b"Idempotency-Key: k\r\n") -> dict[str, str]:
        length = b"Content-Length: %d\r\n" % len(body)
        bearer = b"Authorization: Bearer abc\r\n"
        reply = ask(port, b"POST " + path + HEAD + bearer + key + length + b"\r\n" + body)
        caller: dict[str, str] = reply.json["caller"]
        return caller

    first = told(b"/plain/things/1/once?a=b", b"body")
    assert first["key"] == "k"
    assert first["route"] == "POST /plain/things/{thing_id}/once"
    parts = (b"POST", b"/plain/things/1/once", b"a", b"b", b"body")
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    assert first["hash"] == hashlib.sha256(framed).hexdigest()
    assert told(b"/plain/things/1/once?a=b", b"body") == first
    for path, body in (
        (b"/plain/things/2/once?a=b", b"body"),
        (b"/plain/things/1/once?a=c", b"body"),
        (b"/plain/things/1/once?ab=", b"body"),
        (b"/plain/things/1/once?a=b", b"Body"),
    ):
        assert told(path, body)["hash"] != first["hash"]
    assert told(b"/plain/freely", b"", b"Idempotency-Key: a b\r\n")["key"] is None


@pytest.mark.parametrize("key", [b"", b"a b", b"x" * 256, b"\xe9"])
def test_a_malformed_idempotency_key_is_refused(port: int, key: bytes) -> None:
    sent = HEAD + b"Authorization: Bearer abc\r\nIdempotency-Key: " + key + b"\r\n\r\n"
    assert ask(port, b"POST /plain/things/1/once" + sent).status == 400


@pytest.mark.parametrize(
    "path", [b"/plain/fault", b"/braced/fault", b"/plain/no-answer", b"/plain/split"]
)
def test_an_unknown_fault_is_inability_and_tells_nothing_of_itself(port: int, path: bytes) -> None:
    reply = ask(port, b"GET " + path + HEAD + b"\r\n")
    assert reply.status == 503
    assert reply.headers["retry-after"] == "1"
    assert "set-cookie" not in reply.headers
    for word in (SECRET, "Error", "Traceback", "fault"):
        assert word.encode() not in reply.body


def test_an_unknown_fault_is_logged_once_under_the_id_that_the_peer_has(port: int) -> None:
    presented = "a-word-that-no-identifier-spells"
    bearer = f"Authorization: Bearer {presented}\r\n\r\n".encode()
    with structlog.testing.capture_logs() as logged:
        reply = ask(port, b"GET /plain/fault" + HEAD + bearer)
    (event,) = logged
    assert event["request_id"] == reply.headers["x-request-id"]
    assert event["fault"] == "KeyError"
    assert "in work" in event["trace"]
    assert presented not in json.dumps(event)


def test_inability_says_when_to_ask_again(port: int) -> None:
    reply = ask(port, b"GET /plain/unable" + HEAD + b"\r\n")
    assert (reply.status, reply.body) == (503, b"plain: later")
    assert reply.headers["retry-after"] == "1"
    assert ask(port, b"GET /plain/slow-down" + HEAD + b"\r\n").headers["retry-after"] == "7"


def test_a_face_that_cannot_even_refuse_is_spoken_for() -> None:
    def refuse(_: Request, __: object) -> Answer:
        raise RuntimeError(SECRET)

    face = Face("broken", ("/broken",), (), refuse, frozenset())
    with Background(Boundary(UNASKED, (face,))) as served:
        reply = ask(served.port, b"GET /broken" + HEAD + b"\r\n")
    assert (reply.status, reply.headers["content-type"]) == (503, "application/problem+json")


def test_a_full_queue_refuses_at_once_and_everything_recovers() -> None:
    gate = Gate()
    routes = (Route("GET", "/plain/hold", does(gate.hold)), Route("GET", "/plain/tell", tell))
    with serving(*routes, limits=Limits(threads=2, queue=1)) as port:
        holding = [Peer(port) for _ in range(3)]
        for peer in holding:
            peer.send(b"GET /plain/hold" + HEAD + b"\r\n")
        gate.wait_for(2)
        for _ in range(3):  # no thread is needed for this, and what came earlier is taken by then
            assert ask(port, b"GET /plain/unknown" + HEAD + b"\r\n").status == 404
        full = ask(port, b"GET /plain/tell" + HEAD + b"\r\n")
        assert (full.status, full.headers["retry-after"]) == (503, "1")
        gate.open()
        for peer in holding:
            assert peer.reply().body == b"held"
            peer.socket.close()
        assert ask(port, b"GET /plain/tell" + HEAD + b"\r\n").status == 200


def test_who_is_too_many_is_refused_unread_and_his_connection_goes_on() -> None:
    gate, told = Gate(), list[str]()
    post = does(lambda: told.append("done") or OK)
    routes = (
        Route("GET", "/plain/hold", does(gate.hold)),
        Route("POST", "/plain/do", post, body_limit=10),
    )
    body = b"Content-Length: 2\r\n\r\n{}"
    with (
        capture_logs() as logged,
        serving(*routes, limits=Limits(threads=1, queue=0)) as port,
        Peer(port) as holding,
        Peer(port) as peer,
    ):
        holding.send(b"GET /plain/hold" + HEAD + b"\r\n")
        gate.wait_for(1)
        for _ in range(5):
            peer.send(b"POST /plain/do" + HEAD + body)
            refused = peer.reply()
            assert (refused.status, refused.body) == (503, b"plain: later")
            assert refused.headers["retry-after"] == "1"
            assert "connection" not in refused.headers
        assert told == []
        gate.open()
        assert holding.reply().body == b"held"
        peer.send(b"POST /plain/do" + HEAD + body)
        assert peer.reply().body == b"ok"
    assert [(one["event"], one["refused"]) for one in logged] == [("busy", 1)]


def test_a_delayed_answer_holds_no_thread() -> None:
    handled = threading.Semaphore(0)
    order: list[str] = []

    def late() -> Answer:
        handled.release()
        return Answer(200, delay=60.0)

    def refused_late() -> Answer:
        handled.release()
        raise Refused(Code.TOO_MANY, "later", delay=2.0)

    def get(port: int, path: str) -> None:
        ask(port, f"GET {path}".encode() + HEAD + b"\r\n")
        order.append(path)

    routes = (
        Route("GET", "/plain/late", does(late)),
        Route("GET", "/plain/refused", does(refused_late)),
        Route("GET", "/plain/tell", does(lambda: OK)),
    )
    slow = ("/plain/late", "/plain/refused")
    with serving(*routes, limits=Limits(threads=1, queue=2)) as port:
        waiting = [threading.Thread(target=get, args=(port, path)) for path in slow]
        for thread in waiting:
            thread.start()
        for _ in slow:
            assert handled.acquire(timeout=30)
        get(port, "/plain/tell")
        for thread in waiting:
            thread.join()
    assert order[0] == "/plain/tell"
    assert sorted(order[1:]) == sorted(slow)


def test_a_websocket_is_refused(port: int) -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    key = b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    (reply,) = ask_all(port, b"GET /plain/unknown" + HEAD + upgrade + key)
    assert reply.status == 404


def test_before_there_is_an_authority_only_what_needs_none_is_served():
    routes = (
        Route("GET", "/plain/early", Early(lambda request: Answer(200, request.id.encode()))),
        Route("GET", "/plain/tell", tell),
        Route("GET", "/plain/guarded", tell, DEMAND),
    )
    early, late = b"GET /plain/early" + HEAD, (b"GET /plain/tell", b"GET /plain/guarded")
    with Background(Boundary(None, (plain(*routes),))) as served:
        assert ask(served.port, early + b"\r\n").status == 200
        for path in late:
            refused = ask(served.port, path + HEAD + b"\r\n")
            assert (refused.status, refused.body) == (503, b"plain: later")
        unknown = ask(served.port, b"GET /plain/nowhere" + HEAD + b"\r\n")
        assert unknown.status == 404
    with Background(Boundary(UNASKED, (plain(*routes),))) as served:
        assert ask(served.port, early + b"\r\n").status == 200
        assert ask(served.port, late[0] + HEAD + b"\r\n").status == 200
        assert ask(served.port, late[1] + HEAD + b"\r\n").status == 401
