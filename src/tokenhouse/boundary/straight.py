"""The straight way of a request that has come in whole: to a thread, and back with its bytes.

It takes the steps of the way of all others, in the same functions and with the same bounds. What it
leaves out is what a request needs that is still coming in, or that is answered in pieces: a task,
and messages.
"""

from __future__ import annotations  # else those of inner functions are evaluated at each call

from collections.abc import Callable
from typing import Final, TypeAlias

from tokenhouse.boundary.asgi import Headers, head
from tokenhouse.boundary.entering import enter, work
from tokenhouse.boundary.exchange import Exchange
from tokenhouse.boundary.face import Answer, Route, Sink
from tokenhouse.boundary.forwarded import Networks
from tokenhouse.boundary.limits import MAX_DELAY
from tokenhouse.boundary.pool import Pool
from tokenhouse.boundary.routing import Routing
from tokenhouse.boundary.settling import Settling
from tokenhouse.operations import Authority

Say: TypeAlias = Callable[[int, bytes, float], None]
"""Takes a status, everything behind the fields that a server adds, and seconds to hold it back."""

_HEAD: Final = "HEAD"


class Straight:
    """Serves requests whose routes take a body and give an answer in one piece each."""

    def __init__(
        self,
        authority: Authority,
        routing: Routing,
        pool: Pool,
        settling: Settling,
        trusted: Networks,
    ) -> None:
        self._authority = authority
        self._routing = routing
        self._pool = pool
        self._settling = settling
        self._trusted = trusted

    def take(  # noqa: PLR0917 -- the parts of a request as they come
        self,
        method: str,
        url: bytes,
        headers: Headers,
        body: bytes,
        peer: str,
        say: Say,
    ) -> bool:
        """Take a request, and `say` what is answered, at once or later; False where it is not ours.

        Called from the event loop, which `say` is called from too.
        """
        exchange = _exchange(method, url, headers, peer, self._trusted)
        if "transfer-encoding" in exchange.request.headers:
            return False
        try:
            entered = enter(exchange, self._routing)
            route = entered.route
            if route.streamed or route.at_once or route.pieces:
                return False
            self._pool.refuse_busy()
            exchange.body.check_whole(exchange.request, body, route.body_limit)
            request = exchange.request = entered.request(exchange, body)
            do = work(self._authority, entered.face, route, request)
        except Exception as fault:  # noqa: BLE001 -- unknown is answered as inability
            answer, fields = self._settling.refused(exchange, fault)
            _say(say, method, answer, fields)
            return True

        def answered() -> tuple[Answer, Headers]:
            try:
                answer = _in_one_piece(do(), route)
                return answer, head(answer, exchange.request.id)
            except Exception as fault:  # noqa: BLE001 -- unknown is answered as inability
                return self._settling.refused(exchange, fault)

        def tell(outcome: tuple[Answer, Headers] | None, fault: BaseException | None) -> None:
            if outcome is None:
                assert isinstance(fault, Exception)
                outcome = self._settling.refused(exchange, fault)
            _say(say, method, *outcome)

        self._pool.begin(answered, tell, brief=route.brief or route.from_memory is not None)
        return True


def _in_one_piece(outcome: Answer | Sink, route: Route) -> Answer:
    if isinstance(outcome, Answer) and outcome.part is None:
        return outcome
    (outcome if not isinstance(outcome, Answer) else outcome.part).close()  # type: ignore[union-attr]
    raise TypeError(f"{route} does not say that it takes or gives pieces")


def _say(say: Say, method: str, answer: Answer, fields: Headers) -> None:
    said = b"".join([b"%b: %b\r\n" % field for field in fields])
    body = b"" if method == _HEAD else answer.body
    say(answer.status, b"%b\r\n%b" % (said, body), min(answer.delay, MAX_DELAY))


def _exchange(method: str, url: bytes, headers: Headers, peer: str, trusted: Networks) -> Exchange:
    path, _, query = url.partition(b"?")
    scope = {
        "method": method,
        "raw_path": path,
        "query_string": query,
        "headers": headers,
        "client": (peer, 0),
        "http_version": "1.1",
    }
    return Exchange(scope, _nothing_more, trusted)


async def _nothing_more() -> dict[str, object]:
    return {"type": "http.disconnect"}
