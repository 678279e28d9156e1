"""What the tests of brokers ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from brokers.grounds import Grounds, grounds
from brokers.hall import Hall, hall


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Hall]:
    """A firm of one's own, with its broker."""
    with hall(tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def with_rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grounds]:
    """One RabbitMQ for all tests, and the authority that it asks."""
    with grounds(tmp_path_factory.mktemp("grounds") / "data") as made:
        yield made


@pytest.fixture
def rabbitmq(with_rabbitmq: Grounds) -> Iterator[Grounds]:
    """The same, with nobody connected. A test makes devices of its own where it ends one."""
    yield with_rabbitmq
    with_rabbitmq.clear()
