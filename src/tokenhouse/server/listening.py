"""Taking a port, before anything else is done for it."""

import errno
import socket
from typing import Final

import msgspec

from tokenhouse.core.refusal import Unavailable

BACKLOG: Final = 2048
"""Connections that may wait to be accepted."""

_MAX_PORT: Final = 65_535

_WHY: Final = {
    errno.EADDRINUSE: "another program uses it. Stop that program, or choose another port.",
    errno.EACCES: "this user may not use it. Ports below 1024 belong to the system.",
    errno.EADDRNOTAVAIL: "this machine has no such address.",
}


class CannotListen(Unavailable):
    """The address cannot be had; says why in a sentence for whoever started the server."""


class Listener(msgspec.Struct, frozen=True):
    """An address that is ours: from here on connections wait, even before they are served."""

    socket: socket.socket
    host: str
    port: int


def listen(host: str, port: int) -> Listener:
    """Take a port; 0 takes any free one. Raises CannotListen."""
    if not 0 <= port <= _MAX_PORT:
        raise CannotListen(f"Cannot listen on {host}: there is no port {port}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        taken = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        why = _WHY.get(error.errno or 0, f"the system says: {error.strerror}.")
        raise CannotListen(f"Cannot listen on {host} port {port}: {why}") from None
    return Listener(taken, host, taken.getsockname()[1])
