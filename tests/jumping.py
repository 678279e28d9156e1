"""A firm on either engine, and nodes over its store that go by one clock, moved by hand."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from engines import forgetful
from stage import Stage
from tokenhouse import clock
from tokenhouse.clock import StoreClock, SystemClock
from tokenhouse.core.moment import Moment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.operations import Authority
from tokenhouse.store.postgres import PostgresAttempts, open_postgres
from tokenhouse.store.sqlite import SqliteAttempts, open_sqlite
from tokenhouse.wiring import Parts, build


class Hand:
    """By how much the clock of all nodes is moved, in microseconds, and what passed besides.

    What passed is time to every clock, also to that which nobody can set.
    """

    moved = 0
    passed = 0


class Node:
    """One process over the store, as far as it goes by a clock."""

    def __init__(self, parts: Parts, authority: Authority) -> None:
        self.parts = parts
        self.authority = authority
        self.clocks = parts.clocks()

    def look(self) -> bool:
        """What housekeeping does each second."""
        return self.clocks.watch()

    def now(self) -> Moment:
        return self.parts.clock.now()

    def refuses(self) -> bool:
        try:
            self.now()
        except Unavailable:
            return True
        return False


class Scene:
    """A firm, and nodes over its store that all go by one moved clock."""

    def __init__(self, stage: Stage, hand: Hand, start: Callable[[], Node]) -> None:
        self.stage = stage
        self.hand = hand
        self.start = start
        self.node = Node(stage.parts, stage.authority)


def _moved_system_clock(hand: Hand) -> SystemClock:
    class Moved(SystemClock):
        _unlooked_ns = 0

        def _read(self, uptime: int) -> Moment:
            return super()._read(uptime) + hand.moved + hand.passed

    return Moved()


def _moved_store_clock(hand: Hand) -> StoreClock:
    class Moved(StoreClock):
        _unlooked_ns = 0

        def measured(self, moment: Moment) -> None:
            super().measured(moment + hand.passed)

        def _read(self, uptime: int) -> Moment:
            return super()._read(uptime) + hand.moved

    return Moved()


@pytest.fixture(params=["sqlite", "postgres"])
def scene(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    hand, uptime = Hand(), clock.uptime
    monkeypatch.setattr(clock, "uptime", lambda: uptime() + 1000 * hand.passed)
    moved = _moved_store_clock if request.param == "postgres" else _moved_system_clock

    with ExitStack() as stack:
        if request.param == "postgres":
            url = stack.enter_context(request.getfixturevalue("postgres").database())

        def opened() -> tuple:
            followed = moved(hand)
            if request.param == "postgres":
                store, attempts = open_postgres(url, followed, os.urandom), PostgresAttempts(url)
            else:
                store = open_sqlite(tmp_path, followed, os.urandom)
                attempts = SqliteAttempts(tmp_path / "attempts.db")
            forgetful(store)
            stack.callback(attempts.close)
            stack.callback(store.close)
            floor = store.floor()
            followed.hold_floor(floor.moment, floor.accepted)
            return store, attempts, followed

        stage = Stage(*opened(), tmp_path)

        def start() -> Node:
            store, attempts, followed = opened()
            parts = Parts(
                *(store, attempts, stage.parts.usage, followed, os.urandom),
                *(stage.parts.hasher, stage.parts.smith),
            )
            return Node(parts, build(parts, stage.authority.deployment))

        yield Scene(stage, hand, start)
