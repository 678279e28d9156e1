"""Load from the second core, by wrk; any answer but the expected one counts as an error."""

import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from bench.programs import LOAD_CORE, pinned

SECONDS: Final = 5
RUNS: Final = 3
CONNECTIONS: Final = 64

_MILLISECONDS: Final = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Request(msgspec.Struct, frozen=True):
    """One request, sent again and again.

    Where it is not always the same, `script` gives the Lua by which wrk makes it; asked anew for
    each run.
    """

    method: str
    url: str
    headers: dict[str, str]
    body: str = ""
    script: Callable[[], str] = str


class Load(msgspec.Struct, frozen=True):
    """A named load: its requests are sent at the same time, each over as many connections."""

    name: str
    requests: tuple[Request, ...]


class Measured(msgspec.Struct, frozen=True):
    """What a load gave: the median of the runs, and the errors of all. Times in milliseconds."""

    per_second: float
    p99_ms: float
    errors: int


def measure(loads: Sequence[Load]) -> list[Measured]:
    """Measure loads one after the other, in several rounds; give each one's median.

    In rounds, because a busy minute of the machine should not fall on one of them alone.
    """
    rounds = [[_run(load) for load in loads] for _ in range(RUNS)]
    return [_median([run[place] for run in rounds]) for place in range(len(loads))]


def warm_up(loads: Sequence[Load], times: int) -> None:
    """Run loads that nobody measures, for a peer that becomes faster while it runs."""
    for _ in range(times):
        for load in loads:
            _run(load)


def _median(runs: Sequence[Measured]) -> Measured:
    median = sorted(runs, key=lambda run: run.per_second)[len(runs) // 2]
    return Measured(median.per_second, median.p99_ms, sum(run.errors for run in runs))


def _run(load: Load) -> Measured:
    with tempfile.TemporaryDirectory() as directory:
        started = []
        for place, request in enumerate(load.requests):
            script = Path(directory) / f"{place}.lua"
            script.write_text(_script(request))
            command = pinned(
                LOAD_CORE,
                *("wrk", "--latency", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"),
                *("-s", str(script), request.url),
            )
            started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        told = [_read(one.communicate()[0]) for one in started]
    return Measured(
        sum(one.per_second for one in told),
        max(one.p99_ms for one in told),
        sum(one.errors for one in told),
    )


def _read(told: str) -> Measured:
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    broken = re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", told
    )
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    late = re.search(r"99%\s+([\d.]+)(us|ms|s)", told)
    if rate is None or late is None:
        raise ChildProcessError(f"wrk did not measure anything:\n{told}")
    errors = int(refused[1]) if refused else 0
    errors += sum(int(count) for count in broken.groups()) if broken else 0
    return Measured(float(rate[1]), float(late[1]) * _MILLISECONDS[late[2]], errors)


def _script(request: Request) -> str:
    lines = [f"wrk.method = {quoted(request.method)}", f"wrk.body = {quoted(request.body)}"]
    lines += [f"wrk.headers[ {quoted(n)} ] = {quoted(v)}" for n, v in request.headers.items()]
    return "\n".join([*lines, request.script()])


def quoted(text: str) -> str:
    """A string of Lua."""
    return "[==[" + text + "]==]"
