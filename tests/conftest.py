"""What every test may ask for: a stage, once on each engine."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from founding import Site
from running import Demo, demo
from stage import MovedClock, Stage
from tokenhouse.store.memory import MemoryAttempts, MemoryStore
from tokenhouse.store.sqlite import SqliteAttempts, open_sqlite


@pytest.fixture(params=["memory", "sqlite"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    clock = MovedClock()
    if request.param == "memory":
        yield Stage(MemoryStore(clock, os.urandom), MemoryAttempts(), clock, tmp_path)
        return
    store = open_sqlite(tmp_path, clock, os.urandom)
    yield Stage(store, SqliteAttempts(tmp_path / "attempts.db"), clock, tmp_path)
    store.close()


@pytest.fixture(params=["memory", "sqlite"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A place where nothing has been founded yet."""
    built = Site.in_memory(tmp_path) if request.param == "memory" else Site.on_sqlite(tmp_path)
    yield built
    built.store.close()


@pytest.fixture(scope="session")
def running_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for all tests that change nothing which another test relies on."""
    with demo(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running
