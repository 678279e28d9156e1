"""Load from the second core, by wrk; any answer but the expected one counts as an error."""

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from bench.programs import LOAD_CORE

SECONDS: Final = 5
RUNS: Final = 3
CONNECTIONS: Final = 64

_MILLISECONDS: Final = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Request(msgspec.Struct, frozen=True):
    """One request, sent again and again."""

    method: str
    url: str
    headers: dict[str, str]
    body: str = ""


class Measured(msgspec.Struct, frozen=True):
    """What a load gave: the median of the runs. Times in milliseconds."""

    per_second: float
    p99_ms: float
    errors: int


def measure(request: Request) -> Measured:
    """Send the same request over some connections, in several runs; give the median run."""
    runs = sorted((_run(request) for _ in range(RUNS)), key=lambda run: run.per_second)
    median = runs[len(runs) // 2]
    return Measured(median.per_second, median.p99_ms, sum(run.errors for run in runs))


def _run(request: Request) -> Measured:
    with tempfile.TemporaryDirectory() as directory:
        script = Path(directory) / "request.lua"
        script.write_text(_script(request))
        command = [
            *("taskset", "-c", LOAD_CORE, "wrk", "--latency", "-t1", f"-c{CONNECTIONS}"),
            *(f"-d{SECONDS}s", "-s", str(script), request.url),
        ]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    broken = re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", told
    )
    rate, late = (
        re.search(r"Requests/sec:\s+([\d.]+)", told),
        re.search(r"99%\s+([\d.]+)(us|ms|s)", told),
    )
    assert rate is not None
    assert late is not None
    errors = int(refused[1]) if refused else 0
    errors += sum(int(count) for count in broken.groups()) if broken else 0
    return Measured(float(rate[1]), float(late[1]) * _MILLISECONDS[late[2]], errors)


def _script(request: Request) -> str:
    lines = [f"wrk.method = {_quoted(request.method)}", f"wrk.body = {_quoted(request.body)}"]
    lines += [f"wrk.headers[ {_quoted(n)} ] = {_quoted(v)}" for n, v in request.headers.items()]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return "[==[" + text + "]==]"
