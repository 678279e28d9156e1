"""The one way that every request takes, whichever face it is for."""

import asyncio
from typing import Final

from tokenhouse.boundary.asgi import Headers, Receive, Scope, Send, head, lifespan
from tokenhouse.boundary.entering import enter, work
from tokenhouse.boundary.exchange import Exchange
from tokenhouse.boundary.face import Answer, Face
from tokenhouse.boundary.forwarded import Networks
from tokenhouse.boundary.lane import Lane, declares
from tokenhouse.boundary.limits import MAX_DELAY, Limits
from tokenhouse.boundary.pool import Busy, Pool
from tokenhouse.boundary.refusals import Gone
from tokenhouse.boundary.routing import Routing
from tokenhouse.boundary.settling import Settling
from tokenhouse.boundary.straight import Straight
from tokenhouse.boundary.streams import Streams
from tokenhouse.operations import Authority

_DEFAULT: Final = Limits()


class Boundary:
    """The ASGI application. Raises ValueError when two faces own the same path or prefix.

    Without an authority, because the deployment is not set up yet, only `Early` handles are
    served, and everything else is undecided. A server may ask `lane` before it starts a request,
    and start one that has come in whole by `straight`. `shares`: brief requests share a thread, as
    is right where the store is read without waiting for a network.
    """

    def __init__(
        self,
        authority: Authority | None,
        faces: tuple[Face, ...],
        limits: Limits = _DEFAULT,
        trusted_proxies: Networks = (),
        *,
        from_memory: bool = True,
        shares: bool = True,
    ) -> None:
        self._authority = authority
        self._routing = Routing(faces)
        self._limits = limits
        self._trusted_proxies = trusted_proxies
        self._pool = Pool(limits.threads, limits.queue, shares=shares)
        self._streams = Streams(limits)
        self._settling = Settling()
        self.lane: Lane | None = None
        self.straight: Straight | None = None
        if authority is not None and from_memory:
            self.straight = Straight(
                authority, self._routing, self._pool, self._settling, trusted_proxies
            )
            if declares(faces):
                self.lane = Lane(authority, faces, trusted_proxies)

    def close(self) -> None:
        """Take no more requests; those under way come to their end."""
        self._streams.close()
        self._pool.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the life span of the server; refuse anything else."""
        if scope["type"] == "http":
            await self._serve(Exchange(scope, receive, self._trusted_proxies), send)
        elif scope["type"] == "lifespan":
            await lifespan(receive, send, self.close)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _serve(self, exchange: Exchange, send: Send) -> None:
        try:
            answer, fields = await self._decide(exchange)
        except Gone:
            return
        if answer.delay:
            await asyncio.sleep(min(answer.delay, MAX_DELAY))
        if answer.part is not None:
            await self._streams.send(answer, fields, exchange, send)
            return
        unread = exchange.body.pending
        if unread:  # the rest of it could be taken for another request
            fields.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": answer.status, "headers": fields})
        if unread:
            await send({"type": "http.response.body", "body": answer.body, "more_body": True})
            await exchange.body.drop(self._limits.linger_seconds)
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "http.response.body", "body": answer.body})

    async def _decide(self, exchange: Exchange) -> tuple[Answer, Headers]:
        """An answer that can be sent, whatever happens on the way to it."""
        try:
            answer = await self._handle(exchange)
            return answer, head(answer, exchange.request.id)
        except Gone:
            raise
        except Exception as fault:  # noqa: BLE001 -- unknown is answered as inability
            return self._settling.refused(exchange, fault)

    async def _handle(self, exchange: Exchange) -> Answer:
        entered = enter(exchange, self._routing)
        route = entered.route
        if not entered.route.at_once:
            await self._refuse_busy(exchange)
        body = b""
        if not route.streamed:
            body = await exchange.body.read(
                exchange.request, route.body_limit, self._limits.body_seconds
            )
        request = exchange.request = entered.request(exchange, body)
        do = work(self._authority, entered.face, route, request)
        outcome = do() if route.at_once else await self._pool.run(do)
        if isinstance(outcome, Answer) and outcome.part is None:
            return outcome
        return await self._streams.settle(outcome, exchange, route.body_limit)

    async def _refuse_busy(self, exchange: Exchange) -> None:
        """Raise Busy before anything is read, or done, for a request that would not be served."""
        try:
            self._pool.refuse_busy()
        except Busy:
            await exchange.body.skip()
            raise
