"""Every engine runs the whole suite of stores, and nothing is left out for it."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from conformance.world import HandClock, World
from engines import ENGINES, opened
from tokenhouse.operations.ports import Entropy, Store

Engine = Callable[[Path, HandClock, Entropy], Store]


@pytest.fixture
def engines(request: pytest.FixtureRequest) -> Iterator[dict[str, Engine]]:
    """Each opens empty stores of one engine, closed after the test."""
    with ExitStack() as stack:

        def opener(name: str) -> Engine:
            def open_one(directory: Path, clock: HandClock, entropy: Entropy) -> Store:
                within = opened(name, directory, clock, request.getfixturevalue, entropy)
                return stack.enter_context(within)[0]

            return open_one

        yield {name: opener(name) for name in ENGINES}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, engines: dict[str, Engine]) -> Engine:
    """Opens empty stores of one engine."""
    return engines[request.param]


@pytest.fixture
def world(engine: Engine, tmp_path: Path) -> World:
    clock = HandClock()
    return World(engine(tmp_path, clock, os.urandom), clock)
