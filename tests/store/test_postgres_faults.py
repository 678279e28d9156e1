"""When the server, the line or the answer is lost, nobody is told anything that is not so."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Self
from uuid import UUID

import psycopg
import pytest

from conformance.world import HandClock, World
from cutting import Cutter, cutter
from postgres import Server, server
from store.shared import assert_a_bad_change_fails_alone, assert_whole, numbers
from tokenhouse.core.credential import Secret
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Committed, Put
from tokenhouse.store.postgres import open_postgres

CUTS = 50
THREADS = 6
CRASHES = 3
PATIENCE_SECONDS = 30


class Issuers:
    """Threads that issue tokens without a rest, and note what they were answered."""

    def __init__(self, world: World) -> None:
        self.committed: list[UUID] = []
        self.unanswered: list[UUID] = []
        self._world = world
        self._stop = Event()
        self._threads = [Thread(target=self._work) for _ in range(THREADS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while not self._stop.is_set():
            token = self._world.new_token(expires_at=None)
            try:
                outcome = self._world.commit(Put(token))
            except Unavailable:
                self.unanswered.append(token.id)
                time.sleep(0.01)
            else:
                assert isinstance(outcome, Committed)
                self.committed.append(token.id)

    def more(self, number: int) -> None:
        """Wait until so many more were acknowledged."""
        until, wanted = time.monotonic() + PATIENCE_SECONDS, len(self.committed) + number
        while len(self.committed) < wanted:
            assert time.monotonic() < until, "nothing is acknowledged any more"
            time.sleep(0.001)


def _is_kept_once(world: World, issuers: Issuers) -> None:
    """All that was acknowledged is there, and nothing twice; the rest either is or is not."""
    listed = numbers(world)
    assert listed == list(range(1, len(listed) + 1))
    assert len(issuers.committed) <= len(listed)
    assert len(listed) <= len(issuers.committed) + len(issuers.unanswered)
    for token_id in issuers.committed:
        assert world.store.find(token_id) is not None
    assert_whole(world.store)


@pytest.fixture
def through(postgres: Server) -> Iterator[tuple[Cutter, World]]:
    """A world whose store speaks through a proxy that can cut it off."""
    with postgres.database() as url, cutter(postgres) as proxy:
        name = url.reveal().partition("@/")[2].partition("?")[0]
        clock = HandClock()
        store = open_postgres(proxy.url(name), clock, os.urandom)
        yield proxy, World(store, clock)
        store.close()


@pytest.mark.parametrize("way", ["answer", "question"])
def test_of_50_commits_that_are_cut_off_none_is_lost_and_none_is_done_twice(
    through: tuple[Cutter, World], way: str
):
    proxy, world = through
    with Issuers(world) as issuers:
        while proxy.cuts < CUTS:
            proxy.cut_answer() if way == "answer" else proxy.cut_question()
            until = time.monotonic() + PATIENCE_SECONDS
            while proxy.armed:
                assert time.monotonic() < until, "nobody commits any more"
                time.sleep(0.001)
            issuers.more(3)
    assert proxy.cuts == CUTS
    assert issuers.unanswered == []
    _is_kept_once(world, issuers)


def test_what_was_acknowledged_survives_the_sudden_death_of_the_server():
    with server() as own:
        clock = HandClock()
        store = open_postgres(own.url(own.new_database()), clock, os.urandom)
        world = World(store, clock)
        with Issuers(world) as issuers:
            for _ in range(CRASHES):
                issuers.more(30)
                own.stop("immediate")
                own.start()
            issuers.more(30)
        assert store.broken is None
        _is_kept_once(world, issuers)
        store.close()


def test_a_server_that_is_gone_makes_us_unavailable_and_its_return_heals_everything():
    with server() as own:
        clock = HandClock()
        store = open_postgres(own.url(own.new_database()), clock, os.urandom)
        world = World(store, clock)
        token = world.issue()
        own.stop("fast")
        for ask in (
            lambda: store.find(token.id),
            store.head,
            lambda: store.commit(world.change(Put(world.new_token()))),
            lambda: store.purge(clock.moment, {}, 10),
        ):
            with pytest.raises(Unavailable):
                ask()
        own.start()
        assert isinstance(world.commit(Put(world.new_token())), Committed)
        found = store.find(token.id)
        assert found is not None
        assert found.token == token
        assert store.broken is None
        store.close()


@pytest.fixture
def url(postgres: Server) -> Iterator[Secret]:
    with postgres.database() as where:
        yield where


@pytest.fixture
def world(url: Secret) -> Iterator[World]:
    clock = HandClock()
    store = open_postgres(url, clock, os.urandom)
    yield World(store, clock)
    store.close()


@contextmanager
def _held(url: Secret) -> Iterator[None]:
    """Hold the writers' lock as an operator can, whom no time-out ends."""
    with psycopg.connect(url.reveal()) as gate:
        gate.execute("SELECT * FROM tokenhouse.head FOR UPDATE")
        yield
        gate.rollback()


def test_a_lock_that_others_hold_for_long_makes_us_unavailable(world: World, url: Secret):
    token = world.new_token()
    with _held(url):
        with pytest.raises(Unavailable):
            world.commit(Put(token))
        assert world.store.find(token.id) is None
    assert isinstance(world.commit(Put(token)), Committed)


def test_a_bad_change_fails_alone(world: World, url: Secret):
    assert_a_bad_change_fails_alone(world, _held(url))


def test_no_error_quotes_a_row(world: World):
    token: Token = world.new_token(fingerprint=b"not 32 bytes", hint="planted")
    with pytest.raises(ValueError, match="the schema refuses") as refused:
        world.commit(Put(token))
    assert refused.value.__cause__ is None
    assert "planted" not in str(refused.value)


def test_closing_finishes_what_waits_and_takes_nothing_more(world: World, url: Secret):
    outcomes: list[object] = []
    threads = [
        Thread(target=lambda: outcomes.append(world.commit(Put(world.new_token()))))
        for _ in range(20)
    ]
    closing = Thread(target=world.store.close)
    with _held(url):
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        closing.start()
    for thread in (*threads, closing):
        thread.join()
    assert [type(outcome) for outcome in outcomes] == [Committed] * 20
    with pytest.raises(Unavailable):
        world.commit(Put(world.new_token()))
