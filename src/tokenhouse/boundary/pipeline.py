"""The one way that every request takes, whichever face it is for."""

import asyncio
import traceback
from collections.abc import Callable
from functools import partial
from typing import Final

import structlog
from msgspec.structs import replace

from tokenhouse.boundary import problem
from tokenhouse.boundary.asgi import Headers, Receive, Scope, Send, head, lifespan
from tokenhouse.boundary.exchange import Exchange, caller
from tokenhouse.boundary.face import Answer, Early, Face, Route, Sink
from tokenhouse.boundary.forwarded import Networks
from tokenhouse.boundary.limits import MAX_DELAY, RETRY_AFTER, Limits
from tokenhouse.boundary.pool import Pool
from tokenhouse.boundary.refusals import Exact, Gone, WrongMethod
from tokenhouse.boundary.request import Request
from tokenhouse.boundary.routing import Routing
from tokenhouse.boundary.streams import Streams
from tokenhouse.boundary.target import read_path, read_query
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.operations import Authority

_log = structlog.get_logger(__name__)

_DEFAULT: Final = Limits()


class Boundary:
    """The ASGI application. Raises ValueError when two faces own the same path or prefix.

    Without an authority, because the deployment is not set up yet, only `Early` handles are
    served, and everything else is undecided.
    """

    def __init__(
        self,
        authority: Authority | None,
        faces: tuple[Face, ...],
        limits: Limits = _DEFAULT,
        trusted_proxies: Networks = (),
    ) -> None:
        self._authority = authority
        self._routing = Routing(faces)
        self._limits = limits
        self._trusted_proxies = trusted_proxies
        self._pool = Pool(limits.threads, limits.queue)
        self._streams = Streams(limits)

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
            answer = await self._answer(exchange)
            return answer, head(answer, exchange.request.id)
        except Gone:
            raise
        except Exception as fault:  # noqa: BLE001 -- unknown is answered as inability
            _note(exchange, fault)
        try:
            answer = _spell(exchange, Unavailable())
            return answer, head(answer, exchange.request.id)
        except Exception as fault:  # noqa: BLE001 -- a face that cannot even refuse
            _note(exchange, fault)
        exchange.face = None
        answer = _spell(exchange, Unavailable())
        return answer, head(answer, exchange.request.id)

    async def _answer(self, exchange: Exchange) -> Answer:
        try:
            return await self._handle(exchange)
        except Refused as refused:
            if refused.detail:
                _log.info(
                    "refused",
                    code=refused.code.value,
                    detail=refused.detail,
                    request_id=exchange.request.id,
                )
            return _spell(exchange, refused)
        except Unavailable as unavailable:
            _log.warning("unavailable", cause=str(unavailable), request_id=exchange.request.id)
            return _spell(exchange, unavailable)

    async def _handle(self, exchange: Exchange) -> Answer:
        exchange.face = self._routing.face_of(exchange.request.path)
        exchange.check_head()
        path = read_path(exchange.raw_path)
        path = self._routing.folded(path)
        exchange.face = self._routing.face_of(path)
        place = self._routing.place_of(path)
        if place is None:
            raise Refused(Code.NOT_FOUND, "There is nothing here.")
        face = exchange.face = place.face
        method = exchange.request.method
        route = place.methods.get("GET" if method == "HEAD" else method)
        if route is None:
            raise WrongMethod(place.allow)
        query = read_query(exchange.raw_query)
        body = b""
        if not route.streamed:
            body = await exchange.body.read(
                exchange.request, route.body_limit, self._limits.body_seconds
            )
        request = exchange.request = replace(
            exchange.request, path=path, parameters=place.parameters, query=query, body=body
        )
        work = self._work(face, route, request)
        outcome = work() if route.at_once else await self._pool.run(work)
        if isinstance(outcome, Answer) and outcome.part is None:
            return outcome
        return await self._streams.settle(outcome, exchange, route.body_limit)

    def _work(self, face: Face, route: Route, request: Request) -> Callable[[], Answer | Sink]:
        """What a thread has to do; raises Unavailable for what needs an authority before it is."""
        if isinstance(route.handle, Early):
            return partial(route.handle.answer, request)
        authority = self._authority
        if authority is None:
            raise Unavailable("the deployment is not set up yet")
        asking = caller(request, face, route)
        if face.check is not None:
            face.check(request, route)
        return partial(authority.usage.once, partial(route.handle, authority, request, asking))


def _spell(exchange: Exchange, refusal: Refused | Unavailable) -> Answer:
    """A refusal in the words of its face, with what HTTP wants beside them."""
    refuse = problem.refuse if exchange.face is None else exchange.face.refuse
    answer = refuse(exchange.request, refusal)
    retry_after: int | None = RETRY_AFTER
    if isinstance(refusal, Refused):
        retry_after = refusal.retry_after
        answer = replace(answer, delay=max(answer.delay, refusal.delay))
    if isinstance(refusal, Exact) and answer.status == refusal.coarse:
        answer = replace(answer, status=refusal.status)
    added = []
    if isinstance(refusal, WrongMethod):
        added.append(("allow", refusal.allow))
    if retry_after is not None and all(name != "retry-after" for name, _ in answer.headers):
        added.append(("retry-after", str(retry_after)))
    return replace(answer, headers=(*answer.headers, *added))


def _note(exchange: Exchange, fault: Exception) -> None:
    """Say once what failed; a traceback without locals, since those hold secrets."""
    _log.error(
        "request failed",
        request_id=exchange.request.id,
        method=exchange.request.method,
        fault=type(fault).__name__,
        trace="".join(traceback.format_exception(fault)),
    )
