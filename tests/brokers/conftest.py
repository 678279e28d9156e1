"""What the tests of brokers ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from brokers.hall import Hall, hall


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Hall]:
    """A firm of one's own, with its broker."""
    with hall(tmp_path) as made:
        yield made
