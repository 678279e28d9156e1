"""An application that becomes another one when there is something to serve."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import structlog

from tokenhouse.boundary.asgi import Receive, Scope, Send, lifespan
from tokenhouse.boundary.lane import Lane

LOOK_SECONDS: Final = 1.0

_log = structlog.get_logger(__name__)


class Application(Protocol):
    """What answers requests, and is closed at the end."""

    lane: Lane | None

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request."""

    def close(self) -> None:
        """Take no more requests."""


class Turning:
    """Serves `first` until `look` gives another application, and that one from then on.

    `look` runs in a thread, once a second at most unless it was told to `look_now`, and only when
    somebody asks for something. Should it fail, `first` goes on until the next look.
    """

    def __init__(self, first: Application, look: Callable[[], Application | None]) -> None:
        self._first = first
        self._look = look
        self._then: Application | None = None
        self._looking = asyncio.Lock()
        self._due = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request by whatever there is to serve now."""
        if scope["type"] == "lifespan":
            await lifespan(receive, send, self._close)
            return
        if self._then is None:
            await self._turn()
        await (self._then or self._first)(scope, receive, send)

    @property
    def lane(self) -> Lane | None:
        """What may answer at once, once there is something to serve."""
        return None if self._then is None else self._then.lane

    def look_now(self) -> None:
        """Look before the next request is answered. May be called from any thread."""
        self._due = 0.0

    async def _turn(self) -> None:
        async with self._looking:
            now = asyncio.get_running_loop().time()
            if self._then is None and now >= self._due:
                # before looking, so that being told meanwhile counts
                self._due = now + LOOK_SECONDS
                try:
                    self._then = await asyncio.to_thread(self._look)
                except Exception:  # noqa: BLE001 -- unforeseen, and nobody's request is to blame
                    _log.exception("looking for a deployment failed")

    def _close(self) -> None:
        self._first.close()
        if self._then is not None:
            self._then.close()
