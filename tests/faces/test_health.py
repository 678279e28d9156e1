"""`/livez` and `/readyz`: no credential, no detail, and alive even when nothing else is."""

import json

import pytest

from boundary.toys import HEAD, UNASKED, Gate, Peer, ask, does, plain
from tokenhouse.boundary import Boundary, Limits, Route
from tokenhouse.faces import health
from tokenhouse.operations.ready import Cause, Unready
from tokenhouse.server import Background

LIVE, READY = (b"GET " + path + HEAD + b"\r\n" for path in (b"/livez", b"/readyz"))


@pytest.mark.parametrize("cause", [None, *Unready])
def test_ready_is_200_and_every_cause_is_503_with_its_word_and_nothing_else(cause: Cause):
    with Background(Boundary(None, (health.face(lambda: cause),))) as served:
        reply = ask(served.port, READY)
        assert ask(served.port, LIVE).status == 200
    told = json.loads(reply.body)
    if cause is None:
        assert (reply.status, told) == (200, {"status": "ready"})
        assert "retry-after" not in reply.headers
    else:
        assert (reply.status, told) == (503, {"status": "unready", "cause": cause.value})
        assert reply.headers["retry-after"] == "1"
    assert reply.headers["cache-control"] == "no-store"


def test_it_is_alive_while_every_thread_and_every_place_in_the_queue_is_taken():
    gate = Gate()
    faces = (plain(Route("GET", "/plain/hold", does(gate.hold))), health.face(lambda: None))
    application = Boundary(UNASKED, faces, Limits(threads=1, queue=0))
    with Background(application) as served, Peer(served.port) as held:
        held.send(b"GET /plain/hold" + HEAD + b"\r\n")
        gate.wait_for(1)
        assert ask(served.port, LIVE).status == 200
        assert ask(served.port, READY).status == 503
        gate.open()
        assert held.reply().status == 200


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_other_methods_are_refused(path: str):
    with Background(Boundary(None, (health.face(lambda: None),))) as served:
        reply = ask(served.port, b"POST " + path.encode() + HEAD + b"\r\n")
        assert reply.status == 405
        assert reply.headers["allow"] == "GET, HEAD"
