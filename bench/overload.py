"""Overload: three times as many requests as can be served, whether or not they are answered."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import msgspec

from bench.load import Load, Request
from bench.open_loop import IN_TIME_SECONDS, Asked, Came
from bench.programs import LOAD_CORE, pinned

PEERS: Final = (1000, 1900)
"""Each waits for an answer before he asks again; the second is nearly as many as are let in."""
CAPACITY_SECONDS: Final = 3.0
BEFORE_SECONDS: Final = 3.0
OVER_SECONDS: Final = 6.0
AFTER_SECONDS: Final = 6.0
TIMES: Final = 3.0
"""How many times the capacity is asked for."""
CALM: Final = 0.7
"""The part of the capacity that is asked for before and afterwards."""
SETTLED_SECONDS: Final = 0.25
"""In calm, an answer that takes longer is one of a server that has not recovered."""

_STEPS: Final = 10
_NEARLY_ALL: Final = 0.99
_GOOD: Final = frozenset({"200", "201"})
_REFUSED: Final = frozenset({"429", "503"})


class Overloaded(msgspec.Struct, frozen=True):
    """What came of it. Rates are a second, times in milliseconds, recovery in seconds."""

    capacity: float
    asked: float
    goodput: float
    good_p99_ms: float
    refused: float
    refused_p50_ms: float
    refused_p99_ms: float
    given_up: float
    errors: int
    recovery_seconds: float


def overload(load: Load, peers: int) -> Overloaded:
    """Find out what so many are served, then ask for three times as much, then for less than it."""
    (request,) = load.requests
    endless = ((0.0, CAPACITY_SECONDS),)
    closed = _sent(request, endless, peers)
    capacity = sum(one.status in _GOOD for one in closed) / CAPACITY_SECONDS
    calm, over = CALM * capacity, TIMES * capacity
    stretches = ((calm, BEFORE_SECONDS), (over, OVER_SECONDS), (calm, AFTER_SECONDS))
    return _told(capacity, _sent(request, stretches, peers))


def _told(capacity: float, came: Sequence[Came]) -> Overloaded:
    begin, end = BEFORE_SECONDS, BEFORE_SECONDS + OVER_SECONDS
    within = [one for one in came if begin <= one.due < end]
    good = sorted(
        one.came - one.due
        for one in within
        if one.status in _GOOD and one.came - one.due <= IN_TIME_SECONDS
    )
    refused = sorted(one.came - one.sent for one in within if one.status in _REFUSED)
    return Overloaded(
        capacity,
        len(within) / OVER_SECONDS,
        len(good) / OVER_SECONDS,
        _quantile(good, 99),
        len(refused) / OVER_SECONDS,
        _quantile(refused, 50),
        _quantile(refused, 99),
        sum(not one.status for one in within) / OVER_SECONDS,
        sum(one.status not in {"", *_GOOD, *_REFUSED} for one in came),
        _recovered(came, end),
    )


def _recovered(came: Sequence[Came], end: float) -> float:
    """When the first calm second began of which hardly anybody would complain."""
    steps = int((AFTER_SECONDS - 1) * _STEPS)
    for step in range(steps):
        begin = end + step / _STEPS
        within = [one for one in came if begin <= one.due < begin + 1]
        calm = sum(one.status in _GOOD and one.came - one.due <= SETTLED_SECONDS for one in within)
        if calm >= _NEARLY_ALL * len(within):
            return step / _STEPS
    return AFTER_SECONDS


def _quantile(ranked: Sequence[float], percent: int) -> float:
    return ranked[len(ranked) * percent // 100] * 1000 if ranked else 0.0


def _sent(
    request: Request, stretches: tuple[tuple[float, float], ...], connections: int
) -> list[Came]:
    place = urlsplit(request.url)
    path = place.path + (f"?{place.query}" if place.query else "")
    body = request.body.encode()
    fields = {"Host": place.netloc, **request.headers, "Content-Length": str(len(body))}
    head = "\r\n".join(
        [f"{request.method} {path} HTTP/1.1", *(f"{n}: {v}" for n, v in fields.items()), "", ""]
    )
    asked = Asked(
        place.hostname or "", place.port or 80, head.encode() + body, stretches, connections
    )
    done = subprocess.run(
        pinned(LOAD_CORE, sys.executable, "-m", "bench.open_loop"),
        input=msgspec.json.encode(asked),
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=list[Came])
