"""Tokenhouse, and an aedes that asks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from brokers.aedes import Aedes, aedes
from brokers.paho import peer
from brokers.yard import Yard, yard


class Stand:
    """Where clients come."""

    def __init__(self, at: Yard, broker: Aedes) -> None:
        self.at = at
        self.broker = broker
        self._people = count()

    def device(self, device: Any, **more: Any) -> Any:
        """Connect as one: its token is the user name."""
        return peer(self.broker.port, more.pop("name", device["number"]), device["token"], **more)

    def person(self, role: str) -> Any:
        name = f"person-{next(self._people)}"
        return peer(self.broker.port, name, self.at.session(role))

    def named(self, text: str) -> str:
        """A text with the devices' numbers in it."""
        me, other, theirs = (str(one) for one in self.at.numbers)
        return text.replace("{me}", me).replace("{other}", other).replace("{theirs}", theirs)


@contextmanager
def stand(directory: Path) -> Iterator[Stand]:
    """Both; no secret was written down."""
    with yard(directory) as at, aedes(directory / "broker", at.url, at.client) as broker:
        yield Stand(at, broker)
        for secret in (at.me["token"], at.other["token"], at.client[1]):
            assert secret not in broker.log()
