"""Revokes tokens at one process, and watches how long every other one takes them for good.

Asked are only processes that had just said yes to the token, so that they remember it.
"""

import secrets
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import NO_CONTENT, OK, UNAUTHORIZED
from queue import SimpleQueue
from typing import Any, Final, NamedTuple

import msgspec

from tokenhouse.cli.trial.nodes import Line, Node, Nodes
from tokenhouse.core.refusal import Unavailable

ISSUERS: Final = 8
"""Connections over which the tokens are issued."""
_LONGEST_PAUSE_US: Final = 20_000
"""Microseconds before the next revocation, at most: any moment between two looks has its turn."""
WATCHED_SECONDS: Final = 10.0
"""How long a process is asked about a token; who says yes even then is not asked any more."""

_DRAFT: Final = {"description": "bench", "expiresAt": "2100-01-01T00:00:00Z"}
_TOKENS: Final = "/account/tokens"
_VERIFY: Final = "/v1/verify"


class Token(NamedTuple):
    """What is issued: its id, and the header that presents it."""

    id: str
    header: dict[str, str]


class _Revoked(NamedTuple):
    number: int
    token: Token
    acknowledged: float


class Watched(msgspec.Struct, frozen=True):
    """What one process answered. `late`: the revocations with a yes to a question after the reach.

    `seconds`: of each revocation, from acknowledged to the first no; those that got none are
    missing, and are late.
    """

    seconds: dict[int, float]
    late: frozenset[int]


class Outcome(msgspec.Struct, frozen=True):
    """What came of all revocations. `seconds`: until the last of the other processes refused.

    `late` is the number of revocations with a yes after the reach at any other process, and
    `not_at_once` of those with a yes to the next question at the process that revoked.
    """

    seconds: tuple[float, ...]
    late: int
    not_at_once: int


def issue(nodes: Nodes, number: int) -> list[Token]:
    """Issue so many tokens at the first process."""

    def some(count: int) -> list[Token]:
        line = Line(nodes.nodes[0])
        made = [line.created(_TOKENS, nodes.bearer, _DRAFT) for _ in range(count)]
        line.close()
        return [Token(one["id"], {"Authorization": f"Token {one['token']}"}) for one in made]

    shares = [number // ISSUERS + (place < number % ISSUERS) for place in range(ISSUERS)]
    with ThreadPoolExecutor(ISSUERS) as pool:
        return [token for share in pool.map(some, shares) for token in share]


def revoke_each(nodes: Nodes, tokens: Sequence[Token], reach_ms: int) -> Outcome:
    """Revoke one after the other at the first process, while all others are watched."""
    first, *others = nodes.nodes
    queues: list[SimpleQueue[_Revoked | None]] = [SimpleQueue() for _ in others]
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(others)))
        told = [
            pool.submit(_watch, node, queue, reach_ms / 1000)
            for node, queue in zip(others, queues, strict=True)
        ]
        try:
            not_at_once = _revoke(nodes, [Line(node) for node in (first, *others)], tokens, queues)
        finally:
            for queue in queues:
                queue.put(None)
        return _outcome([one.result() for one in told], len(tokens), not_at_once)


def _revoke(
    nodes: Nodes,
    lines: Sequence[Line],
    tokens: Sequence[Token],
    queues: "Sequence[SimpleQueue[_Revoked | None]]",
) -> int:
    """Give how many the first process took for good right after it had acknowledged."""
    first, *others = lines
    not_at_once = 0
    for number, token in enumerate(tokens):
        time.sleep(secrets.randbelow(_LONGEST_PAUSE_US) / 1e6)
        for line in others:
            _expect(OK, line.ask("GET", _VERIFY, token.header)[0])
        _expect(NO_CONTENT, first.ask("DELETE", f"{_TOKENS}/{token.id}", nodes.bearer)[0])
        revoked = _Revoked(number, token, time.monotonic())
        for queue in queues:
            queue.put(revoked)
        not_at_once += first.ask("GET", _VERIFY, token.header)[0] == OK
    for line in lines:
        line.close()
    return not_at_once


def _expect(wanted: int, status: int) -> None:
    if status != wanted:
        raise Unavailable(f"A process answered {status} where {wanted} was due.")


def _watch(node: Node, arriving: "SimpleQueue[_Revoked | None]", reach: float) -> Watched:
    """Ask one process about each token in turn until it refuses it."""
    line, watched, ended = Line(node), list[_Revoked](), False
    seconds: dict[int, float] = {}
    late: set[int] = set()
    while watched or not ended:
        while not ended and (not watched or not arriving.empty()):
            if (revoked := arriving.get()) is None:
                ended = True
            else:
                watched.append(revoked)
        for one in tuple(watched):
            asked = time.monotonic() - one.acknowledged
            status = line.ask("GET", _VERIFY, one.token.header)[0]
            if status == UNAUTHORIZED:
                seconds[one.number] = time.monotonic() - one.acknowledged
                watched.remove(one)
            elif status == OK and asked > reach:
                late.add(one.number)
            if status != UNAUTHORIZED and asked > WATCHED_SECONDS:
                late.add(one.number)
                watched.remove(one)
    line.close()
    return Watched(seconds, frozenset(late))


def _outcome(told: Sequence[Watched], number: int, not_at_once: int) -> Outcome:
    late: set[int] = set().union(*(one.late for one in told))
    everywhere: list[Any] = [[one.seconds.get(place) for one in told] for place in range(number)]
    seconds = tuple(max(each) for each in everywhere if None not in each)
    return Outcome(seconds, len(late), not_at_once)
