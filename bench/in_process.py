"""Verdicts in the process that has the store: what whoever imports the library gets."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec

from bench.programs import SERVER_CORE, pinned
from bench.servers import Loads

SECONDS: Final = 3
RUNS: Final = 3

_NAMES: Final = ("an organizational token", "a session token, a JWT")


class Asked(msgspec.Struct, frozen=True):
    """What one process got that asks about a token: the median of the runs."""

    name: str
    per_second: float


def in_process(directory: Path, of: Loads) -> list[Asked]:
    """Ask about two tokens of these loads, whose deployment on SQLite is in this directory."""
    strings = {}
    for load in (of.verify, of.verify_session):
        header = load.requests[0].headers["Authorization"]
        scheme, _, string = header.partition(" ")
        strings[f"Authorization: {scheme}"] = string
    runs = [_run(directory / "sqlite", strings) for _ in range(RUNS)]
    return [
        Asked(name, sorted(run[spelling] for run in runs)[RUNS // 2])
        for name, spelling in zip(_NAMES, strings, strict=True)
    ]


def _run(data: Path, strings: dict[str, str]) -> dict[str, float]:
    command = pinned(SERVER_CORE, sys.executable, "-m", "bench.asking", str(data), str(SECONDS))
    said = subprocess.run(
        command, check=True, input=json.dumps(strings) + "\n", stdout=subprocess.PIPE, text=True
    ).stdout
    told: dict[str, float] = json.loads(said)
    return told
