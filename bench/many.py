"""Deployments on SQLite with few and many tokens: start, idle memory, first and later questions."""

import http.client
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

import apsw
import msgspec

from bench.load import RUNS, Load, Measured, Request, measure
from bench.mixture import mixed
from bench.servers import Server, issue, serving
from tokenhouse.clock import SystemClock
from tokenhouse.config import BRAND
from tokenhouse.core.credential import RANDOM_BYTES, fingerprint, mint
from tokenhouse.core.identifier import ID_BYTES, uuid7
from tokenhouse.kinds.organizational import ORGANIZATIONAL
from tokenhouse.store.sqlite import FILE

SIZES: Final = (1_000, 100_000)
MILLION: Final = 1_000_000
ASKED: Final = 1_000
"""So many tokens are asked about, each for the first time, and then once more."""
BATCH: Final = 10_000


class Sized(msgspec.Struct, frozen=True):
    """What a deployment with so many tokens gave: medians of several starts.

    `cold_ms` and `remembered_ms` are the p50 and the p99 of single questions over one connection;
    `measured` is of many connections that ask about remembered ones in turn.
    """

    tokens: int
    start_seconds: float
    idle_mib: float
    cold_ms: tuple[float, float]
    remembered_ms: tuple[float, float]
    measured: Measured


class _Started(msgspec.Struct, frozen=True):
    server: Server
    cold_ms: tuple[float, float]
    remembered_ms: tuple[float, float]


def sized(directory: Path, tokens: int) -> Sized:
    """Make a deployment with so many tokens, and measure it."""
    place = directory / f"with-{tokens}"
    place.mkdir()
    with serving(place, None) as server:
        issue(server)
    strings = list(filled(place / "sqlite" / FILE, tokens))
    starts = [_started(place, strings) for _ in range(RUNS)]
    with serving(place, None) as server:
        (measured,) = measure([_in_turn(server, _chosen(strings))])

    def middle(of: str) -> tuple[float, float]:
        pairs = [getattr(one, of) for one in starts]
        return median(p50 for p50, _ in pairs), median(p99 for _, p99 in pairs)

    return Sized(
        tokens,
        median(one.server.start_seconds for one in starts),
        median(one.server.idle_mib for one in starts),
        middle("cold_ms"),
        middle("remembered_ms"),
        measured,
    )


def filled(file: Path, tokens: int) -> Iterator[str]:
    """Write tokens that differ from the one there in what has to differ; give their strings.

    Straight into the table, and without their events: issued one by one they would take minutes,
    and what is measured reads none of it.
    """
    connection = apsw.Connection(str(file))
    cursor = connection.execute("SELECT * FROM tokens WHERE kind = ?", (ORGANIZATIONAL.name,))
    names = [column[0] for column in cursor.get_description()]
    (template,) = (dict(zip(names, row, strict=True)) for row in cursor)
    places = ", ".join(f":{name}" for name in names)
    statement = f"INSERT INTO tokens ({', '.join(names)}) VALUES ({places})"
    clock, letter = SystemClock(), ORGANIZATIONAL.letter
    assert letter is not None
    for start in range(1, tokens, BATCH):
        rows: list[dict[str, Any]] = []
        for number in range(start, min(start + BATCH, tokens)):
            string = mint(BRAND, letter, os.urandom(RANDOM_BYTES)).reveal()
            token_id = uuid7(clock.now(), os.urandom(ID_BYTES)).bytes
            differs = {"id": token_id, "family_id": token_id, "fingerprint": fingerprint(string)}
            rows.append({**template, **differs, "number": template["number"] + number})
            yield string
        with connection:
            connection.executemany(statement, rows)
    connection.close()


def _started(place: Path, strings: Sequence[str]) -> _Started:
    """Start a process that remembers nothing, and ask about tokens for the first time."""
    with serving(place, None) as server:
        chosen = _chosen(strings)
        return _Started(server, _each(server, chosen), _each(server, chosen))


def _chosen(strings: Sequence[str]) -> list[str]:
    return secrets.SystemRandom().sample(strings, min(ASKED, len(strings)))


def _each(server: Server, strings: Sequence[str]) -> tuple[float, float]:
    """Ask about each once over one connection: the p50 and the p99 in milliseconds."""
    connection = http.client.HTTPConnection(server.urls[0].removeprefix("http://"))
    took = []
    for string in strings:
        began = time.perf_counter()
        connection.request("GET", "/v1/verify", headers={"Authorization": f"Token {string}"})
        answer = connection.getresponse()
        answer.read()
        took.append((time.perf_counter() - began) * 1000)
        if answer.status != http.client.OK:
            raise ChildProcessError(f"A token that was written is not good: {answer.status}")
    connection.close()
    ranked = sorted(took)
    return ranked[len(ranked) // 2], ranked[len(ranked) * 99 // 100]


def _in_turn(server: Server, strings: Sequence[str]) -> Load:
    script = mixed("Authorization", [f"Token {string}" for string in strings])
    request = Request("GET", f"{server.urls[0]}/v1/verify", {}, script=lambda: script)
    return Load("verify remembered tokens in turn", (request,))
