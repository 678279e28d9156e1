"""What a broker lists, and what a broker has to be able to do."""

from typing import Protocol

import msgspec

from tokenhouse.operations.mqtt_staying import Connection


class Listed(msgspec.Struct, frozen=True):
    """A connection in a broker's list. `is_mqtt` None: the broker does not tell yet."""

    connection: Connection
    is_mqtt: bool | None


class Broker(Protocol):
    """A broker's management. Everything raises Unreachable. For one thread."""

    @property
    def name(self) -> str:
        """What events and logs call it."""

    def listed(self) -> list[Listed]:
        """The live connections."""

    def described(self, listed: Listed) -> Listed | None:
        """The same with all that can be told of it; None where that is not known yet."""

    def end(self, listed: Listed) -> bool:
        """End a connection; tell whether it was there to be ended."""

    def close(self) -> None:
        """Give everything back."""
