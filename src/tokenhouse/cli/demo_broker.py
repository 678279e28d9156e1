"""The demo's MQTT broker: whether there can be one, and its port."""

from importlib.util import find_spec
from typing import Final

from tokenhouse.cli.demo_pairs import good_pair
from tokenhouse.config import DEFAULT_PORT
from tokenhouse.demo import firm
from tokenhouse.demo.broker import LIBRARY, USUAL_PORT, Asking, Broker, NoBroker
from tokenhouse.demo.passwords import Passwords
from tokenhouse.server import CannotListen, Listener, listen
from tokenhouse.wiring import Parts

_NOT_INSTALLED: Final = "There is no MQTT broker: pip install 'tokenhouse[amqtt]' brings one."
_NO_CLIENT: Final = (
    f"There is no MQTT broker: this data has no client {firm.BROKER!r} any more, as which it asks."
)


def open_broker(parts: Parts, passwords: Passwords, asked: Listener) -> Broker | NoBroker:
    """The broker that asks at the demo's own port, or why there is none."""
    if find_spec(LIBRARY) is None:
        return NoBroker(_NOT_INSTALLED)
    pair = good_pair(parts, passwords, firm.BROKER)
    if pair is None:
        return NoBroker(_NO_CLIENT)
    taken = take_port(asked)
    return Broker(taken.socket, Asking(f"http://{asked.host}:{asked.port}", pair))


def take_port(asked: Listener) -> Listener:
    """MQTT's own port beside the demo's usual one, where it can be had; else a free one.

    Nothing that the demo keeps names it, so another one does no harm.
    """
    if asked.port == DEFAULT_PORT:
        try:
            return listen(asked.host, USUAL_PORT)
        except CannotListen:
            pass
    return listen(asked.host, 0)
