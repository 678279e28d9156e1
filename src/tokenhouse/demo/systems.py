"""The demo's sample API: GET `/systems` behind `SystemsRead`, as a customer's API would be."""

from typing import Final

import msgspec

from tokenhouse.boundary import Answer, Face, Request, Route, problem
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door, Spelling
from tokenhouse.core.refusal import Refused, Unavailable
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller, refusal

SYSTEMS: Final = (
    {"id": "sys-1001", "name": "Harbour roof", "peakPowerWatts": 48_000, "state": "online"},
    {"id": "sys-1002", "name": "School gym", "peakPowerWatts": 29_500, "state": "online"},
    {"id": "sys-1003", "name": "Dairy barn", "peakPowerWatts": 99_000, "state": "maintenance"},
)

_VENDOR: Final = "application/vnd.gridx.v2+json"


def _systems(authority: Authority, request: Request, caller: Caller | None) -> Answer:
    assert caller is not None
    verdict = authority.ask.own(caller).verdict
    if not verdict.allowed:
        raise refusal(verdict, caller.spelling, caller.demand)
    accepted = request.header("accept") or ""
    media_type = _VENDOR if _VENDOR in accepted else "application/json"
    return Answer(200, msgspec.json.encode(SYSTEMS), media_type)


def _refuse(_: Request, refused: Refused | Unavailable) -> Answer:
    if isinstance(refused, Unavailable):
        return Answer(503, b'{"message":"Try again."}', "application/json")
    status = problem.STATUS[refused.code].value
    challenge = (("www-authenticate", 'Token realm="systems", Bearer realm="systems"'),)
    body = msgspec.json.encode({"message": refused.public})
    return Answer(status, body, "application/json", challenge if status == 401 else ())


FACE: Final = Face(
    name="systems",
    prefixes=("/systems",),
    routes=(Route("GET", "/systems", _systems, Demand(Door.RESOURCE, frozenset({"SystemsRead"}))),),
    refuse=_refuse,
    spellings=frozenset({Spelling.BEARER, Spelling.TOKEN}),
)
