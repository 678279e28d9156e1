"""A request that is known by its bytes is known only where these bytes are a request."""

import socket
import time
from collections.abc import Callable, Iterator

import pytest

from boundary.toys import Gate, Peer, does, plain
from conformance.face_suite import FACES
from server.laning import HEAD, Twice, twice, verify
from server.scenes import Scene, asked
from tokenhouse.boundary import Boundary, Route
from tokenhouse.server import Background
from tokenhouse.server.lane import MAX_LANE_REQUEST, MAX_NAMED_REQUEST

PAUSE = 0.05
"""Seconds after which what was sent has been read by itself."""
MANY = 20_000
"""Answers that no buffer has room for."""


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    with twice(tmp_path_factory.mktemp("known")) as built:
        yield built


@pytest.fixture(scope="module")
def known(at: Twice) -> bytes:
    request = verify(at.token)
    for _ in range(3):
        assert asked(at, request)[0] == 200
    before = at.lane.known
    assert asked(at, request)[0] == 200
    assert at.lane.known == before + 1
    return request


Before = Callable[[bytes], bytes]
LONG = b"POST /v1/verify" + HEAD + b"Content-Length: %d\r\n\r\n"
CLOSING = b"GET /v1/verifying" + HEAD + b"Connection: close\r\n\r\n"
UPGRADE = b"GET /v1/verifying" + HEAD + b"Connection: Upgrade\r\nUpgrade: x\r\n\r\n"

PARTS: dict[str, tuple[Before, list[int]]] = {
    "in a header": (lambda _: b"GET /v1/verifying" + HEAD + b"X: ", [400]),
    "behind half a method": (lambda _: b"GE", [400]),
    "in a target": (lambda _: b"GET /v1/", [400]),
    "as a body": (lambda one: LONG % len(one), [401]),
    "as the end of a body": (lambda one: LONG % (len(one) + 1) + b"{", [401]),
    "after the last request": (lambda _: CLOSING, [404]),
    "after a refused upgrade": (lambda _: UPGRADE, [404]),
    "after no request": (lambda _: b"nothing\r\n\r\n", [400]),
    "after an empty line": (lambda _: b"\r\n", [200]),
    "after another": (lambda _: b"GET /v1/verifying" + HEAD + b"\r\n", [404, 200]),
    "after itself": (lambda one: one, [200, 200]),
    "after itself and a half": (lambda one: one + b"GET /v1/verifying" + HEAD + b"X: ", [200, 400]),
}


@pytest.mark.parametrize("kept", [False, True], ids=["on another connection", "on this one"])
@pytest.mark.parametrize("where", PARTS)
def test_bytes_that_are_known_are_what_they_are_there(
    at: Twice, known: bytes, where: str, kept: bool
) -> None:
    before, statuses = PARTS[where]
    told = []
    for port in (at.with_lane, at.without):
        with Peer(port) as peer:
            for _ in range(2 * kept):
                peer.send(known)
                assert peer.reply().status == 200
            peer.send(before(known))
            time.sleep(PAUSE)
            peer.send(known)
            said = peer.answers(len(statuses), 4 * PAUSE)
        told.append([int(one[:3]) for one in said.split(b"HTTP/1.1 ")[1:]])
    assert told == [statuses, statuses]


def test_what_comes_again_and_again_on_a_connection_is_named_twice_alone(
    at: Twice, known: bytes
) -> None:
    other, gone = verify(at.token, "/v1/verify", "X-Other: 1"), b"GET /v1/a" + HEAD + b"\r\n"
    for _ in range(3):
        assert asked(at, other)[0] == 200
    named = []
    with Peer(at.with_lane) as peer:
        for request in (known, known, known, other, known, other, other, known, other, gone, other):
            before = at.lane.named
            peer.send(request)
            peer.reply()
            named.append(at.lane.named - before)
    assert named == [1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1], "what is read in between is forgotten"


def test_a_connection_keeps_one_request_alone_and_none_when_something_else_comes(
    at: Twice, known: bytes
) -> None:
    long = verify(at.token, "/v1/verify", f"X-Long: {'x' * MAX_NAMED_REQUEST}")
    for _ in range(3):
        assert asked(at, long)[0] == 200
    large = verify(at.token, "/v1/verify", f"X-Large: {'x' * MAX_LANE_REQUEST}")
    kept = []
    with Peer(at.with_lane) as peer:
        for request in (known, long, known, b"GET /v1/a" + HEAD + b"\r\n", known, large):
            for _ in range(2):
                peer.send(request)
                peer.reply()
            (one,) = _connections(at)
            kept.append(list(one._named))
    assert kept == [[known], [], [known], [], [known], []]


def test_an_answer_waits_for_those_before_it(at: Twice, known: bytes) -> None:
    gate = Gate()
    slow = plain(Route("GET", "/plain/hold", does(gate.hold)))
    boundary = Boundary(at.at.stage.authority, (*FACES, slow))
    with Background(boundary) as served, Peer(served.port) as peer:
        for _ in range(3):
            peer.send(known)
            assert peer.reply().json["active"]
        peer.send(b"GET /plain/hold" + HEAD + b"\r\n")
        gate.wait_for(1)
        for _ in range(3):
            peer.send(known)
            time.sleep(PAUSE)
        gate.open()
        assert peer.reply().body == b"held"
        assert all(peer.reply().json["active"] for _ in range(3))


def test_whoever_does_not_read_is_not_answered_without_bound(at: Twice, known: bytes) -> None:
    with Peer(at.with_lane) as peer:
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.send(known)
        time.sleep(PAUSE)
        (one,) = [each for each in _connections(at) if each._answered]
        for _ in range(MANY):
            if one.flow.write_paused:
                break
            peer.send(known)
            time.sleep(0.0005)  # each in a piece of its own
        assert one.flow.write_paused
        time.sleep(PAUSE)
        before = at.lane.known
        for _ in range(5):
            peer.send(known)
            time.sleep(PAUSE)
        assert at.lane.known == before


def test_what_one_address_was_answered_no_other_is(at: Twice) -> None:
    made = at.at.make("organizational")
    there = Scene(at, made, made, at.client)
    there.change(made.token, addresses=("127.0.0.1/32",))
    request = verify(made.credential.secret.reveal())
    for _ in range(4):
        assert asked(at, request)[0] == 200
    for bound, status in (("127.0.0.2", 403), ("127.0.0.1", 200)):
        address = ("127.0.0.1", at.with_lane)
        with socket.create_connection(address, 5, (bound, 0)) as elsewhere:
            elsewhere.sendall(request)
            assert elsewhere.recv(1024).startswith(b"HTTP/1.1 %d " % status)


def test_an_answer_too_long_to_be_kept_is_made_anew_and_never_another_one(
    at: Twice, known: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [at.at.make("organizational") for _ in range(2)]
    requests = [verify(one.credential.secret.reveal()) for one in made]
    with monkeypatch.context() as patched:
        patched.setattr("tokenhouse.boundary.lane.MAX_KEPT_BYTES", 100)
        for _ in range(4):
            assert asked(at, known)[0] == 200
            before = at.lane.known
            for request, one in zip(requests, made, strict=True):
                assert str(one.token.id).encode() in asked(at, request)[1]
            assert at.lane.known == before


def test_a_first_request_that_is_known_ends_the_wait_for_one(
    at: Twice, known: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tokenhouse.server.protocol.HEAD_SECONDS", 0.3)
    with Peer(at.with_lane) as peer:
        for before in (b"", b"", b"\r\n", b""):
            peer.send(before)
            time.sleep(PAUSE)
            peer.send(known)
            assert peer.reply().status == 200
            time.sleep(0.15)


def test_a_known_request_ends_the_idling_after_one_that_was_not(
    at: Twice, known: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tokenhouse.server.lane.KEEP_ALIVE_SECONDS", 5)
    with Peer(at.with_lane) as peer:
        for request, status in ((known, 200), (b"GET /v1/a" + HEAD + b"\r\n", 404), (known, 200)):
            peer.send(request)
            assert peer.reply().status == status
            time.sleep(PAUSE)
        (one,) = [each for each in _connections(at) if each._answered]
        assert one.timeout_keep_alive_task is None
        assert one._head_timer is None
        assert one._idle_timer is not None


def test_a_request_after_one_for_something_else_is_read_once_and_known_again(
    at: Twice, known: bytes
) -> None:
    other, fresh = b"GET /v1/a" + HEAD + b"\r\n", verify(at.token, "/v1/verify", "X-Fresh: 1")
    requests = [(known, 200), (other, 404), (known, 200), (known, 200), (other, 404)]
    before, kept = at.lane.known, len(at.lane.kept)
    with Peer(at.with_lane) as peer:
        for request, status in [*requests, (fresh, 200), (fresh, 200)]:
            peer.send(request)
            assert peer.reply().status == status
            time.sleep(PAUSE)
    assert at.lane.known == before + 3, "the first, the one after it was read, and the last"
    assert len(at.lane.kept) == kept + 1


def _connections(at: Twice) -> list:
    return list(at.servers[0]._server.server_state.connections)
