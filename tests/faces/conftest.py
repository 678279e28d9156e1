"""What the tests of the native API's resources ask for."""

import pytest

from asking import Asker, asker
from conformance.house import House
from housing import ask, at, new_house

__all__ = ["ask", "at", "new_house"]


@pytest.fixture
def anna(at: House) -> Asker:
    """The administrator, signed in."""
    return asker(at)
