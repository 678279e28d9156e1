"""What makes us look at a broker, what is judged then, and what becomes of it when that fails."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from brokers.hall import Hall, number, text
from brokers.test_again import ended, revoke, suspend
from brokers.test_staying import begin_anew, remove
from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import HOUR, MINUTE
from tokenhouse.core.refusal import Unavailable
from tokenhouse.enforcing import Enforcing, thread
from tokenhouse.enforcing.api import Unreachable
from tokenhouse.enforcing.listed import Broker, Listed
from tokenhouse.enforcing.look import Look
from tokenhouse.enforcing.watch import Watch
from tokenhouse.operations.device_tokens import Equipped
from tokenhouse.operations.mqtt_staying import Connection

EVERYTHING = None
NOTHING: frozenset = frozenset()
PATIENCE_S = 10


class Faked:
    """A broker with a list of connections, which may tell little or fail."""

    name = "faked"

    def __init__(self, *listed: Listed) -> None:
        self.there = list(listed)
        self.ended: list[str] = []
        self.asked = 0
        self.failing: Exception | None = None
        self.fails_to_end = 0
        self.describes = True

    def listed(self) -> list[Listed]:
        self.asked += 1
        if self.failing is not None:
            raise self.failing
        return list(self.there)

    def described(self, listed: Listed) -> Listed | None:
        if listed.is_mqtt is not None:
            return listed
        return replace(listed, is_mqtt=True) if self.describes else None

    def end(self, listed: Listed) -> bool:
        if self.fails_to_end:
            self.fails_to_end -= 1
            raise Unreachable("answered 500")
        was = len(self.there)
        self.there = [one for one in self.there if one.connection.name != listed.connection.name]
        self.ended.append(listed.connection.name)
        return len(self.there) < was

    def close(self) -> None:
        pass


def connected(name: str, user_name: str, **more: object) -> Listed:
    is_mqtt = more.pop("is_mqtt", True)
    connection = Connection(name, Secret(user_name), f"{name}-id", **more)  # type: ignore[arg-type]
    return Listed(connection, is_mqtt)  # type: ignore[arg-type]


def by_number(equipped: Equipped, name: str = "a", **more: object) -> Listed:
    return connected(name, number(equipped), **more)


def look_at(at: Hall, broker: Broker) -> Look:
    return Look(broker, at.stage.authority.brokers.staying)


def looks(at: Hall, look: Look, touched: frozenset | None = NOTHING) -> int:
    return look(touched, at.stage.clock.now()).ended


# a look


def test_a_look_ends_those_alone_that_may_not_go_on(at: Hall):
    broker = Faked(by_number(at.me), by_number(at.other, "b"), connected("c", "application"))
    look = look_at(at, broker)
    assert looks(at, look, EVERYTHING) == 0
    suspend(at, at.me)
    assert looks(at, look, EVERYTHING) == 1
    assert broker.ended == ["a"]


def test_a_look_judges_what_is_new_and_what_was_touched(at: Hall):
    broker = Faked(by_number(at.me))
    look = look_at(at, broker)
    looks(at, look)
    suspend(at, at.me)
    suspend(at, at.other)
    assert looks(at, look, frozenset({at.other.device.id})) == 0
    assert not look.concerns({at.other.device.id})
    assert look.concerns({at.me.device.id})
    broker.there.append(by_number(at.other, "b"))
    assert looks(at, look) == 1
    assert looks(at, look, frozenset({at.me.device.id})) == 1
    assert broker.ended == ["b", "a"]


def test_what_runs_out_is_due_then(at: Hall):
    broker = Faked(connected("a", at.session()))
    look = look_at(at, broker)
    looks(at, look)
    clock = at.stage.clock
    assert not look.is_due(clock.now())
    clock.moment += 12 * HOUR
    assert look.is_due(clock.now())
    assert looks(at, look) == 1


def test_the_end_is_told_by_whoever_ended_it(at: Hall):
    broker = Faked(by_number(at.me), connected("b", text(at.other)))
    suspend(at, at.me)
    suspend(at, at.other)
    looks(at, look_at(at, broker))
    first, second = sorted(ended(at), key=lambda one: one["details"]["client_id"])
    assert first["subject"] == str(at.me.device.id)
    assert second["subject"] == str(at.other.token.id)
    details = {one: first["details"][one] for one in ("broker", "client_id", "cause", "count")}
    told = {"broker": "faked", "client_id": "a-id", "cause": "holder_suspended", "count": 1}
    assert details == told


def test_what_somebody_else_ended_is_not_told_again(at: Hall, monkeypatch: pytest.MonkeyPatch):
    broker = Faked(by_number(at.me))
    monkeypatch.setattr(broker, "end", lambda _: False)
    suspend(at, at.me)
    assert looks(at, look_at(at, broker)) == 0
    assert ended(at) == []


def test_the_end_of_a_removed_devices_connection_is_told_to_its_organization(at: Hall):
    look = look_at(at, Faked(by_number(at.me)))
    looks(at, look)
    remove(at, at.me)
    assert looks(at, look, EVERYTHING) == 1
    (event,) = ended(at)
    assert event["organization"] == str(at.me.device.organization_id)
    assert event["subject"] == str(at.me.device.id)


def test_what_is_no_mqtt_is_left_alone_whatever_its_name(at: Hall):
    suspend(at, at.me)
    broker = Faked(by_number(at.me, is_mqtt=False))
    look = look_at(at, broker)
    assert looks(at, look) == looks(at, look, EVERYTHING) == 0
    assert broker.ended == []


def test_nobodys_name_ends_anything_before_the_broker_told_what_it_is(at: Hall):
    suspend(at, at.me)
    broker = Faked(by_number(at.me, is_mqtt=None), connected("b", text(at.me), is_mqtt=None))
    broker.describes = False
    look = look_at(at, broker)
    looked = look(NOTHING, 0)
    assert (looked.ended, looked.pending) == (1, True)
    assert broker.ended == ["b"], "a token is nobody's but ours"
    broker.describes = True
    assert looks(at, look) == 1


def test_a_connection_is_judged_anew_once_more_is_told_of_it(at: Hall):
    began = at.stage.clock.moment
    at.stage.clock.moment += 10 * MINUTE
    revoke(at, at.me)
    begin_anew(at, at.me)
    broker = Faked(by_number(at.me))
    look = look_at(at, broker)
    assert looks(at, look) == 0
    broker.there = [by_number(at.me, since=began)]
    assert looks(at, look) == 1


def test_another_connection_under_the_same_name_is_judged_for_itself(at: Hall):
    broker = Faked(by_number(at.me))
    look = look_at(at, broker)
    looks(at, look)
    suspend(at, at.other)
    broker.there = [by_number(at.other)]
    assert looks(at, look) == 1


# the watch


def test_at_first_anything_can_have_been_touched(at: Hall):
    watch = Watch(at.stage.store)
    assert watch.touched() is None
    assert watch.touched() == NOTHING


def test_who_signs_in_touches_nothing_that_was_there(at: Hall):
    watch = Watch(at.stage.store)
    watch.touched()
    at.stage.clock.moment += 2_000_000
    session = at.session()
    assert watch.touched() == NOTHING
    at.at.good("DELETE", "/v1/sessions/current", ("authorization", f"Bearer {session}"))
    assert len(watch.touched() or ()) == 1, "and who signs out at once does"


def test_what_ends_a_token_made_just_before_we_followed_is_seen(at: Hall):
    at.stage.clock.moment += 2_000_000
    session = at.session()
    watch = Watch(at.stage.store)
    watch.touched()
    at.at.good("DELETE", "/v1/sessions/current", ("authorization", f"Bearer {session}"))
    assert watch.touched()


def test_where_the_feed_does_not_reach_back_anything_can_have_been_touched(at: Hall):
    watch = Watch(at.stage.store)
    watch.touched()
    watch._after = at.stage.store.head()[0] + 1_000
    assert watch.touched() is None
    suspend(at, at.me)
    assert at.me.device.id in (watch.touched() or ())


# the thread


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(thread, "LONGEST_PAUSE_SECONDS", 0.05)


@contextmanager
def enforcing(at: Hall, *brokers: Faked) -> Iterator[None]:
    with Enforcing(brokers, at.stage.store, at.stage.clock) as running:
        running.begin(at.stage.authority.brokers.staying)
        yield


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.usefixtures("hurried")
def test_a_change_ends_connections_at_every_broker(at: Hall):
    brokers = Faked(by_number(at.me)), Faked(by_number(at.me))
    with enforcing(at, *brokers):
        until(lambda: all(one.asked for one in brokers))
        suspend(at, at.me)
        until(lambda: all(one.ended for one in brokers))


@pytest.mark.usefixtures("hurried")
def test_who_was_let_in_by_what_is_over_is_ended_soon_after(at: Hall):
    """By what another process remembered: nothing is touched any more."""
    broker = Faked()
    with enforcing(at, broker):
        suspend(at, at.me)
        until(lambda: broker.asked > 1)
        broker.there = [by_number(at.me)]
        until(lambda: broker.ended)


@pytest.mark.usefixtures("hurried")
def test_while_nothing_changes_the_broker_is_left_in_peace(at: Hall, monkeypatch):
    monkeypatch.setattr(thread, "AFTERWARDS_SECONDS", 0.05)
    broker = Faked(by_number(at.me))
    with enforcing(at, broker):
        until(lambda: broker.asked)
        time.sleep(0.2)
        asked = broker.asked
        time.sleep(0.2)
        assert broker.asked == asked


@pytest.mark.usefixtures("hurried")
def test_all_are_judged_now_and_then_whatever_was_touched(at: Hall, monkeypatch):
    monkeypatch.setattr(thread, "AFTERWARDS_SECONDS", 0.01)
    monkeypatch.setattr(thread, "ALL_SECONDS", 0.05)
    broker = Faked(by_number(at.me))
    with enforcing(at, broker):
        until(lambda: broker.asked > 5)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "fault", [Unreachable("refused"), Unavailable("busy"), RuntimeError("unforeseen")]
)
def test_what_fails_is_done_by_and_by_and_told_once(at: Hall, fault: Exception):
    broker = Faked(by_number(at.me))
    with capture_logs() as logs, enforcing(at, broker):
        until(lambda: broker.asked)
        broker.failing = fault
        suspend(at, at.me)
        until(lambda: broker.asked > 10)
        assert not broker.ended
        broker.failing = None
        until(lambda: broker.ended)
    told = [one["event"] for one in logs if "exc_info" not in one]
    assert told == [
        "connections of whoever may not go on are not ended",
        "connections are ended again",
    ]
    assert text(at.me)[:20] not in str(logs)


@pytest.mark.usefixtures("hurried")
def test_one_that_cannot_be_ended_is_tried_again(at: Hall):
    broker = Faked(by_number(at.me), by_number(at.other, "b"))
    with enforcing(at, broker):
        until(lambda: broker.asked)
        broker.fails_to_end = 3
        suspend(at, at.me)
        suspend(at, at.other)
        until(lambda: len(broker.ended) == 2)
    assert {one["details"]["client_id"] for one in ended(at)} == {"a-id", "b-id"}


@pytest.mark.usefixtures("hurried")
def test_an_outage_of_one_broker_is_none_of_anothers(at: Hall):
    down, up = Faked(by_number(at.me)), Faked(by_number(at.me))
    down.failing = Unreachable("refused")
    with enforcing(at, down, up):
        until(lambda: up.asked)
        suspend(at, at.me)
        until(lambda: up.ended)
