"""The store alone: programs that commit to it as fast as they can, without HTTP."""

import json
import subprocess
import sys
from contextlib import ExitStack
from typing import Final

import msgspec

from bench.programs import SERVER_CORE, pinned, running

SECONDS: Final = 3
RUNS: Final = 3

_THREADS: Final = 32


class Callers(msgspec.Struct, frozen=True):
    """How many processes commit at the same time, and with how many threads each."""

    processes: int
    threads: int

    def __str__(self) -> str:
        many = "one process" if self.processes == 1 else f"{self.processes} processes"
        return f"{many}, {self.threads} threads" + (" each" if self.processes > 1 else "")


CALLERS: Final = (Callers(1, _THREADS), Callers(1, 2 * _THREADS), Callers(2, _THREADS))


def committed(place: str) -> list[float]:
    """The changes committed a second by each of CALLERS: the median of the runs.

    `place` is a directory for SQLite, or the URL of a PostgreSQL database.
    """
    rounds = [[_run(place, callers) for callers in CALLERS] for _ in range(RUNS)]
    return [sorted(column)[RUNS // 2] for column in zip(*rounds, strict=True)]


def _run(place: str, callers: Callers) -> float:
    arguments = [place, str(callers.threads), str(SECONDS)]
    command = pinned(SERVER_CORE, sys.executable, "-m", "bench.committing", *arguments)
    with ExitStack() as stack:
        processes = []
        for _ in range(callers.processes):  # one by one: the first sets the deployment up
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            processes.append(stack.enter_context(running(process)))
            assert process.stdout is not None
            process.stdout.readline()
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(b"go\n")
            process.stdin.flush()
        told = [json.loads(process.communicate()[0]) for process in processes]
    return float(sum(one["changes"] / one["seconds"] for one in told))
