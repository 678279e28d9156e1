"""Asks one server over HTTP, on connections that are kept, within bounds of time and size."""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

SECONDS: Final = 2.0
"""How long one question may take."""
_TURN: Final = 10.0
"""How long it may wait for its turn before."""
_REST: Final = 0.5
"""How long nobody is asked once no answer came: what waits would wait in vain, and all with it."""
_LONGEST_HEAD: Final = 16_384
_LONGEST_BODY: Final = 4 << 20


class UnansweredError(Exception):
    """No answer came, or none that can be understood: whatever was asked, nobody said yes."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and when its question was sent, on this machine's monotonic clock."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    sent: float


class _StaleError(Exception):
    """A kept connection was closed by the other side before it said anything."""


class _Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.used = False

    async def ask(self, question: bytes) -> tuple[Reply, bool]:
        """The answer, and whether another question may follow it."""
        sent = monotonic()
        try:
            self._writer.write(question)
            head = await self._reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError) as lost:
            silent = isinstance(lost, ConnectionError) or not lost.partial
            raise _StaleError if self.used and silent else UnansweredError from None
        self.used = True
        status, headers = _head(head)
        length = headers.get("content-length", "")
        if not length.isdecimal() or int(length) > _LONGEST_BODY:
            raise UnansweredError
        body = await self._reader.readexactly(int(length))
        return Reply(status, headers, body, sent), headers.get("connection", "").lower() != "close"

    def close(self) -> None:
        self._writer.transport.abort()


def _head(head: bytes) -> tuple[int, dict[str, str]]:
    first, *rest = head.decode("latin-1").split("\r\n")
    version, _, after = first.partition(" ")
    status = after[:3]
    if version != "HTTP/1.1" or not status.isdecimal():
        raise UnansweredError
    fields = (line.partition(":") for line in rest if line)
    return int(status), {name.lower(): value.strip() for name, _, value in fields}


class Http:
    """A server, and at most so many connections to it."""

    def __init__(self, url: str, authorization: str, most: int) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise ValueError("The URL of the authority is not one.")
        self._host = parts.hostname
        self._is_safe = parts.scheme == "https"
        self._port = parts.port or (443 if self._is_safe else 80)
        self._path = parts.path.rstrip("/")
        self._fixed = f"Host: {parts.netloc.rpartition('@')[2]}\r\nAuthorization: {authorization}"
        self._tls = ssl.create_default_context() if self._is_safe else None
        self._turns = asyncio.Semaphore(most)
        self._kept: list[_Line] = []
        self._resting = 0.0

    async def ask(
        self, method: str, path: str, body: bytes = b"", *, trying: bool = False
    ) -> Reply:
        """The answer to a question that may be asked twice. Raises UnansweredError.

        `trying`: also where no answer came just now.
        """
        question = (
            f"{method} {self._path}{path} HTTP/1.1\r\n{self._fixed}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        try:
            async with asyncio.timeout(_TURN):
                await self._turns.acquire()
        except TimeoutError:
            raise UnansweredError from None
        try:
            if monotonic() < self._resting and not trying:
                raise UnansweredError
            return await self._ask(question)
        finally:
            self._turns.release()

    async def _ask(self, question: bytes) -> Reply:
        try:
            async with asyncio.timeout(SECONDS):
                while True:
                    with suppress(_StaleError):
                        return await self._ask_once(question)
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError, UnansweredError):
            self._resting = monotonic() + _REST
            raise UnansweredError from None

    async def _ask_once(self, question: bytes) -> Reply:
        line = self._kept.pop() if self._kept else await self._connect()
        try:
            reply, more = await line.ask(question)
        except BaseException:
            line.close()
            raise
        if more:
            self._kept.append(line)
        else:
            line.close()
        return reply

    async def _connect(self) -> _Line:
        name = self._host if self._is_safe else None
        return _Line(
            *await asyncio.open_connection(
                self._host, self._port, ssl=self._tls, server_hostname=name, limit=_LONGEST_HEAD
            )
        )

    def close(self) -> None:
        """Close all connections."""
        while self._kept:
            self._kept.pop().close()
