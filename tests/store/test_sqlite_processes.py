"""Other processes, and the sudden end of one, take nothing away that was acknowledged."""

import os
import random
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import apsw

from conformance.world import HandClock, World
from tokenhouse.core.events import GENESIS, broken_at
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Page
from tokenhouse.store.sqlite import FILE, SqliteStore, open_sqlite

ISSUER = Path(__file__).with_name("issuer.py")
KILLS = 6
EACH = 40


def _issuer(directory: Path, world: World, times: int) -> subprocess.Popen[bytes]:
    ids = str(world.organization.id), str(world.membership.id)
    program = [sys.executable, str(ISSUER), str(directory), *ids, str(times)]
    return subprocess.Popen(program, stdout=subprocess.PIPE)


def _said(out: bytes) -> list[UUID]:
    """The ids that were told whole: a killed program may stop within a line."""
    return [UUID(line.decode()) for line in out.split(b"\n")[:-1]]


def _whole(store: SqliteStore, directory: Path) -> None:
    last, _ = store.head()
    events = store.events(None, 0, last + 1)
    assert [event.sequence for event in events] == list(range(1, last + 1))
    assert broken_at(list(events), GENESIS) is None
    assert [entry.sequence for entry in store.feed(0, last + 1)] == list(range(1, last + 1))
    connection = apsw.Connection(str(directory / FILE))
    assert connection.execute("PRAGMA integrity_check").get == "ok"
    connection.close()


def _numbers(world: World) -> list[int | None]:
    page = Page("created_at", descending=False, offset=0, size=100_000)
    tokens = world.store.page_tokens(world.organization.id, "personal", None, page)
    return sorted(token.number for token in tokens if isinstance(token, Token))


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path):
    clock = HandClock()
    store = open_sqlite(tmp_path, clock, os.urandom)
    world = World(store, clock)
    store.close()
    dice = random.Random(1)
    acknowledged: list[UUID] = []
    for _ in range(KILLS):
        program = _issuer(tmp_path, world, 1_000_000)
        assert program.stdout is not None
        told = b"".join(program.stdout.readline() for _ in range(dice.randrange(1, 150)))
        program.kill()
        told += program.stdout.read()
        program.stdout.close()
        program.wait()
        acknowledged += _said(told)
    store = open_sqlite(tmp_path, clock, os.urandom)
    world.store = store
    assert len(acknowledged) >= KILLS
    assert len(set(acknowledged)) == len(acknowledged)
    for token_id in acknowledged:
        assert store.find(token_id) is not None
    numbers = _numbers(world)
    assert numbers == list(range(1, len(numbers) + 1))
    _whole(store, tmp_path)
    store.close()


def test_two_processes_commit_to_one_file_in_one_order(world: World, tmp_path: Path):
    assert isinstance(world.store, SqliteStore)
    program = _issuer(tmp_path, world, EACH)
    assert program.stdout is not None
    first = program.stdout.readline()
    own = [world.issue(expires_at=None) for _ in range(EACH)]
    out, _ = program.communicate(timeout=60)
    assert program.returncode == 0
    theirs = _said(first + out)
    assert len(theirs) == 4 * EACH
    for token_id in [*theirs, *(token.id for token in own)]:
        assert world.store.find(token_id) is not None
    assert _numbers(world) == list(range(1, 5 * EACH + 1))
    _whole(world.store, tmp_path)
