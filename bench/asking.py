"""A program of its own: it asks about tokens in the process that has the store, without HTTP.

Arguments: the data directory of a deployment on SQLite, and for how many seconds to ask about each.
Reads a line of JSON, which gives the strings by the name of their spelling, and says in JSON how
many verdicts a second each got.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Final

from tokenhouse.config import Settings
from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door, Spelling
from tokenhouse.operations.verify import Verify
from tokenhouse.wiring import open_deployment

_AT_ONCE: Final = 10_000
"""Questions between two looks at the time."""


def _asked(verify: Verify, string: str, spelling: Spelling, seconds: float) -> float:
    """Ask for so long, as whoever serves requests does: a new `Secret` for each of them."""
    demand, asked = Demand(Door.VERIFY, frozenset({"SystemsRead"})), 0
    begun = time.perf_counter()
    while (took := time.perf_counter() - begun) < seconds:
        for _ in range(_AT_ONCE):
            verdict = verify(Secret(string), spelling, demand, "127.0.0.1")
            if verdict.reason is not None:
                raise ChildProcessError(f"A token that was made is not good: {verdict.reason}")
        asked += _AT_ONCE
    return asked / took


def main(place: str, seconds: str) -> None:
    """Ask about what is named, and say how often that went."""
    strings: dict[str, str] = json.loads(sys.stdin.readline())
    with open_deployment(Settings(data=Path(place)), os.environ) as opened:
        verify = opened.authority().verify
        told = {
            name: _asked(verify, string, Spelling(name), float(seconds))
            for name, string in strings.items()
        }
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
