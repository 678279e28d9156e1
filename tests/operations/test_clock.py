"""A clock that jumps: who refuses, who waits, who notices, and what accepting it does.

Both engines with their own clocks, moved by hand, and two nodes over each store.
"""

import json
import os
import time
from pathlib import Path
from threading import Event

import pytest

from conformance.wire import Wire
from jumping import Scene
from stage import ADMINISTRATOR, PASSWORD, caller
from tokenhouse import housekeeping
from tokenhouse.boundary import Boundary
from tokenhouse.clock import SystemClock
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Name
from tokenhouse.core.judge import Reason
from tokenhouse.core.kind import Spelling
from tokenhouse.core.moment import HOUR, MINUTE, SECOND
from tokenhouse.faces import health
from tokenhouse.housekeeping import Housekeeping
from tokenhouse.operations.sign_in import Credentials
from tokenhouse.serving.process import FACES
from tokenhouse.store.sqlite import open_sqlite
from tokenhouse.wiring import Parts

PATIENCE_SECONDS = 5
DOORS = (
    ("GET", "/account/tokens"),
    ("GET", "/v1/verify"),
    ("GET", "/v1/verify/SystemsRead"),
    ("POST", "/v1/verify"),
    ("DELETE", "/v1/sessions/current"),
    ("GET", "/.well-known/jwks.json"),
)


def details(scene: Scene) -> dict[str, int]:
    """The details of the last event."""
    head = scene.stage.store.head()[0]
    (event,) = scene.stage.store.events(None, head - 1, 1)
    body = json.loads(event.body or "")
    assert body["actor"] is None
    assert set(body["details"]) == {"moment_before", "moment_after"}
    return body["details"]


def test_every_door_is_503_while_the_clock_is_back_and_open_again_once_it_is_right(scene: Scene):
    session = scene.stage.session(ADMINISTRATOR)
    bearers = [session.credential.reveal(), "thp_unknown", "tho_" + "x" * 40]
    ready = scene.stage.parts.ready()
    wire = Wire(Boundary(scene.stage.authority, (*FACES, health.face(ready))))
    sign_in = json.dumps({"email": ADMINISTRATOR, "password": PASSWORD}).encode()
    as_json = ("content-type", "application/json")
    asked = json.dumps({"token": bearers[1]}).encode()

    def statuses() -> set[int]:
        found = {wire("POST", "/v1/sessions", [as_json], sign_in).status}
        for method, path in DOORS:
            body = asked if method == "POST" else b""
            found |= {
                wire(method, path, [("authorization", f"Bearer {one}"), as_json], body).status
                for one in bearers
            }
        return found

    scene.hand.moved = -HOUR
    assert statuses() == {503}
    unready = wire("GET", "/readyz")
    assert (unready.status, json.loads(unready.body)["cause"]) == (503, "clock")
    assert wire("GET", "/livez").status == 200
    scene.hand.moved = 0
    assert 503 not in statuses()
    assert wire("GET", "/readyz").status == 200
    wire.close()


def test_a_clock_set_back_is_told_so_that_a_later_start_refuses_as_well(scene: Scene):
    scene.hand.moved = -HOUR // 2
    head = scene.stage.store.head()[0]
    assert scene.node.look()
    assert scene.node.look()
    (event,) = scene.stage.store.events(None, head, 10)
    assert event.name == Name.CLOCK_JUMPED, "told once"
    told = details(scene)
    assert abs(told["moment_before"] - told["moment_after"] - HOUR // 2) < SECOND
    assert event.moment == told["moment_before"]
    later = scene.start()
    assert later.refuses()
    assert later.clocks.shown().needs_acceptance


def test_a_second_step_back_is_told_though_the_first_was_not_accepted(scene: Scene):
    scene.hand.moved = -HOUR
    assert scene.node.look()
    for seconds in (0, 50, 100, 150):
        scene.hand.moved = seconds * SECOND
        assert not scene.node.refuses()
    scene.hand.moved = 60 * SECOND
    assert scene.node.look()
    assert scene.start().refuses()


def test_accepted_by_one_process_the_others_go_on_by_themselves(scene: Scene):
    other = scene.start()
    other.now()
    token = scene.stage.issue(scene.stage.session(ADMINISTRATOR, "AccountTokenWrite")).secret
    scene.hand.moved = -HOUR
    assert scene.node.look()
    assert scene.node.refuses()
    assert other.refuses()
    accepted = scene.start().clocks.accept()
    assert accepted is not None
    assert abs(accepted.head - accepted.clock - HOUR) < MINUTE
    assert details(scene) == {"moment_before": accepted.head, "moment_after": accepted.clock}
    for node in (scene.node, other):
        assert not node.look()
        assert abs(node.now() - accepted.clock) < MINUTE
    assert scene.stage.verdict(token).reason is Reason.NOT_YET_VALID, "it was made an hour ahead"
    # From another network: here, guesses counted in the hour ahead are in the way for a while.
    elsewhere = Credentials(ADMINISTRATOR, Secret(PASSWORD), None, "198.51.100.1")
    session = scene.stage.authority.sign_in(elsewhere).secret
    again = scene.stage.issue(caller(session, Spelling.BEARER, "AccountTokenWrite")).secret
    assert scene.stage.verdict(again).allowed
    assert scene.stage.store.head()[1] < accepted.clock + MINUTE
    scene.hand.moved = 0
    assert scene.stage.verdict(token).allowed


def test_what_needs_no_acceptance_is_left_as_it_is(scene: Scene):
    head = scene.stage.store.head()
    for moved in (0, -30 * SECOND, 30 * SECOND):
        scene.hand.moved = moved
        scene.node.look()
        assert scene.node.clocks.accept() is None
        assert not scene.node.clocks.shown().needs_acceptance
    assert scene.stage.store.head() == head


def test_forwards_everything_goes_on_and_it_is_told_for_good(scene: Scene):
    session = scene.stage.session(ADMINISTRATOR, "AccountTokenWrite")
    scene.hand.moved = HOUR
    assert scene.node.look()
    assert scene.stage.verdict(scene.stage.issue(session).secret).allowed
    assert scene.stage.parts.ready()() is None
    restarted = scene.start()
    assert restarted.look(), "a restart forgets nothing"
    assert restarted.clocks.shown().needs_acceptance
    assert restarted.clocks.accept() is not None
    assert not restarted.look()
    assert not scene.node.look()
    assert scene.node.clocks.accept() is None


def test_purges_wait_for_the_acceptance_of_a_jump_forwards(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(housekeeping, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(housekeeping, "LOOKS_A_ROUND", 1)
    store, parts = scene.stage.store, scene.stage.parts
    purged, rounds = Event(), []
    write = scene.stage.authority.notes.write
    monkeypatch.setattr(store, "purge", lambda *_: purged.set() or 0)
    monkeypatch.setattr(
        scene.stage.authority.notes, "write", lambda **named: rounds.append(1) or write(**named)
    )
    scene.node.now()
    scene.hand.moved = HOUR
    notes, forget_usage = scene.stage.authority.notes, parts.forget_usage()
    with Housekeeping(store, notes, parts.clocks(), parts.clock, forget_usage):
        until = time.monotonic() + PATIENCE_SECONDS
        while len(rounds) < 3 and time.monotonic() < until:
            time.sleep(0.01)
        assert len(rounds) >= 3
        assert not purged.is_set()
        assert scene.start().clocks.accept() is not None
        assert purged.wait(PATIENCE_SECONDS)
    assert capsys.readouterr().out.count("nothing is forgotten until") == 1


def test_the_log_says_once_that_the_clock_is_refused_and_once_that_this_is_over(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(housekeeping, "LOOK_SECONDS", 0.01)
    parts, logged = scene.stage.parts, ""
    scene.node.now()

    def wait_for(words: str) -> str:
        said, until = "", time.monotonic() + PATIENCE_SECONDS
        while words not in said and time.monotonic() < until:
            time.sleep(0.05)
            said += capsys.readouterr().out
        return said

    scene.hand.moved = -HOUR
    notes, forget_usage = scene.stage.authority.notes, parts.forget_usage()
    with Housekeeping(parts.store, notes, parts.clocks(), parts.clock, forget_usage):
        logged += wait_for("is refused")
        assert scene.start().clocks.accept() is not None
        logged += wait_for("followed again")
    assert logged.count("the clock is refused") == 1
    assert "tokenhouse clock accept" in logged
    assert logged.count("followed again") == 1


def test_nobody_tells_of_a_clock_before_there_is_a_deployment(tmp_path: Path):
    clock = SystemClock()
    store = open_sqlite(tmp_path, clock, os.urandom)
    parts = Parts(store, None, None, clock, os.urandom, None, None)  # type: ignore[arg-type]
    clock.now()
    clock._read = lambda _: 0
    assert not parts.clocks().watch()
    assert store.head() == (0, 0)
    store.close()
