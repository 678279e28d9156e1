"""An MQTT broker for the demo's devices: amqtt with our plugin, in a thread of this process."""

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, Self

import msgspec

from tokenhouse.core.credential import Secret
from tokenhouse.operations.blueprint import ClientPlan

LIBRARY: Final = "amqtt"
USUAL_PORT: Final = 1883
_PLUGIN: Final = "tokenhouse.plugins.amqtt.TokenhousePlugin"
_LISTENER: Final = "default"
_SILENCE_SECONDS: Final = 600
"""How much longer than it said a client may send nothing: curl never sends a ping."""
_STOP_SECONDS: Final = 5


class Address(msgspec.Struct, frozen=True):
    """Where clients connect."""

    host: str
    port: int


class Asking(msgspec.Struct, frozen=True):
    """Where the broker asks, and the client as which it does."""

    url: str
    client: ClientPlan


class NoBroker:
    """There is none; `why` says what to do for one, in a sentence."""

    address = None

    def __init__(self, why: str) -> None:
        self.why = why

    def start(self) -> None:
        """Start nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Broker:
    """A context manager: whoever connects waits until `start`, and is thrown off on leaving."""

    def __init__(self, listening: socket.socket, asking: Asking) -> None:
        self._socket = listening
        self._asking = asking
        self.address = Address(*listening.getsockname())
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="tokenhouse-broker", daemon=True)

    def start(self) -> None:
        """Let clients in from now on. Returns at once."""
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(_STOP_SECONDS)
        else:
            self._loop.close()
        self._socket.close()

    def _run(self) -> None:
        with self._socket, asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        # Imported here: it takes a quarter of a second, which nobody has to wait for.
        from amqtt.broker import Broker as Library

        logging.getLogger(LIBRARY).setLevel(logging.CRITICAL + 1)  # it logs names, topics, packets
        logging.getLogger("tokenhouse.plugins").setLevel(logging.ERROR)  # its authority is this one
        with _read_once(self._asking.client.secret) as secret_file:
            library = Library(_configuration(self._asking, secret_file))
        await library.start()
        let_in = partial(library.stream_connected, listener_name=_LISTENER)
        server = await asyncio.start_server(let_in, sock=self._socket)
        try:
            await self._over.wait()
        finally:
            server.close()
            await library.shutdown()


def _configuration(asking: Asking, secret_file: str) -> dict[str, Any]:
    return {
        "listeners": {_LISTENER: {"type": "external"}},
        "timeout_disconnect_delay": _SILENCE_SECONDS,
        "plugins": {
            _PLUGIN: {
                "url": asking.url,
                "client_id": asking.client.client_id,
                "secret_file": secret_file,
                "client_ids": "free",  # curl chooses its own
            }
        },
    }


@contextmanager
def _read_once(secret: Secret) -> Iterator[str]:
    """The name of a file in which a secret stands that is on no disk, and can be read once."""
    reading, writing = os.pipe()
    try:
        with os.fdopen(writing, "w", encoding="utf-8") as file:
            file.write(secret.reveal())
        yield f"/dev/fd/{reading}"
    finally:
        os.close(reading)
