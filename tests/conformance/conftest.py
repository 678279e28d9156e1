"""Every engine runs the whole suite of stores; of the suite of faces PostgreSQL runs a sample."""

import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from conformance.world import HandClock, World
from engines import ENGINES, opened
from tokenhouse.operations.ports import Entropy, Store

SAMPLE: Final = 4
"""One route in so many is asked over PostgreSQL as well: what a face says of a store goes by what
the suite of stores holds of all engines alike. `make soak` leaves nothing out."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "SOAK" in os.environ:
        return
    left_out = [item for item in items if _is_left_out(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not _is_left_out(item)]


def _is_left_out(item: pytest.Item) -> bool:
    if item.path.name != "test_face_suite.py" or not isinstance(item, pytest.Function):
        return False
    asked = item.callspec.params if hasattr(item, "callspec") else {}
    if asked.get("at") != "postgres" or "routed" not in asked:
        return False
    return zlib.crc32(str(asked["routed"][1]).encode()) % SAMPLE != 0


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
