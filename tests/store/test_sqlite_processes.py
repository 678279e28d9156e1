"""Other processes, and the sudden end of one, take nothing away that was acknowledged."""

import os
import random
from pathlib import Path
from uuid import UUID

import apsw
import pytest

from conformance.world import HandClock, World
from store.shared import (
    assert_two_processes_commit_in_one_order,
    assert_whole,
    issuer,
    numbers,
    said,
)
from tokenhouse.clock import SystemClock
from tokenhouse.store.sqlite import FILE, open_sqlite

KILLS = 6
EACH = 40


def _sound(directory: Path) -> bool:
    connection = apsw.Connection(str(directory / FILE))
    found = connection.execute("PRAGMA integrity_check").get
    connection.close()
    return bool(found == "ok")


@pytest.fixture
def clock() -> HandClock:
    """At the present, which the other processes go by."""
    return HandClock(SystemClock().now())


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, clock: HandClock):
    store = open_sqlite(tmp_path, clock, os.urandom)
    world = World(store, clock)
    store.close()
    dice = random.Random(1)
    acknowledged: list[UUID] = []
    for _ in range(KILLS):
        program = issuer(str(tmp_path), world, 1_000_000)
        assert program.stdout is not None
        told = b"".join(program.stdout.readline() for _ in range(dice.randrange(1, 150)))
        program.kill()
        told += program.stdout.read()
        program.stdout.close()
        program.wait()
        acknowledged += said(told)
    store = open_sqlite(tmp_path, clock, os.urandom)
    world.store = store
    assert len(acknowledged) >= KILLS
    assert len(set(acknowledged)) == len(acknowledged)
    for token_id in acknowledged:
        assert store.find(token_id) is not None
    given = numbers(world)
    assert given == list(range(1, len(given) + 1))
    assert_whole(store)
    assert _sound(tmp_path)
    store.close()


def test_two_processes_commit_to_one_file_in_one_order(world: World, tmp_path: Path):
    assert_two_processes_commit_in_one_order(world, str(tmp_path), EACH)
    assert _sound(tmp_path)
