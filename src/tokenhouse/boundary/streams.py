"""Bodies that no memory holds whole: taken to disk, and sent from it, piece by piece.

Nobody waits for a peer in a thread: each piece is a short piece of work, and the next one is asked
for once it is done. So a peer that is slow costs its place here, and nothing else.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import Final, TypeVar

from tokenhouse.boundary.asgi import Headers, Send, head
from tokenhouse.boundary.body import too_large
from tokenhouse.boundary.exchange import Exchange
from tokenhouse.boundary.face import Answer, Sink
from tokenhouse.boundary.limits import Limits
from tokenhouse.boundary.pool import Pool
from tokenhouse.core.refusal import Unavailable

T = TypeVar("T")

DISK_THREADS: Final = 4
"""Pieces that are written or read at the same time, apart from all other work."""
LEAST_RATE: Final = 8 * 1024
"""Bytes a second of a body that is taken in pieces, on the average."""


class Streams:
    """So many bodies at once, in either direction; one more is refused at once."""

    def __init__(self, limits: Limits) -> None:
        self._most = limits.streams
        self._seconds = limits.body_seconds
        self._taken = 0
        self._pool = Pool(DISK_THREADS, self._most)

    def close(self) -> None:
        """Take no more pieces."""
        self._pool.close()

    async def settle(self, outcome: Answer | Sink, exchange: Exchange, limit: int) -> Answer:
        """The answer that a sink gives to a body of `limit` bytes at most, or one that has a place.

        Raises Refused, and Unavailable where there is no place; what was given is closed then.
        """
        if isinstance(outcome, Answer):
            return self._placed(outcome, exchange)
        turn = Lock()
        try:
            exchange.body.check(exchange.request, limit)
            self._take_place()
        except BaseException:
            await self._close(outcome, turn)
            raise
        try:
            await self._pour(outcome, turn, exchange, limit)
            return await self._pool.run(partial(_alone, turn, outcome.finish))
        finally:
            try:
                await self._close(outcome, turn)
            finally:
                self._taken -= 1

    async def _close(self, sink: Sink, turn: Lock) -> None:
        try:
            await self._pool.run(partial(_alone, turn, sink.close))
        except Unavailable:  # the threads have ended
            _alone(turn, sink.close)

    def _placed(self, answer: Answer, exchange: Exchange) -> Answer:
        if answer.part is None:
            return answer
        try:
            head(answer, exchange.request.id)  # what cannot be sent must not take a place
            self._take_place()
        except BaseException:
            answer.part.close()
            raise
        return answer

    def _take_place(self) -> None:
        if self._taken >= self._most:
            raise Unavailable("too many bodies are under way")
        self._taken += 1

    async def _pour(self, sink: Sink, turn: Lock, exchange: Exchange, limit: int) -> None:
        """Give the sink one piece after the other; only the peer's time counts."""
        body, loop = exchange.body, asyncio.get_running_loop()
        received, waited = 0, 0.0
        while body.pending:
            asked = loop.time()
            patience = self._seconds + received / LEAST_RATE - waited
            piece = await body.piece(min(patience, self._seconds))
            waited += loop.time() - asked
            received += len(piece)
            if received > limit:
                raise too_large(limit)
            if piece:
                await self._pool.run(partial(_alone, turn, partial(sink.write, piece)))

    async def send(self, answer: Answer, fields: Headers, exchange: Exchange, send: Send) -> None:
        """Send an answer that has a place, as fast as the peer takes it, and give the place back.

        A file that has become shorter meanwhile ends the connection: the length was promised.
        """
        part = answer.part
        assert part is not None
        gone = asyncio.ensure_future(exchange.body.until_gone())
        try:
            await send({"type": "http.response.start", "status": answer.status, "headers": fields})
            while exchange.request.method != "HEAD" and not gone.done():
                piece = await self._pool.run(part.read)
                if not piece:
                    break
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            self._taken -= 1
            part.close()


def _alone(turn: Lock, work: Callable[[], T]) -> T:
    """Do it once nothing else is done to the same: a caller that is gone leaves its work behind."""
    with turn:
        return work()
