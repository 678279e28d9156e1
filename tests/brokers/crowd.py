"""Many clients of a broker in one thread, which do nothing but connect."""

import asyncio
import random
import resource
import time
from collections.abc import Sequence

from brokers.packets import Hello

SECONDS = 30.0
MOST_FILES = 8_192
_CONNACK = b"\x20\x02"
_CLOSED = -1


class Crowd:
    """Devices that come, and come back as soon as their broker is there again.

    `codes`: what each CONNACK said, in order; -1 where the line was closed instead.
    """

    def __init__(self, port: int, hellos: Sequence[Hello]) -> None:
        self._port = port
        self._hellos = hellos
        self._lines: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.codes: list[int] = []

    async def come(self, jitter: float) -> float:
        """Let all connect within as many seconds; how long until the last one is in."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, MOST_FILES)), hard))
        begun = time.monotonic()
        self.codes.clear()
        self._lines = await asyncio.gather(*(self._enter(one, jitter) for one in self._hellos))
        return time.monotonic() - begun

    async def _enter(
        self, hello: Hello, jitter: float
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        await asyncio.sleep(random.random() * jitter)
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(hello.packet())
            said = await reader.read(4)
        self.codes.append(said[3] if said.startswith(_CONNACK) else _CLOSED)
        return reader, writer

    async def gone(self) -> None:
        """Wait until every line was closed by the other end."""
        async with asyncio.timeout(SECONDS):
            await asyncio.gather(*(self._ended(reader) for reader, _ in self._lines))
        self.leave()

    async def _ended(self, reader: asyncio.StreamReader) -> None:
        try:
            assert await reader.read(1) == b""
        except ConnectionError:  # as a broker that is killed leaves it
            return

    def leave(self) -> None:
        for _, writer in self._lines:
            writer.close()
        self._lines = []

    async def stay(self, seconds: float) -> int:
        """How many are still there after a time."""
        await asyncio.sleep(seconds)
        return sum(not reader.at_eof() for reader, _ in self._lines)
