"""Houses in memory for whole files of tests; a conftest names the fixtures that it offers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from asking import Asking
from conformance.face_suite import FACES
from conformance.house import House, house


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for all tests of a file."""
    yield from _house(tmp_path_factory.mktemp("house"))


@pytest.fixture
def new_house(tmp_path: Path) -> Iterator[House]:
    """A house for one test, which changes what others rely on."""
    yield from _house(tmp_path)


@pytest.fixture(scope="module")
def ask(at: House) -> Asking:
    """Asks in that house, as whoever is named."""
    return Asking(at)


def _house(directory: Path) -> Iterator[House]:
    with house("memory", directory, FACES, lambda _: None) as built:
        yield built
