"""The bounded threads in which operations run."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tokenhouse.core.refusal import Unavailable

T = TypeVar("T")


class Pool:
    """So many threads, and so many who may wait for one; everyone else is refused at once."""

    def __init__(self, threads: int, queue: int) -> None:
        self._executor = ThreadPoolExecutor(threads, "tokenhouse-operation")
        self._most = threads + queue
        self._taken = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Run work in a thread; raises Unavailable when too much is waiting already."""
        if self._taken >= self._most:
            raise Unavailable("the queue for threads is full")
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._taken -= 1

    def close(self) -> None:
        """Take no more work, and let what runs come to its end."""
        self._executor.shutdown(wait=False)
