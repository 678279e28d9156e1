"""How a refusal is told to brokers.

One that would ask somebody else after an error gets the no that a client of its own would get, and
cannot tell the two apart. So what is wrong stands in a header, and in our log: else whoever
mistyped the broker's secret would look for the fault at his devices.
"""

import time
from threading import Lock
from typing import Final

import structlog
from msgspec.structs import replace

from tokenhouse.boundary import Answer, Request, problem
from tokenhouse.boundary.face import Refuse
from tokenhouse.core.refusal import Code, Refused, Unavailable

CAUSE: Final = "x-tokenhouse-cause"
"""The header that says why, in one word: the code of the refusal, or `unavailable`."""
_TOLD_EVERY_SECONDS: Final = 1.0

_log: Final = structlog.get_logger(__name__)


def no_or_problem(no: Answer) -> Refuse:
    """Spells what a broker's client brings about as this no, and all else as a problem.

    For brokers that let nobody in for an error either, and log it.
    """

    def refuse(request: Request, refusal: Refused | Unavailable) -> Answer:
        if isinstance(refusal, Refused) and refusal.code is Code.MALFORMED:
            return no
        return problem.refuse(request, refusal)

    return refuse


class Noes:
    """Spells every refusal as one and the same no. Called from any thread.

    The log has at most one entry a second for each code, since clients cause refusals too; and what
    was sent stands nowhere in it.
    """

    def __init__(self, broker: str, no: Answer) -> None:
        self._broker = broker
        self._no = no
        self._lock = Lock()
        self._told_at: dict[Code, float] = {}

    def __call__(self, request: Request, refusal: Refused | Unavailable) -> Answer:
        """The no, with its cause beside it."""
        if isinstance(refusal, Unavailable):  # the log has that already
            return self._because("unavailable")
        if self._is_to_tell(refusal.code):
            _log.warning(
                "a broker's question was refused",
                broker=self._broker,
                code=refusal.code.value,
                fields=[problem.field for problem in refusal.problems],
                address=request.address,
                request_id=request.id,
            )
        return self._because(refusal.code.value)

    def _because(self, cause: str) -> Answer:
        return replace(self._no, headers=(*self._no.headers, (CAUSE, cause)))

    def _is_to_tell(self, code: Code) -> bool:
        now = time.monotonic()
        with self._lock:
            told_at = self._told_at.get(code)
            if told_at is not None and now - told_at < _TOLD_EVERY_SECONDS:
                return False
            self._told_at[code] = now
            return True
