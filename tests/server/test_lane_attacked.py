"""Nothing that a peer or the time does brings the lane to another answer, or to another order."""

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from boundary.toys import Gate, Peer, Reply, does, plain
from conformance.face_suite import FACES
from server.laning import HEAD, LAST, Twice, ask_about, everything, introspect, same, twice, verify
from tokenhouse.boundary import Boundary, Limits, Route
from tokenhouse.core.moment import SECOND
from tokenhouse.core.refusal import Unavailable
from tokenhouse.server import Background


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Twice]:
    with twice(tmp_path) as built:
        yield built


def status(at: Twice, request: bytes) -> int:
    with Peer(at.with_lane) as peer:
        peer.send(request)
        return peer.reply().status


def test_a_slow_request_before_it_is_answered_before_it(at: Twice) -> None:
    gate = Gate()
    slow = plain(Route("GET", "/plain/hold", does(gate.hold)))
    boundary = Boundary(at.at.stage.authority, (*FACES, slow))
    with Background(boundary) as served, Peer(served.port) as peer:
        peer.send(verify(at.token))
        assert peer.reply().status == 200
        peer.send(verify(at.token) + b"GET /plain/hold" + HEAD + b"\r\n" + verify(at.token) * 2)
        assert peer.reply().json["active"]
        gate.wait_for(1)
        peer.send(verify(at.token))
        time.sleep(0.1)
        gate.open()
        assert peer.reply().body == b"held"
        assert all(peer.reply().json["active"] for _ in range(3))
        peer.send(verify(at.token))
        assert peer.reply().json["active"]


@pytest.mark.parametrize("pieces", ["bytes", "head and body", "two at once and a half"])
def test_pieces_make_the_same_answer(at: Twice, pieces: str) -> None:
    request = ask_about(at.token, token=at.token)
    expected = same(everything(at.without, request, LAST))
    whole = request + LAST
    cuts = {
        "bytes": range(1, len(whole)),
        "head and body": [request.index(b"\r\n\r\n") + 4, len(request) - 1],
        "two at once and a half": [len(request) - 20],
    }[pieces]
    marks = [0, *cuts, len(whole)]
    for _ in range(2):
        with Peer(at.with_lane) as peer:
            for start, end in pairwise(marks):
                peer.send(whole[start:end])
                if pieces != "bytes":
                    time.sleep(0.05)
            assert same(peer.until_closed()) == expected


def test_a_body_that_never_comes_is_waited_for_as_everywhere(at: Twice) -> None:
    request = ask_about(at.token, token=at.token)
    with Peer(at.with_lane) as peer:
        peer.send(request[:-1])
        peer.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            peer.socket.recv(1)
        peer.socket.settimeout(30)
        peer.send(request[-1:])
        assert peer.reply().json["active"]
        peer.send(request[:-1])  # and goes
    assert status(at, request) == 200
    hasty = Boundary(at.at.stage.authority, FACES, Limits(body_seconds=0.2))
    with Background(hasty) as served, Peer(served.port) as peer:
        peer.socket.settimeout(5)
        peer.send(request[:-1])
        assert peer.reply().status == 408


def test_what_is_hidden_behind_a_length_is_a_body(at: Twice) -> None:
    hidden = verify(at.token)
    request = verify(at.token, "/v1/verify", f"Content-Length: {len(hidden)}") + hidden
    for port in (at.with_lane, at.with_lane, at.without):
        answers = everything(port, request, LAST)
        assert answers.count(b"HTTP/1.1 200") == 1
        assert answers.count(b"HTTP/1.1 404") == 1


def test_a_hundred_at_once_are_a_hundred_answers_in_order(at: Twice) -> None:
    assert status(at, verify(at.token)) == status(at, introspect(at.client, at.token)) == 200
    with Peer(at.with_lane) as peer:
        peer.send((verify(at.token) + introspect(at.client, at.token)) * 50)
        said = [peer.reply() for _ in range(100)]
    assert [("kind" in one.json, "iss" in one.json) for one in said] == (
        [(True, False), (True, True)] * 50
    )
    assert len({one.headers["x-request-id"] for one in said}) == 100


def test_a_revoked_token_is_refused_by_the_next_request(at: Twice) -> None:
    stage = at.at.stage
    for _ in range(5):
        made = at.at.make("organizational")
        token = made.credential.secret.reveal()
        requests = verify(token), ask_about(at.token, token=token), introspect(at.client, token)
        for request in requests * 2:
            assert status(at, request) == 200
        at.told()
        assert status(at, requests[0]) == 200
        assert at.told() == [True]
        stage.put(replace(made.token, version=made.token.version + 1, revoked_at=1), made.token)
        assert status(at, requests[0]) == 401
        with Peer(at.with_lane) as peer:
            peer.send(requests[1] + requests[2])
            assert [peer.reply().json["active"] for _ in range(2)] == [False, False]
        assert not any(at.told())


def test_a_token_ends_at_its_expiry_and_not_later(at: Twice) -> None:
    stage = at.at.stage
    made = at.at.make("organizational")
    ends = stage.clock.now() + 5 * SECOND
    stage.put(replace(made.token, version=made.token.version + 1, expires_at=ends), made.token)
    request = verify(made.credential.secret.reveal())
    for _ in range(3):
        assert status(at, request) == 200
    stage.clock.moment = ends - 1
    at.told()
    assert status(at, request) == 200
    assert at.told() == [True]
    stage.clock.moment = ends
    assert status(at, request) == 401
    assert at.told() == [False]


def test_who_cannot_confirm_is_not_answered_from_memory(at: Twice) -> None:
    request = verify(at.token)
    assert [status(at, request) for _ in range(2)] == [200, 200]
    follower = at.at.stage.store._follower
    follower._stopping.set()
    follower._thread.join()
    time.sleep(1.1)
    at.told()
    assert status(at, request) == 200
    assert at.told() == [False]


def test_it_answers_though_nothing_can_be_read(at: Twice) -> None:
    """And so reads nothing: whatever goes beyond memory would be 503."""
    requests = verify(at.token), introspect(at.client, at.token)
    for request in requests * 2:
        assert status(at, request) == 200
    snapshots = at.at.stage.store._snapshots
    read, once = snapshots.read, snapshots.once

    def fails(_: object) -> object:
        raise Unavailable("cut off")

    snapshots.read = snapshots.once = fails
    try:
        assert [status(at, request) for request in requests] == [200, 200]
    finally:
        snapshots.read, snapshots.once = read, once


def test_a_connection_that_the_lane_answered_is_ended_when_it_idles(
    at: Twice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tokenhouse.server.lane.KEEP_ALIVE_SECONDS", 0.4)
    assert status(at, verify(at.token)) == 200
    with Peer(at.with_lane) as peer:
        begun = time.monotonic()
        for _ in range(4):
            peer.send(verify(at.token))
            assert peer.reply().status == 200
            time.sleep(0.2)
        assert time.monotonic() - begun > 0.7, "it did not outlive one bound"
        peer.socket.settimeout(5)
        assert peer.until_closed() == b""
        assert time.monotonic() - begun < 3


def test_half_a_head_after_an_answer_is_waited_for_as_long_as_any(
    at: Twice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tokenhouse.server.protocol.HEAD_SECONDS", 0.3)
    assert status(at, verify(at.token)) == 200
    with Peer(at.with_lane) as peer:
        peer.send(verify(at.token) + b"GET /v1/ver")
        assert peer.reply().status == 200
        peer.socket.settimeout(5)
        begun = time.monotonic()
        assert peer.until_closed() == b""
        assert time.monotonic() - begun < 3


def test_a_server_that_stops_leaves_no_answer_half_said(at: Twice) -> None:
    assert status(at, verify(at.token)) == 200  # else the first goes the way of all
    boundary = Boundary(at.at.stage.authority, FACES)
    with Background(boundary) as served, Peer(served.port) as peer:
        peer.send(verify(at.token) * 200)
        time.sleep(0.01)
        served._server.should_exit = True
        said = peer.until_closed()
    while said:
        one = Reply(said)
        assert len(one.body) == int(one.headers["content-length"])
        assert one.json["active"]
        said = one.next


def test_without_it_nothing_is_answered_so(at: Twice) -> None:
    assert Boundary(at.at.stage.authority, FACES, from_memory=False).lane is None


def test_who_is_given_less_is_refused_by_the_next_request(at: Twice) -> None:
    made = at.at.make("personal", at.at.join("Administrator"))
    request = verify(made.credential.secret.reveal(), "/v1/verify/SystemsRead")
    assert [status(at, request) for _ in range(3)] == [200] * 3
    membership = at.at.stage.store.find(made.token.id).standing.membership
    assert membership is not None
    at.at.stage.put(replace(membership, version=membership.version + 1, groups=()), membership)
    assert status(at, request) == 403
