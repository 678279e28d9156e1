"""Runs `tokenhouse serve` and `tokenhouse init` as an operator would: as processes."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx

from running import PROGRAM

ORGANIZATION = "Nordlicht"
EMAIL = "anna@nordlicht.example"
PASSWORD = "seven-quiet-lanterns-drift-4471"
NO_SETTINGS = Path(__file__).with_name("none.toml")
LOOPBACK = "127.0.0.1:0"


def environment(**variables: str) -> dict[str, str]:
    """The one of this process, without any setting of the machine's."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("TOKENHOUSE_")}
    kept.pop("STATE_DIRECTORY", None)
    kept.pop("CREDENTIALS_DIRECTORY", None)
    return kept | {"TOKENHOUSE_CONFIG": str(NO_SETTINGS)} | variables


def run(
    *arguments: str | Path, given: str = "", **variables: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; `given` is its standard input."""
    return subprocess.run(
        [str(PROGRAM), *(str(argument) for argument in arguments)],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment(**variables),
    )


def init(data: Path, public_url: str, *more: str | Path) -> dict[str, Any]:
    """Set a deployment up; give what the command said."""
    named = ["--organization", ORGANIZATION, "--email", EMAIL, "--public-url", public_url]
    done = run(
        "init", "--data", data, *named, "--password-file", "-", "--json", *more, given=PASSWORD
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


class Served:
    """A server that listens: what it said so far, and a client of it."""

    def __init__(self, process: "subprocess.Popen[str]", scheme: str) -> None:
        self.process = process
        self.lines: list[str] = []
        self.begun = self._next()
        self.port = int(self.begun["address"].rpartition(":")[2])
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=self.url, timeout=30, verify=False)
        self._rest = threading.Thread(target=self._read_on)
        self._rest.start()

    @property
    def code(self) -> str:
        """The code of the link to the first-run page."""
        return str(self.begun["link"]).rpartition("#")[2].rpartition("=")[2]

    def _next(self) -> dict[str, Any]:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if line.startswith("{") and "address" in line:
                begun: dict[str, Any] = json.loads(line)
                return begun
        raise AssertionError("".join(self.lines))

    def _read_on(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(self.process.stderr)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it, and wait for its end; give the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end, and for its last words."""
        code = self.process.wait(30)
        self._rest.join()
        return code

    def status(self, path: str, **asked: Any) -> int:
        return self.client.get(path, **asked).status_code

    def sign_in(self, password: str = PASSWORD, **headers: str) -> "httpx.Response":
        asked = {"email": EMAIL, "password": password}
        return self.client.post("/v1/sessions", json=asked, headers=headers)


@contextmanager
def serving(
    data: Path,
    *flags: str | Path,
    listen: str = LOOPBACK,
    scheme: str = "http",
    program: Sequence[str] = (str(PROGRAM),),
    **variables: str,
) -> Iterator[Served]:
    """A running server; it is ended, and waited for, on leaving."""
    command = [*program, "serve", "--data", str(data), "--listen", listen]
    process = subprocess.Popen(
        [*command, *(str(flag) for flag in flags)],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**variables),
    )
    assert process.stderr is not None
    with process.stderr:
        served = None
        try:
            served = Served(process, scheme)
            with served.client:
                yield served
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.send_signal(signal.SIGCONT)  # a stopped one would never end
            process.wait(30)
            if served is not None:
                served.wait()
