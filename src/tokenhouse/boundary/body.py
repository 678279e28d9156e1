"""Reading a request body within its bounds."""

import asyncio
from contextlib import suppress
from typing import Final

from tokenhouse.boundary.asgi import WHOLE, Receive, Scope
from tokenhouse.boundary.refusals import Exact, Gone
from tokenhouse.boundary.request import Headers, Request
from tokenhouse.core.refusal import Code, Refused

_LENGTH_DIGITS: Final = 18


class Body:
    """The body of one request. `pending`: not all of it has come in yet."""

    def __init__(self, headers: Headers, scope: Scope, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive
        lengths = headers.get("content-length", ())
        self.pending = "transfer-encoding" in headers or lengths.count("0") < len(lengths)

    async def read(self, request: Request, limit: int, seconds: float) -> bytes:
        """All of it; raises Refused, unread where its announced length is over the limit."""
        if not self.pending:
            return b""
        self.check(request, limit)
        if WHOLE in self._scope:
            return await self._collect(limit)
        try:
            async with asyncio.timeout(seconds):
                return await self._collect(limit)
        except TimeoutError:
            raise _late() from None

    def check(self, request: Request, limit: int) -> None:
        """Raise Refused for a body that is framed in an unknown way, or announced as larger."""
        if self.pending and _announced(request) > limit:
            raise too_large(limit)

    def check_whole(self, request: Request, body: bytes, limit: int) -> None:
        """The same of one that has come in already."""
        self.check(request, limit)
        if len(body) > limit:
            raise too_large(limit)
        self.pending = False

    async def piece(self, seconds: float) -> bytes:
        """What came in next; raises Refused where nothing does for so long."""
        try:
            async with asyncio.timeout(seconds):
                return await self._next()
        except TimeoutError:
            raise _late() from None

    async def until_gone(self) -> None:
        """Wait until the peer has gone away. Called once nothing of the body is wanted."""
        for _ in range(2):  # what has come in already may be told first
            if (await self._receive())["type"] != "http.request":
                return
        await asyncio.Future()

    async def skip(self) -> None:
        """Keep nothing of it where all has come in, so that the connection can be used again."""
        if WHOLE in self._scope:
            while self.pending:
                await self._next()

    async def drop(self, seconds: float) -> None:
        """Read the rest and keep nothing, for so long at most."""
        with suppress(TimeoutError, Gone):
            async with asyncio.timeout(seconds):
                while self.pending:
                    await self._next()

    async def _collect(self, limit: int) -> bytes:
        received = bytearray()
        while self.pending:
            received += await self._next()
            if len(received) > limit:
                raise too_large(limit)
        return bytes(received)

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] != "http.request":
            self.pending = False
            raise Gone
        self.pending = bool(message.get("more_body", False))
        piece: bytes = message.get("body", b"")
        return piece


def _announced(request: Request) -> int:
    """The length announced, 0 where none is."""
    coding, length = request.header("transfer-encoding"), request.header("content-length")
    if coding is not None:
        if coding.lower() != "chunked" or length is not None:
            raise Refused(Code.MALFORMED, "The body is framed in an unknown way.")
        return 0
    assert length is not None
    if not (length.isascii() and length.isdigit() and len(length) <= _LENGTH_DIGITS):
        raise Refused(Code.MALFORMED, "The length of the body is malformed.")
    return int(length)


def too_large(limit: int) -> Refused:
    """The refusal of a body that is larger than it may be."""
    return Refused(Code.TOO_LARGE, f"The body is larger than {limit} bytes.")


def _late() -> Refused:
    return Exact(Code.MALFORMED, "The body did not arrive in time.", 408)
