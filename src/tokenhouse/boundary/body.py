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
        self.pending = "transfer-encoding" in headers or any(one != "0" for one in lengths)

    async def read(self, request: Request, limit: int, seconds: float) -> bytes:
        """All of it; raises Refused, unread where its announced length is over the limit."""
        if not self.pending:
            return b""
        if _announced(request) > limit:
            raise _too_large(limit)
        if WHOLE in self._scope:
            return await self._collect(limit)
        try:
            async with asyncio.timeout(seconds):
                return await self._collect(limit)
        except TimeoutError:
            raise Exact(Code.MALFORMED, "The body did not arrive in time.", 408) from None

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
                raise _too_large(limit)
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


def _too_large(limit: int) -> Refused:
    return Refused(Code.TOO_LARGE, f"The body is larger than {limit} bytes.")
