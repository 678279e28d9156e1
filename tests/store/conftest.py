import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.world import HandClock, World
from tokenhouse.store.sqlite import SqliteStore, open_sqlite


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def opened(tmp_path: Path, clock: HandClock) -> Iterator[SqliteStore]:
    store = open_sqlite(tmp_path, clock, os.urandom)
    yield store
    store.close()


@pytest.fixture
def world(opened: SqliteStore, clock: HandClock) -> World:
    return World(opened, clock)
