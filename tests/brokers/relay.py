"""Stands between a broker and Tokenhouse: through, gone, silent, or telling another end."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from ports import free_port

_ENDS = re.compile(rb'(?<="expires_at":")[^"]+')


class Relay:
    """A port that leads to another one.

    `slow`: seconds that every answer waits. `silent`: whoever asks hears nothing. `ends`: when
    every token expires, as answers then tell.
    """

    def __init__(self, target: int) -> None:
        self.slow = 0.0
        self.silent = False
        self.ends: datetime | None = None
        self._target = target
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", free_port()))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._accept()

    def _accept(self) -> None:
        listener = self._listener

        def accept() -> None:
            while True:
                try:
                    here, _ = listener.accept()
                except OSError:
                    return
                there = socket.create_connection(("127.0.0.1", self._target), 5)
                there.settimeout(None)
                for one in (here, there):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open += [here, there]
                for one, other, back in ((here, there, False), (there, here, True)):
                    threading.Thread(
                        target=self._pump, args=(one, other, back), daemon=True
                    ).start()

        threading.Thread(target=accept, daemon=True).start()

    def _pump(self, one: socket.socket, other: socket.socket, back: bool) -> None:
        with suppress(OSError):
            while data := one.recv(1 << 20):
                if self.silent:
                    continue
                time.sleep(self.slow if back else 0)
                other.sendall(self._retold(data) if back else data)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
        one.close()

    def _retold(self, data: bytes) -> bytes:
        if self.ends is None:
            return data
        shown = self.ends.strftime("%Y-%m-%dT%H:%M:%S.%f").encode()

        def told(found: "re.Match[bytes]") -> bytes:
            text = shown[: len(found[0]) - 1] + b"Z"
            assert len(text) == len(found[0])
            return text

        return _ENDS.sub(told, data)

    def leave(self) -> None:
        """Nobody listens from now on, and whoever was connected is not."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def come_back(self) -> None:
        """Listen again, where it was."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._accept()


@contextmanager
def relay(target: int) -> Iterator[Relay]:
    """A relay to a port of this machine; gone afterwards."""
    running = Relay(target)
    try:
        yield running
    finally:
        running.leave()
