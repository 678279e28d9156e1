"""A network before PostgreSQL that loses what goes one way, while the other way is open."""

import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from postgres import USER, Server
from tokenhouse.core.credential import Secret

QUESTIONS: Final = "questions"
ANSWERS: Final = "answers"
_IDLE: Final = 0.01


class Network:
    """Passes everything on, until `lose`: what goes that way is kept back until `heal`."""

    def __init__(self, server: Server) -> None:
        self._upstream = str(server.directory / ".s.PGSQL.5432")
        self._lost: str | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, database: str) -> Secret:
        """Where a database is to be found over this network."""
        return Secret(f"postgresql://{USER}@127.0.0.1:{self._port}/{database}?sslmode=disable")

    def lose(self, way: str) -> None:
        """Let nothing arrive any more that goes this way, also over connections that are opened."""
        self._lost = way

    def heal(self) -> None:
        """Let everything arrive again, with what was kept back."""
        self._lost = None

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as upstream, suppress(OSError):
            upstream.connect(self._upstream)
            ways = {client: (QUESTIONS, upstream), upstream: (ANSWERS, client)}
            while True:
                open_ways = [one for one, (way, _) in ways.items() if way != self._lost]
                ready, _, _ = select.select(open_ways, [], [], _IDLE)
                for one in ready:
                    way, to = ways[one]
                    if way == self._lost:  # since the look
                        continue
                    if not (said := one.recv(65536)):
                        return
                    to.sendall(said)


@contextmanager
def network(server: Server) -> Iterator[Network]:
    """A network while the block lasts."""
    made = Network(server)
    try:
        yield made
    finally:
        made.heal()
        time.sleep(_IDLE)
        made.close()
