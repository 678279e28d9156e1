"""What every test may ask for: a stage, once on each engine."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tokenhouse.store.attempts import MemoryAttempts, SqliteAttempts
from tokenhouse.store.sqlite import open_sqlite

from stage import MovedClock, Stage
from tokenhouse.store.memory import MemoryStore


@pytest.fixture(params=["memory", "sqlite"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    clock = MovedClock()
    if request.param == "memory":
        yield Stage(MemoryStore(clock, os.urandom), MemoryAttempts(), clock, tmp_path)
        return
    store = open_sqlite(tmp_path, clock, os.urandom)
    yield Stage(store, SqliteAttempts(tmp_path / "attempts.db"), clock, tmp_path)
    store.close()
