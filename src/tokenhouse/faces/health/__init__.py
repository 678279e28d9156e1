"""For those who watch the process: does it live, and is it ready.

Owns `/livez` and `/readyz`, which take no credential and tell no detail. Does not own what ready
means: that is `operations.ready`'s to say, and a face is made for whoever says it.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from tokenhouse.boundary import Answer, Early, Face, Request, Route, problem
from tokenhouse.operations.ready import Cause

_JSON: Final = "application/json"
_LIVE: Final = Answer(200, b'{"status":"live"}', _JSON)
_READY: Final = Answer(200, b'{"status":"ready"}', _JSON)


def _live(_: Request) -> Answer:
    return _LIVE


def face(ready: Callable[[], Cause]) -> Face:
    """The face of a process that is ready when `ready` says so."""

    def answer(_: Request) -> Answer:
        cause = ready()
        if cause is None:
            return _READY
        body = msgspec.json.encode({"status": "unready", "cause": cause.value})
        return Answer(503, body, _JSON, (("retry-after", "1"),))

    return Face(
        name="health",
        prefixes=(),
        routes=(
            # Whoever is overloaded is alive: no queue may decide this one.
            Route("GET", "/livez", Early(_live), at_once=True),
            Route("GET", "/readyz", Early(answer)),
        ),
        refuse=problem.refuse,
        spellings=frozenset(),
    )
