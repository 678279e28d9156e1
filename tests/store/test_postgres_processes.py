"""Several processes on one database: one order, no number twice, no wait for one that stopped."""

import os
import random
import signal
import time
from collections.abc import Iterator
from threading import Event

import psycopg
import pytest

from conformance.world import HandClock, World
from postgres import Server
from store.shared import (
    assert_two_processes_commit_in_one_order,
    assert_whole,
    issuer,
    numbers,
    said,
)
from tokenhouse.clock import SystemClock
from tokenhouse.core.credential import Secret
from tokenhouse.operations.changes import Committed, FeedEntry, Put
from tokenhouse.store.postgres import PostgresStore, open_postgres, writer
from tokenhouse.store.statements import ADVANCE

KILLS = 6
EACH = 40
PATIENCE_SECONDS = 30


@pytest.fixture
def url(postgres: Server) -> Iterator[Secret]:
    with postgres.database() as where:
        yield where


@pytest.fixture
def world(url: Secret) -> Iterator[World]:
    clock = HandClock(SystemClock().now())
    store = open_postgres(url, clock, os.urandom)
    yield World(store, clock)
    store.close()


def test_two_processes_commit_to_one_database_in_one_order(world: World, url: Secret):
    assert_two_processes_commit_in_one_order(world, url.reveal(), EACH)


def test_what_was_acknowledged_survives_kill_9_of_its_process(world: World, url: Secret):
    dice = random.Random(1)
    acknowledged = []
    for _ in range(KILLS):
        program = issuer(url.reveal(), world, 1_000_000)
        assert program.stdout is not None
        told = b"".join(program.stdout.readline() for _ in range(dice.randrange(1, 150)))
        program.kill()
        told += program.stdout.read()
        program.stdout.close()
        program.wait()
        acknowledged += said(told)
    assert len(acknowledged) >= KILLS
    assert len(set(acknowledged)) == len(acknowledged)
    for token_id in acknowledged:
        assert world.store.find(token_id) is not None
    given = numbers(world)
    assert given == list(range(1, len(given) + 1))
    assert_whole(world.store)


def test_a_stopped_process_that_holds_the_writers_lock_lets_others_go_on(world: World, url: Secret):
    program = issuer(url.reveal(), world, 1_000_000)
    assert program.stdout is not None
    told = program.stdout.readline()
    with psycopg.connect(url.reveal(), autocommit=True) as one:
        _stop_within_a_commit(program.pid, one)
        own = [world.commit(Put(world.new_token(expires_at=None))) for _ in range(3)]
        assert all(isinstance(outcome, Committed) for outcome in own)
        program.send_signal(signal.SIGCONT)
        told += b"".join(program.stdout.readline() for _ in range(20))
    program.kill()
    told += program.stdout.read()
    program.stdout.close()
    program.wait()
    for token_id in said(told):
        assert world.store.find(token_id) is not None
    assert_whole(world.store)


def _stop_within_a_commit(pid: int, connection) -> None:
    """Stop the process again and again until it was caught between its BEGIN and its COMMIT."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(0.02)  # whatever it asked before is answered, but nobody reads it
        ((holding,),) = connection.execute(_HOLDING).fetchall()
        if holding:
            return
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.003)
    raise AssertionError("the process was never caught within a commit")


_HOLDING = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND state = 'idle in transaction'
"""


class Ear:
    """Hears what a store is told of."""

    def __init__(self) -> None:
        self.heard: list[FeedEntry] = []
        self._more = Event()

    def __call__(self, entries: tuple[FeedEntry, ...]) -> None:
        self.heard.extend(entries)
        self._more.set()

    def awaits(self, sequence: int) -> bool:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            if any(entry.sequence == sequence for entry in self.heard):
                return True
            self._more.wait(0.1)
            self._more.clear()
        return False


@pytest.fixture
def other(url: Secret, world: World) -> Iterator[PostgresStore]:
    """The store as another process would have it."""
    store = open_postgres(url, world.clock, os.urandom)
    yield store
    store.close()


def test_a_commit_of_another_process_is_told(world: World, other: PostgresStore):
    ear = Ear()
    other.tell(ear)
    outcomes = [world.commit(Put(world.new_token())) for _ in range(5)]
    for outcome in outcomes:
        assert isinstance(outcome, Committed)
        assert ear.awaits(outcome.sequence)


def test_a_commit_whose_notification_is_lost_is_told_all_the_same(
    world: World, other: PostgresStore, monkeypatch: pytest.MonkeyPatch
):
    ear = Ear()
    other.tell(ear)
    monkeypatch.setattr(writer, "_ADVANCE", ADVANCE)
    outcome = world.commit(Put(world.new_token()))
    assert isinstance(outcome, Committed)
    assert ear.awaits(outcome.sequence)


def test_own_commits_are_told_before_they_are_answered(world: World):
    assert isinstance(world.store, PostgresStore)
    ear = Ear()
    world.store.tell(ear)
    for _ in range(3):
        outcome = world.commit(Put(world.new_token()))
        assert isinstance(outcome, Committed)
        assert outcome.sequence in [entry.sequence for entry in ear.heard]


def test_who_cannot_be_told_of_anothers_commit_goes_on_no_more(world: World, other: PostgresStore):
    def fail(_entries: object) -> None:
        raise KeyError

    other.tell(fail)
    assert isinstance(world.commit(Put(world.new_token())), Committed)
    until = time.monotonic() + PATIENCE_SECONDS
    while other.broken is None and time.monotonic() < until:
        time.sleep(0.01)
    assert isinstance(other.broken, KeyError)
