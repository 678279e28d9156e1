"""What every test may ask for: a stage, once on each engine."""

import gc
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines import ENGINES, TWO_NODES, opened
from founding import Site
from patience import be_patient
from postgres import Server, server
from running import Demo, demo
from sampling import pytest_collection_modifyitems
from stage import MovedClock, Stage

__all__ = ["pytest_collection_modifyitems"]

# Whoever runs the tests in the background has them started with interrupts ignored, and so would be
# every program that they start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Never walk again through what lasts as long as the tests: that took a second each time.

    And nobody is refused for having waited for a thread, unless a test is about that.
    """
    be_patient()
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One PostgreSQL server for all tests that do nothing to the server itself."""
    with server() as running:
        yield running


@pytest.fixture(params=[*ENGINES, TWO_NODES])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    clock = MovedClock()
    with opened(request.param, tmp_path, clock, request.getfixturevalue) as (store, attempts):
        yield Stage(store, attempts, clock, tmp_path)


@pytest.fixture(params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A place where nothing has been founded yet."""
    clock = MovedClock()
    with opened(request.param, tmp_path, clock, request.getfixturevalue) as (store, attempts):
        yield Site(store, attempts, clock, tmp_path)


@pytest.fixture(scope="session")
def running_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for all tests that change nothing which another test relies on."""
    with demo(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running
