"""What the tests of the native API's resources ask for."""

from collections.abc import Iterator

import pytest

from asking import Asking
from conformance.face_suite import FACES
from conformance.house import house


@pytest.fixture(scope="module")
def ask(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asking]:
    """A house in memory, for one file of tests."""
    directory = tmp_path_factory.mktemp("house")
    with house("memory", directory, FACES, request.getfixturevalue) as built:
        yield Asking(built)
