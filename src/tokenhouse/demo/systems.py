"""The demo's sample API: GET `/systems` behind `SystemsRead`, as a customer's API would be."""

from typing import Final, Literal

import msgspec

from tokenhouse.boundary import (
    About,
    Answer,
    Asked,
    Face,
    Refusals,
    Request,
    Route,
    Success,
    problem,
)
from tokenhouse.boundary.media import JSON
from tokenhouse.boundary.possible import statuses
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door, Spelling
from tokenhouse.core.refusal import Refused, Unavailable
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.refusing import refusal

_VENDOR: Final = "application/vnd.gridx.v2+json"
_MEDIA_TYPES: Final = (JSON, _VENDOR)


class System(msgspec.Struct, frozen=True):
    """A power plant on a roof."""

    id: str
    name: str
    peak_power_watts: int = msgspec.field(name="peakPowerWatts")
    state: Literal["online", "maintenance"]


class Error(msgspec.Struct, frozen=True):
    """A refusal, in one sentence."""

    message: str


SYSTEMS: Final = (
    System("sys-1001", "Harbour roof", 48_000, "online"),
    System("sys-1002", "School gym", 29_500, "online"),
    System("sys-1003", "Dairy barn", 99_000, "maintenance"),
)


def _systems(authority: Authority, request: Request, caller: Caller) -> Answer:
    verdict = authority.ask.own(caller).verdict
    if not verdict.allowed:
        raise refusal(verdict, caller.spelling, caller.demand)
    accepted = request.header("accept") or ""
    media_type = _VENDOR if _VENDOR in accepted else JSON
    return Answer(200, msgspec.json.encode(SYSTEMS), media_type)


def _refuse(_: Request, refused: Refused | Unavailable) -> Answer:
    if isinstance(refused, Unavailable):
        return Answer(503, msgspec.json.encode(Error("Try again.")), JSON)
    status = problem.STATUS[refused.code].value
    challenge = (("www-authenticate", 'Token realm="systems", Bearer realm="systems"'),)
    body = msgspec.json.encode(Error(refused.public))
    return Answer(status, body, JSON, challenge if status == 401 else ())


_ABOUT: Final = About(
    tag="Sample API",
    summary="List the systems: a made-up API that asks Tokenhouse about every token.",
    answers={200: Success(list[System])},
    answer_example=[msgspec.to_builtins(SYSTEMS[0])],
)
_READ: Final = Demand(Door.RESOURCE, frozenset({"SystemsRead"}))


FACE: Final = Face(
    name="systems",
    prefixes=("/systems",),
    routes=(Route("GET", "/systems", Asked(_systems), _READ, about=_ABOUT),),
    refuse=_refuse,
    spellings=frozenset({Spelling.BEARER, Spelling.TOKEN}),
    refusals=Refusals(Error, (JSON,), statuses),
    media_types=_MEDIA_TYPES,
)
