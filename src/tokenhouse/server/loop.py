"""The event loop: uvloop's, with bounds on how long a peer may take over TLS."""

import asyncio
from typing import Any, Final

import uvloop

HANDSHAKE_SECONDS: Final = 10.0
"""For a connection that is to be TLS until it is; before that no other bound holds for it."""
GOODBYE_SECONDS: Final = 2.0
"""For a peer's part in closing a TLS connection."""


class Loop(uvloop.Loop):
    """uvloop's, with our bounds where a server speaks TLS."""

    async def create_server(  # type: ignore[override]
        self, *arguments: Any, **named: Any
    ) -> asyncio.AbstractServer:
        if named.get("ssl") is not None:
            named["ssl_handshake_timeout"] = HANDSHAKE_SECONDS
            named["ssl_shutdown_timeout"] = GOODBYE_SECONDS
        return await super().create_server(*arguments, **named)
