"""For those who watch the process: does it live, and is it ready.

Owns `/livez` and `/readyz`, which take no credential and tell no detail. Does not own what ready
means: that is `operations.ready`'s to say, and a face is made for whoever says it.
"""

from collections.abc import Callable
from typing import Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary import (
    About,
    Answer,
    Early,
    Face,
    Request,
    Route,
    Success,
    answered,
    problem,
)
from tokenhouse.boundary.media import JSON
from tokenhouse.boundary.possible import PROBLEMS
from tokenhouse.operations.ready import Cause, Unready


class Live(msgspec.Struct, frozen=True):
    """The process answers."""

    status: Literal["live"]


class Health(msgspec.Struct, frozen=True):
    """Whether it can do its work, and in one word why not."""

    status: Literal["ready", "unready"]
    cause: Unready | UnsetType = UNSET


_LIVE: Final = answered(200, Live("live"))
_READY: Final = answered(200, Health("ready"))


_LIVES: Final = About(
    tag="Health",
    summary="Does the process live?",
    answers={200: Success(Live)},
    answer_example={"status": "live"},
)
_IS_READY: Final = About(
    tag="Health",
    summary="Can it do its work?",
    text="503 says in `cause` why not.",
    answers={200: Success(Health), 503: Success(Health, ("Retry-After",))},
    answer_example={"status": "ready"},
)


def _live(_: Request) -> Answer:
    return _LIVE


def face(ready: Callable[[], Cause]) -> Face:
    """The face of a process that is ready when `ready` says so."""

    def answer(_: Request) -> Answer:
        cause = ready()
        if cause is None:
            return _READY
        return answered(503, Health("unready", cause), (("retry-after", "1"),))

    return Face(
        name="health",
        prefixes=(),
        routes=(
            # Whoever is overloaded is alive: no queue may decide this one.
            Route("GET", "/livez", Early(_live), at_once=True, about=_LIVES),
            Route("GET", "/readyz", Early(answer), about=_IS_READY),
        ),
        refuse=problem.refuse,
        spellings=frozenset(),
        refusals=PROBLEMS,
        media_types=(JSON,),
    )
