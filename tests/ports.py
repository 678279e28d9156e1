"""Loopback ports for programs that have to be told one before they listen."""

import os
import socket
from itertools import count
from typing import Final

_LOWEST: Final = 20_000
_EACH: Final = 1_500
"""So many for each process that runs tests, all below those that are given to who asks for any."""
_drawn = count(os.getpid() * 7)


def free_port() -> int:
    """A port that nobody listens at, and that no other program is given by chance."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for number in _drawn:
        port = _LOWEST + worker % 8 * _EACH + number % _EACH
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("numbers do not end")
