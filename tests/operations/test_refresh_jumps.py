"""A clock that jumps between a redemption and its retry: what the client gets then.

Both engines with their own clocks, moved by hand; a process that is started anew is a new node.
"""

import time
from typing import Final

import pytest

from jumping import Node, Scene
from renewing import App, Apps, apps
from stage import with_demand
from tokenhouse import housekeeping
from tokenhouse.core.client import REFRESH_LIFETIME
from tokenhouse.core.credential import fingerprint
from tokenhouse.core.events import Name
from tokenhouse.core.judge import Demand, Reason
from tokenhouse.core.kind import Asker, Door
from tokenhouse.core.moment import DAY, HOUR, MINUTE, SECOND
from tokenhouse.core.redemption import GRACE
from tokenhouse.core.refusal import Unavailable
from witness import PATIENCE_SECONDS

SMALL: Final = (-59 * SECOND, -30 * SECOND, 30 * SECOND, 60 * SECOND)
FORWARDS: Final = (5 * MINUTE, 3 * HOUR, 40 * DAY)
BACKWARDS: Final = (-75 * SECOND, -HOUR, -40 * DAY)


def refuses(app: App, node: Node) -> bool:
    """Whether nothing is decided of any token of the family."""
    for text in app.texts:
        with pytest.raises(Unavailable):
            app.present(node, text)
    return True


def accept(scene: Scene) -> None:
    assert scene.start().clocks.accept() is not None
    assert not scene.node.look()


def ends_where_a_consumed_token_is_late(all_of_them: Apps, scene: Scene) -> None:
    """Of all the clients with a secret goes on with the predecessor of the end."""
    for app in all_of_them:
        public = app is all_of_them.public
        assert app.present(scene.node, app.consumed) == (None if public else app.end)
        assert app.is_alive() is not public
        assert app.present(scene.node, app.older) is None
        assert not app.is_alive()
        assert app.present(scene.node, app.end) is None
    ended = Name.TOKEN_REUSED
    head = scene.stage.store.head()[0]
    names = [event.name for event in scene.stage.store.events(None, 0, head)]
    assert names.count(ended) == len(all_of_them)


@pytest.mark.parametrize("step", SMALL)
def test_whoever_asks_again_at_once_across_a_small_step_gets_the_same(scene: Scene, step: int):
    all_of_them = apps(scene)
    scene.hand.moved = step
    for app in all_of_them:
        assert app.present(scene.node, app.older) is None
        app.goes_on(scene.node)


@pytest.mark.parametrize("step", SMALL[:2])
def test_so_does_whoever_asks_a_process_that_was_started_after_one_backwards(
    scene: Scene, step: int
):
    all_of_them = apps(scene)
    scene.hand.moved = step
    restarted = scene.start()
    for app in all_of_them:
        assert app.present(restarted, app.older) is None
        app.goes_on(restarted)


@pytest.mark.parametrize("step", FORWARDS[:2])
def test_a_step_forwards_is_no_time_that_a_client_let_pass(scene: Scene, step: int):
    all_of_them = apps(scene)
    scene.hand.moved = step
    for app in all_of_them:
        assert app.present(scene.node, app.older) is None
        app.goes_on(scene.node)


def test_nor_is_it_to_a_process_that_was_started_after_it_was_told(scene: Scene):
    all_of_them = apps(scene)
    scene.hand.moved = HOUR
    assert scene.node.look()
    restarted = scene.start()
    for app in all_of_them:
        assert app.present(restarted, app.older) is None
        app.goes_on(restarted)


@pytest.mark.parametrize("step", [0, *FORWARDS[:2]])
def test_after_a_step_forwards_ten_seconds_are_ten_seconds(scene: Scene, step: int):
    all_of_them = apps(scene)
    scene.hand.moved = step
    assert scene.node.look() is (step > 0)
    scene.hand.passed = GRACE
    ends_where_a_consumed_token_is_late(all_of_them, scene)


@pytest.mark.parametrize("step", BACKWARDS)
def test_while_a_step_backwards_is_refused_nothing_is_decided_and_then_it_goes_on(
    scene: Scene, step: int
):
    all_of_them = apps(scene)
    scene.hand.moved = step
    assert scene.node.look()
    restarted = scene.start()
    head = scene.stage.store.head()[0]
    assert all(refuses(app, node) for app in all_of_them for node in (scene.node, restarted))
    assert scene.stage.store.head()[0] == head
    assert all(app.is_alive() for app in all_of_them)
    accept(scene)
    restarted.look()
    for app, node in zip(all_of_them, (scene.node, restarted, restarted), strict=True):
        assert app.present(node, app.older) is None
        app.goes_on(node)


@pytest.mark.parametrize("step", BACKWARDS)
def test_ten_seconds_after_a_step_backwards_was_accepted_the_grace_is_over(scene: Scene, step: int):
    all_of_them = apps(scene)
    scene.hand.moved = step
    assert scene.node.look()
    accept(scene)
    scene.hand.passed = GRACE
    ends_where_a_consumed_token_is_late(all_of_them, scene)


def test_whoever_keeps_the_first_or_takes_each_new_one_goes_on_after_years_ahead(scene: Scene):
    """As where a machine comes up in another year, serves, and is then set right."""
    scene.hand.moved = 400 * DAY
    keeping, *others = App(scene, slides=True), *apps(scene)
    assert scene.node.look()
    scene.hand.moved = 0
    assert all(refuses(app, scene.node) for app in (keeping, *others))
    accept(scene)
    for app in others:
        app.goes_on(scene.node)
        end = scene.stage.store.find(fingerprint(app.texts[-1]))
        assert end.token.expires_at <= scene.node.now() + REFRESH_LIFETIME, "no longer than others"
    for _ in range(3):
        scene.hand.passed += DAY
        assert keeping.present(scene.node, keeping.consumed) == keeping.end


def test_past_the_end_of_a_family_nothing_is_given_and_once_set_right_it_goes_on(scene: Scene):
    all_of_them = apps(scene)
    scene.hand.moved = REFRESH_LIFETIME + HOUR
    assert scene.node.look()
    for app in all_of_them:
        assert [app.present(scene.node, text) for text in app.texts] == [None] * 3
    scene.hand.moved = 0
    assert all(refuses(app, scene.node) for app in all_of_them)
    accept(scene)
    for app in all_of_them:
        app.goes_on(scene.node)


def test_nothing_of_a_family_is_forgotten_in_a_jump_however_soon_it_would_be(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(housekeeping, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(housekeeping, "LOOKS_A_ROUND", 1)
    all_of_them = apps(scene)
    parts, notes = scene.node.parts, scene.node.authority.notes
    rounds: list[bool] = []

    def write(*, all_of_them: bool) -> None:
        """Right after the clock was looked at, and before anything is forgotten."""
        rounds.append(all_of_them)
        scene.hand.moved = 400 * DAY

    monkeypatch.setattr(notes, "write", write)
    clocks, forget_usage = parts.clocks(), parts.forget_usage()
    with housekeeping.Housekeeping(parts.store, notes, clocks, parts.clock, forget_usage):
        until = time.monotonic() + PATIENCE_SECONDS
        while len(rounds) < 3:
            assert time.monotonic() < until
            time.sleep(0.01)
    scene.hand.moved = 0
    assert scene.node.look()
    accept(scene)
    for app in all_of_them:
        app.goes_on(scene.node)


def test_what_was_regenerated_stays_over_when_the_clock_is_set_back_behind_that(scene: Scene):
    stage, limited = scene.stage, scene.stage.authority.limited
    signed_in = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
    old = stage.issue_limited(stage.session(), "SystemsRead")
    scene.hand.moved = 2 * HOUR
    by = with_demand(stage.session(), signed_in)
    stage.authority.rotate(by, limited, old.described.token.number, None)
    assert stage.verdict(old.secret).reason is Reason.SUPERSEDED
    scene.hand.moved = HOUR
    assert scene.node.look()
    accept(scene)
    assert stage.verdict(old.secret).reason is Reason.SUPERSEDED
