"""Guesses are counted atomically, forgotten in time, and lock nobody out."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from conformance.world import HandClock
from postgres import Server
from tokenhouse.operations.ports import Attempts
from tokenhouse.store import attempts
from tokenhouse.store.memory import MemoryAttempts
from tokenhouse.store.postgres import PostgresAttempts, open_postgres
from tokenhouse.store.postgres.connection import STOPPED_MS
from tokenhouse.store.sqlite import SqliteAttempts

NOW = 1_900_000_000_000_000
KEY = b"k" * 32


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def counter(request: pytest.FixtureRequest, postgres: Server, tmp_path: Path) -> Iterator[Attempts]:
    if request.param == "memory":
        yield MemoryAttempts()
        return
    if request.param == "postgres":
        url = postgres.url(postgres.new_database())
        open_postgres(url, HandClock(), os.urandom).close()  # makes the schema
        on_postgres = PostgresAttempts(url)
        yield on_postgres
        on_postgres.close()
        return
    store = SqliteAttempts(tmp_path / "attempts.db")
    yield store
    store.close()


def test_a_burst_is_free_and_then_one_each_interval(counter: Attempts):
    assert [counter.take(KEY, 3, 10, NOW) for _ in range(3)] == [0, 0, 0]
    assert counter.take(KEY, 3, 10, NOW) == 10
    assert counter.take(KEY, 3, 10, NOW + 4) == 6
    assert counter.take(KEY, 3, 10, NOW + 10) == 0
    assert counter.take(KEY, 3, 10, NOW + 10) == 10
    assert [counter.take(KEY, 3, 10, NOW + 1000) for _ in range(4)] == [0, 0, 0, 10]


def test_who_guesses_on_does_not_wait_longer_for_it(counter: Attempts):
    waits = [counter.take(KEY, 2, 10, NOW) for _ in range(100)]
    assert waits == [0, 0] + [10] * 98
    assert counter.take(KEY, 2, 10, NOW + 10) == 0


def test_an_attempt_that_was_no_guess_is_given_back(counter: Attempts):
    for _ in range(50):
        assert counter.take(KEY, 1, 10, NOW) == 0
        counter.give_back(KEY, 10)
    counter.give_back(b"never seen", 10)
    assert counter.take(KEY, 1, 10, NOW) == 0
    assert counter.take(KEY, 1, 10, NOW) == 10


def test_looking_tells_what_an_attempt_would_get_and_counts_nothing(counter: Attempts):
    for _ in range(3):
        for _ in range(5):
            assert counter.waits(((KEY, 3, 10), (b"other", 1, 10)), NOW) == [0, 0]
        counter.take(KEY, 3, 10, NOW)
    assert counter.waits(((b"other", 1, 10), (KEY, 3, 10)), NOW) == [0, 10]
    assert counter.take(KEY, 3, 10, NOW) == 10


def test_keys_are_counted_apart(counter: Attempts):
    assert counter.take(KEY, 1, 10, NOW) == 0
    assert counter.take(b"other", 1, 10, NOW) == 0
    assert counter.take(KEY, 1, 10, NOW) == 10


def test_a_clock_that_was_set_back_locks_nobody_out(counter: Attempts):
    assert [counter.take(KEY, 3, 10, NOW) for _ in range(3)] == [0, 0, 0]
    assert counter.take(KEY, 3, 10, NOW - 10**12) == 10


def test_of_many_at_once_only_the_burst_is_free(counter: Attempts):
    waits: list[int] = []
    threads = [
        Thread(target=lambda: waits.append(counter.take(KEY, 10, 1000, NOW))) for _ in range(64)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert waits.count(0) == 10
    assert waits.count(1000) == 54


def test_too_many_keys_are_forgotten_and_the_most_tried_last(
    counter: Attempts, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(attempts, "MOST_KEYS", 100)
    monkeypatch.setattr(attempts, "FORGOTTEN_AT_ONCE", 50)
    monkeypatch.setattr(attempts, "LOOKS_AT_EVERY", 10)
    for _ in range(5):
        counter.take(KEY, 5, 10, NOW)
    for number in range(500):
        counter.take(number.to_bytes(4, "big"), 5, 10, NOW)
    assert counter.take(KEY, 5, 10, NOW) == 10
    assert counter.take(bytes(4), 1, 10, NOW) == 0


def test_processes_over_one_file_count_together(tmp_path: Path):
    one, other = (SqliteAttempts(tmp_path / "attempts.db") for _ in range(2))
    assert [one.take(KEY, 2, 10, NOW), other.take(KEY, 2, 10, NOW)] == [0, 0]
    assert one.take(KEY, 2, 10, NOW) == 10
    one.close()
    other.close()


def test_a_spoiled_file_begins_anew_and_is_its_owners_alone(tmp_path: Path):
    path = tmp_path / "attempts.db"
    path.write_bytes(b"no database" * 1000)
    path.chmod(0o600)
    store = SqliteAttempts(path)
    assert store.take(KEY, 1, 10, NOW) == 0
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    store.close()


def test_a_transaction_that_the_server_ended_meanwhile_is_done_again(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
):
    """As after a pause of the machine: PostgreSQL ends who holds a row and does nothing."""
    url = postgres.url(postgres.new_database())
    open_postgres(url, HandClock(), os.urandom).close()
    counter, counted, calls = PostgresAttempts(url), attempts.counted, []

    def at_first_late(*asked: int) -> attempts.Counted:
        calls.append(asked)
        if len(calls) == 1:
            time.sleep(STOPPED_MS / 1000 + 0.5)
        return counted(*asked)

    monkeypatch.setattr(attempts, "counted", at_first_late)
    assert counter.take(KEY, 1, 1_000_000, NOW) == 0
    assert len(calls) == 2
    assert counter.take(KEY, 1, 1_000_000, NOW) > 0, "and it was counted"
    counter.close()
