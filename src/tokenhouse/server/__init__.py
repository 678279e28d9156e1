"""The HTTP server: uvicorn in one process, with bounds on everything that a peer can make grow.

Owns the sockets, HTTP's own grammar and how the process stops. Does not own what is answered: that
is the application that it is given (`boundary`), nor the logs' form (`logs`).
"""

from tokenhouse.server.listening import CannotListen, Listener, listen
from tokenhouse.server.running import Background, serve
from tokenhouse.server.tls import tls_context

__all__ = ["Background", "CannotListen", "Listener", "listen", "serve", "tls_context"]
