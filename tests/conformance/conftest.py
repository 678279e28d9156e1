"""Every engine runs the whole suite: a new one is added here, and nothing is left out for it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.world import HandClock, World
from tokenhouse.operations.ports import Clock, Entropy, Store
from tokenhouse.store.memory import MemoryStore
from tokenhouse.store.sqlite import open_sqlite

Engine = Callable[[Path, Clock, Entropy], Store]


def _memory(_directory: Path, clock: Clock, entropy: Entropy) -> Store:
    return MemoryStore(clock, entropy)


ENGINES: dict[str, Engine] = {"memory": _memory, "sqlite": open_sqlite}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Opens empty stores of one engine, and closes them after the test."""
    opened: list[Store] = []

    def open_one(directory: Path, clock: Clock, entropy: Entropy) -> Store:
        opened.append(ENGINES[request.param](directory, clock, entropy))
        return opened[-1]

    yield open_one
    for store in opened:
        if hasattr(store, "close"):
            store.close()


@pytest.fixture
def world(engine: Engine, tmp_path: Path) -> World:
    clock = HandClock()
    return World(engine(tmp_path, clock, os.urandom), clock)
