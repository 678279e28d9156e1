"""What the tests of brokers ask for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from brokers.amqtt_stand import Stand, amqtt_stand
from brokers.grounds import Grounds, grounds
from brokers.hall import Hall, hall
from brokers.kicked import Kicked, kicked
from brokers.paho import Peer


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


@pytest.fixture(scope="session")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Processes that take seconds to start: one for all tests of amqtt."""
    with amqtt_stand(tmp_path_factory.mktemp("amqtt")) as made:
        yield made


@pytest.fixture
def mine(stand: Stand) -> Any:
    """A new device."""
    return stand.at.device()


@pytest.fixture
def witness(stand: Stand) -> Iterator[Peer]:
    """An operator who sees all that is published on topics of devices."""
    with stand.person("Super") as one:
        assert one.subscribe("th/d/#")
        yield one


@pytest.fixture(scope="session")
def with_kicks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kicked]:
    """A server that ends connections, and the RabbitMQ that it ends them at."""
    with kicked(tmp_path_factory.mktemp("kicked")) as made:
        yield made


@pytest.fixture
def kicks(with_kicks: Kicked) -> Iterator[Kicked]:
    """The same, with nobody connected. A test makes devices of its own."""
    yield with_kicks
    with_kicks.clear()
