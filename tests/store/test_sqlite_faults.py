"""When the disk or the lock fails, nobody is told anything that is not so."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import apsw
import pytest
from msgspec.structs import replace

from conformance.world import HandClock, World
from store.shared import assert_a_bad_change_fails_alone
from tokenhouse.core.refusal import Unavailable
from tokenhouse.operations.changes import Committed, Conflict, Put
from tokenhouse.store.committer import Committer, Unknown
from tokenhouse.store.sqlite import FILE, SqliteStore, open_sqlite
from tokenhouse.store.sqlite.file import connect
from tokenhouse.store.sqlite.writer import SqliteWriter


class Disk(apsw.VFS):
    """A disk whose syncs fail for the sorts of files that it is told of."""

    def __init__(self) -> None:
        self.fails_for = 0
        self.syncs = 0
        self.name = f"disk{id(self)}"
        super().__init__(self.name, "")

    def xOpen(self, name, flags):  # noqa: N802 -- apsw's name
        return _File(self, name, flags)


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name, flags) -> None:
        super().__init__("", name, flags)
        self.disk = disk
        self.sort = flags[0]

    def xSync(self, flags):  # noqa: N802 -- apsw's name
        self.disk.syncs += 1
        if self.disk.fails_for & self.sort:
            raise apsw.IOError("the disk is on fire")
        return super().xSync(flags)


@pytest.fixture
def disk() -> Iterator[Disk]:
    one = Disk()
    yield one
    one.unregister()


def _committer(world: World, path: Path, disk: Disk) -> Committer:
    writer = SqliteWriter(lambda: apsw.Connection(str(path / FILE), vfs=disk.name))
    return Committer(writer, world.clock, os.urandom)


def test_after_a_failed_sync_nothing_is_ever_acknowledged(world: World, tmp_path: Path, disk: Disk):
    committer = _committer(world, tmp_path, disk)
    assert isinstance(committer.commit(world.change(Put(world.new_token()))), Committed)
    assert committer.broken is None
    for sort in (apsw.SQLITE_OPEN_WAL, 0, 0):
        disk.fails_for = sort
        with pytest.raises(Unavailable):
            committer.commit(world.change(Put(world.new_token())))
        assert committer.broken is not None
    committer.close()


def test_each_commit_is_synced(world: World, tmp_path: Path, disk: Disk):
    committer = _committer(world, tmp_path, disk)
    for _ in range(5):
        before = disk.syncs
        committer.commit(world.change(Put(world.new_token())))
        assert disk.syncs > before
    committer.close()


def test_a_failed_sync_of_a_checkpoint_is_not_swallowed(world: World, tmp_path: Path, disk: Disk):
    committer = _committer(world, tmp_path, disk)
    disk.fails_for = apsw.SQLITE_OPEN_MAIN_DB
    large = [Put(world.new_token(hint="x" * 900_000)) for _ in range(12)]
    assert isinstance(committer.commit(world.change(*large)), Committed)
    deadline = time.monotonic() + 30
    while committer.broken is None and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(Unavailable):
        committer.commit(world.change(Put(world.new_token())))
    disk.fails_for = 0
    committer.close()


def test_a_full_disk_refuses_a_change_and_takes_the_next_one_that_fits(
    world: World, tmp_path: Path
):
    def small() -> apsw.Connection:
        connection = connect(tmp_path / FILE)
        pages = connection.execute("PRAGMA page_count").get
        connection.execute(f"PRAGMA max_page_count = {pages + 20}").fetchall()
        return connection

    committer = Committer(SqliteWriter(small), world.clock, os.urandom)
    before = world.image()
    with pytest.raises(Unavailable):
        committer.commit(world.change(Put(world.new_token(hint="x" * 500_000))))
    assert committer.broken is None
    assert world.image() == before
    assert isinstance(committer.commit(world.change(Put(world.new_token()))), Committed)
    committer.close()


@contextmanager
def _held(directory: Path) -> Iterator[None]:
    gate = apsw.Connection(str(directory / FILE))
    gate.execute("BEGIN IMMEDIATE")
    yield
    gate.execute("ROLLBACK")
    gate.close()


def test_a_bad_change_fails_alone(world: World, tmp_path: Path):
    assert_a_bad_change_fails_alone(world, _held(tmp_path))


def test_a_lock_that_others_hold_for_long_makes_us_unavailable(
    world: World, opened: SqliteStore, tmp_path: Path
):
    gate = apsw.Connection(str(tmp_path / FILE))
    gate.execute("BEGIN IMMEDIATE")
    token = world.new_token()
    with pytest.raises(Unavailable):
        opened.commit(world.change(Put(token)))
    assert opened.find(world.new_token().id) is None
    gate.execute("ROLLBACK")
    gate.close()
    assert isinstance(opened.commit(world.change(Put(token))), Committed)
    assert opened.broken is None


class _Deaf(SqliteWriter):
    """Loses the answer to its first COMMIT, before or after it was carried out."""

    carried_out = True
    lost = 0

    def commit(self) -> None:
        if self.lost:
            super().commit()
            return
        self.lost += 1
        if self.carried_out:
            super().commit()
        raise Unknown


class _DeafBefore(_Deaf):
    carried_out = False


@pytest.mark.parametrize("deaf", [_Deaf, _DeafBefore])
def test_a_lost_answer_to_commit_is_neither_lost_nor_done_twice(
    world: World, tmp_path: Path, deaf: type[_Deaf]
):
    before, _ = world.store.head()
    committer = Committer(deaf(lambda: connect(tmp_path / FILE)), world.clock, os.urandom)
    told = []
    committer.applied = told.extend
    token = world.new_token()
    outcome = committer.commit(world.change(Put(token)))
    committer.close()
    assert isinstance(outcome, Committed)
    assert outcome.sequence == before + 1
    assert world.store.head()[0] == before + 1
    assert [entry.sequence for entry in told] == [before + 1]
    found = world.store.find(token.id)
    assert found is not None
    assert found.token.number == 1
    assert world.issue().number == 2


def test_commits_are_told_before_they_are_answered(world: World, opened: SqliteStore):
    told: list[int] = []
    opened.tell(lambda entries: told.extend(entry.sequence for entry in entries))
    for _ in range(3):
        outcome = world.commit(Put(world.new_token()))
        assert isinstance(outcome, Committed)
        assert told[-1] == outcome.sequence
    assert world.commit(Put(world.new_group(name=world.group.name))) == Conflict()
    assert len(told) == 3


def test_who_cannot_be_told_stops_the_store(world: World, opened: SqliteStore):
    def fail(_entries: object) -> None:
        raise KeyError

    opened.tell(fail)
    with pytest.raises(Unavailable):
        world.commit(Put(world.new_token()))
    assert isinstance(opened.broken, KeyError)
    with pytest.raises(Unavailable):
        world.commit(Put(world.new_token()))


def test_closing_finishes_what_waits_and_takes_nothing_more(tmp_path: Path, clock: HandClock):
    store = open_sqlite(tmp_path, clock, os.urandom)
    world = World(store, clock)
    tokens = [world.new_token() for _ in range(20)]
    outcomes: list[object] = []

    def act(token) -> None:
        outcomes.append(world.commit(Put(token)))

    gate = apsw.Connection(str(tmp_path / FILE))
    gate.execute("BEGIN IMMEDIATE")
    threads = [Thread(target=act, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    closing = Thread(target=store.close)
    closing.start()
    gate.execute("ROLLBACK")
    gate.close()
    for thread in (*threads, closing):
        thread.join()
    assert [type(outcome) for outcome in outcomes] == [Committed] * 20
    with pytest.raises(Unavailable):
        store.commit(world.change(Put(replace(tokens[0], id=tokens[1].id))))
