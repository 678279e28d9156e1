"""A proxy before PostgreSQL that cuts connections at COMMIT, before it or before its answer."""

import select
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from postgres import USER, Server
from tokenhouse.core.credential import Secret

_SOCKET: Final = ".s.PGSQL.5432"
_HEAD: Final = 5
_COMMIT: Final = b"COMMIT\x00"


class Cutter:
    """Passes everything on. Armed, it cuts the next connection that commits, once."""

    def __init__(self, server: Server, directory: Path) -> None:
        self.directory = directory
        self.cuts = 0
        self._server = server
        self._armed: str | None = None
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(directory / _SOCKET))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, database: str) -> Secret:
        """Where a database is to be found through this proxy."""
        return Secret(f"postgresql://{USER}@/{database}?host={self.directory}")

    def cut_answer(self) -> None:
        """Cut the next connection right before the answer to its COMMIT: it was committed."""
        self._armed = "answer"

    def cut_question(self) -> None:
        """Cut the next connection right before its COMMIT arrives: it was not committed."""
        self._armed = "question"

    @property
    def armed(self) -> bool:
        return self._armed is not None

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # else accepting goes on with its number
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as upstream, suppress(OSError):
            upstream.connect(str(self._server.directory / _SOCKET))
            waiting = b""
            while True:
                ready, _, _ = select.select([client, upstream], [], [])
                if client in ready:
                    asked = client.recv(65536)
                    if not asked or (_COMMIT in asked and self._fires("question")):
                        return
                    upstream.sendall(asked)
                if upstream in ready:
                    said = upstream.recv(65536)
                    if not said:
                        return
                    whole, waiting = _messages(waiting + said)
                    for message in whole:
                        if message.endswith(_COMMIT) and self._fires("answer"):
                            return
                        client.sendall(message)

    def _fires(self, what: str) -> bool:
        with self._lock:
            if self._armed != what:
                return False
            self._armed = None
            self.cuts += 1
            return True


@contextmanager
def cutter(server: Server) -> Iterator[Cutter]:
    """A proxy while the block lasts."""
    with tempfile.TemporaryDirectory(prefix="cut-") as directory:
        made = Cutter(server, Path(directory))
        yield made
        made.close()


def _messages(said: bytes) -> tuple[list[bytes], bytes]:
    """What the server said in whole messages, and what is left: a local socket is not encrypted."""
    whole: list[bytes] = []
    while len(said) >= _HEAD and len(said) > (length := int.from_bytes(said[1:_HEAD], "big")):
        whole.append(said[: 1 + length])
        said = said[1 + length :]
    return whole, said
