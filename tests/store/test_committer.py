"""Callers wait for a bounded time, in a bounded number, and share their syncs."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import apsw
import pytest

from conformance.world import World
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Committed, Put
from tokenhouse.sharing import SharedThread, shared_thread
from tokenhouse.store import committer, tickets
from tokenhouse.store.sqlite import FILE, SqliteStore
from tokenhouse.store.sqlite.file import connect
from tokenhouse.store.sqlite.writer import SqliteWriter


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    gate = apsw.Connection(str(directory / FILE))
    gate.execute("BEGIN IMMEDIATE")
    yield
    gate.execute("ROLLBACK")
    gate.close()


def _until(true) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def _in_background(store: SqliteStore, world: World, tokens: list[Token]):
    outcomes: dict[object, object] = {}

    def act(token: Token) -> None:
        try:
            outcomes[token.id] = store.commit(world.change(Put(token)))
        except Unavailable as cause:
            outcomes[token.id] = cause

    threads = [Thread(target=act, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    return threads, outcomes


def _begun(store: SqliteStore, world: World, token: Token):
    """The same with one token, which the committer has taken alone."""
    waiting = store._committer._tickets
    before = waiting._taken_at
    started = _in_background(store, world, [token])
    _until(lambda: waiting._taken_at != before)
    return started


def test_who_waited_too_long_is_told_so_and_what_had_not_begun_never_happens(
    world: World, opened: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(committer, "PATIENCE", 0.2)
    waiting = opened._committer._tickets
    begun, queued = world.new_token(), world.new_token()
    with _locked(tmp_path):
        first, told = _begun(opened, world, begun)
        second, told_second = _in_background(opened, world, [queued])
        for thread in (*first, *second):
            thread.join()
        assert isinstance(told[begun.id], Unavailable)
        assert isinstance(told_second[queued.id], Unavailable)
        assert not waiting
    _until(lambda: opened.find(begun.id) is not None)
    monkeypatch.setattr(committer, "PATIENCE", 5.0)
    assert isinstance(world.commit(Put(world.new_token())), Committed)
    assert opened.find(queued.id) is None


def test_only_so_many_may_wait(
    world: World, opened: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tickets, "WAITING", 3)
    waiting = opened._committer._tickets
    with _locked(tmp_path):
        first, told = _begun(opened, world, world.new_token())
        rest, told_rest = _in_background(opened, world, [world.new_token() for _ in range(3)])
        _until(lambda: len(waiting) == 3)
        with pytest.raises(Unavailable, match="too many"):
            opened.commit(world.change(Put(world.new_token())))
    for thread in (*first, *rest):
        thread.join()
    assert all(isinstance(one, Committed) for one in (*told.values(), *told_rest.values()))


def test_many_callers_share_one_batch_of_a_bounded_size(
    world: World, opened: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tickets, "BATCH_CHANGES", 5)
    monkeypatch.setattr(tickets, "BATCH_BYTES", 10_000)
    batches: list[int] = []
    opened.tell(lambda entries: batches.append(len(entries)))
    waiting = opened._committer._tickets
    small = [world.new_token() for _ in range(10)]
    large = [world.new_token(hint="x" * 6_000) for _ in range(2)]
    with _locked(tmp_path):
        first, _ = _begun(opened, world, world.new_token())
        rest, _ = _in_background(opened, world, small)
        _until(lambda: len(waiting) == 10)
        last, _ = _in_background(opened, world, large)
        _until(lambda: len(waiting) == 12)
    for thread in (*first, *rest, *last):
        thread.join()
    assert batches == [5, 5, 2, 1]  # the first one took in those who came while it waited
    assert len({entry.operation_id for entry in opened.feed(0, 100)}) == 1 + len(batches)


def test_a_change_of_any_size_is_committed_alone(world: World):
    assert isinstance(world.commit(Put(world.new_token(hint="x" * 3_000_000))), Committed)


class _Interrupted(SqliteWriter):
    """Loses its transaction once, before COMMIT: as a connection that breaks, or is broken off."""

    times = 1

    def known(self, refs):
        if self.times:
            self.times -= 1
            raise Unavailable
        return super().known(refs)


def test_a_transaction_that_was_lost_before_its_commit_is_run_again(world: World, tmp_path: Path):
    writer = _Interrupted(lambda: connect(tmp_path / FILE))
    alone = committer.Committer(writer, world.clock, os.urandom)
    assert isinstance(alone.commit(world.change(Put(world.new_token()))), Committed)
    writer.times = 2
    with pytest.raises(Unavailable):
        alone.commit(world.change(Put(world.new_token())))
    alone.close()


def test_what_may_be_done_meanwhile_is_done_on_the_shared_thread_while_the_engine_commits(
    world: World, opened: SqliteStore, monkeypatch: pytest.MonkeyPatch
):
    writer, done = opened._committer._writer, Event()
    commit, shared = writer.commit, SharedThread("test", 8)
    told, outcomes = list[SharedThread | None](), list[object]()

    def slowly() -> None:
        assert done.wait(30)
        commit()

    def meanwhile() -> None:
        told.append(shared_thread())
        done.set()

    monkeypatch.setattr(writer, "commit", slowly)
    changes = [world.change(Put(world.new_token())) for _ in range(2)]
    shared.start(lambda: outcomes.append(opened.commit(changes[0], meanwhile)))
    _until(lambda: outcomes)
    assert isinstance(outcomes[0], Committed)
    assert told == [shared]
    assert isinstance(opened.commit(changes[1], meanwhile), Committed)
    assert told == [shared]
    shared.close(30)


def test_what_cannot_be_done_meanwhile_harms_neither_the_commit_nor_who_commits_next(
    world: World, opened: SqliteStore
):
    shared, outcomes = SharedThread("test", 8), list[object]()

    def fails() -> None:
        raise KeyError("meanwhile")

    for _ in range(2):
        change = world.change(Put(world.new_token()))
        shared.start(lambda change=change: outcomes.append(opened.commit(change, fails)))
    _until(lambda: len(outcomes) == 2)
    assert all(isinstance(outcome, Committed) for outcome in outcomes)
    shared.close(30)
