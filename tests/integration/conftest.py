"""One nginx in front of one demo, for the tests that stop neither."""

from collections.abc import Iterator

import pytest

from integration.gateway import Gateway, gateway
from running import Demo


@pytest.fixture(scope="session")
def in_front(running_demo: Demo) -> Iterator[Gateway]:
    with gateway(running_demo.url) as running:
        yield running
