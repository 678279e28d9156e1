"""A running Tokenhouse, and two brokers that ask it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from brokers.amqtt_broker import Amqtt, amqtt
from brokers.paho import peer
from brokers.relay import Relay, relay
from brokers.yard import Yard, yard
from rigs import subject

MOST_SECONDS = 2.0
_numbers = count()


class Stand:
    """Tokenhouse, a broker that asks it, and one that asks through a relay."""

    def __init__(self, at: Yard, broker: Amqtt, far: Amqtt, between: Relay) -> None:
        self.at = at
        self.broker = broker
        self.far = far
        self.between = between

    def device(self, device: Any, *, far: bool = False, **more: Any) -> Any:
        """Connect as one: its token is the user name."""
        port = (self.far if far else self.broker).port
        return peer(port, more.pop("name", device["number"]), device["token"], **more)

    def person(self, role: str, name: str = "") -> Any:
        token = self.at.session(role)
        name = name or f"{subject(token)}-{next(_numbers)}"
        return peer(self.broker.port, name, token)

    def come_back(self) -> None:
        """Let the far broker reach Tokenhouse again, and wait until it knows that it can."""
        self.between.come_back()
        until = time.monotonic() + MOST_SECONDS
        while True:
            with self.device(self.at.other, far=True) as one:
                if one.is_in:
                    return
            assert time.monotonic() < until

    def named(self, text: str) -> str:
        """A text with the devices' numbers in it."""
        me, other, theirs = (str(one) for one in self.at.numbers)
        return text.replace("{me}", me).replace("{other}", other).replace("{theirs}", theirs)


@contextmanager
def amqtt_stand(directory: Path) -> Iterator[Stand]:
    """A stand that is ready; neither broker may have failed, or written a secret down."""
    with (
        yard(directory) as at,
        relay(at.port) as between,
        amqtt(directory / "near", at.url, at.client) as broker,
        amqtt(directory / "far", between.url, at.client) as far,
    ):
        yield Stand(at, broker, far, between)
        for one in (broker, far):
            assert "Traceback" not in one.log()
            for secret in (at.me["token"], at.other["token"], at.client[1]):
                assert secret not in one.log()
