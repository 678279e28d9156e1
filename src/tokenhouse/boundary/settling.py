"""What becomes of a request that is not answered as it wished: an answer all the same."""

import traceback
from typing import Final

import structlog
from msgspec.structs import replace

from tokenhouse.boundary import problem
from tokenhouse.boundary.asgi import Headers, head
from tokenhouse.boundary.crowd import Crowd
from tokenhouse.boundary.exchange import Exchange
from tokenhouse.boundary.face import Answer
from tokenhouse.boundary.limits import RETRY_AFTER
from tokenhouse.boundary.pool import Busy
from tokenhouse.boundary.refusals import Exact, WrongMethod
from tokenhouse.core.refusal import Refused, Unavailable

_log: Final = structlog.get_logger(__name__)


class Settling:
    """Spells refusals in the words of their faces, and says once what failed."""

    def __init__(self) -> None:
        self._crowd = Crowd()

    def refused(self, exchange: Exchange, fault: Exception) -> tuple[Answer, Headers]:
        """An answer that can be sent, whatever was raised in place of one.

        Busy is told on the event loop alone.
        """
        try:
            answer = self._spelled(exchange, fault)
            return answer, head(answer, exchange.request.id)
        except Exception as unknown:  # noqa: BLE001 -- unknown is answered as inability
            _note(exchange, unknown)
        try:
            answer = _spell(exchange, Unavailable())
            return answer, head(answer, exchange.request.id)
        except Exception as unspelled:  # noqa: BLE001 -- a face that cannot even refuse
            _note(exchange, unspelled)
        exchange.face = None
        answer = _spell(exchange, Unavailable())
        return answer, head(answer, exchange.request.id)

    def _spelled(self, exchange: Exchange, fault: Exception) -> Answer:
        if isinstance(fault, Refused):
            if fault.detail:
                _log.info(
                    "refused",
                    code=fault.code.value,
                    detail=fault.detail,
                    request_id=exchange.request.id,
                )
            return _spell(exchange, fault)
        if isinstance(fault, Busy):
            self._crowd.refused(fault)
            return _spell(exchange, fault)
        if isinstance(fault, Unavailable):
            _log.warning("unavailable", cause=str(fault), request_id=exchange.request.id)
            return _spell(exchange, fault)
        raise fault


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
