"""The processes of a trial: `tokenhouse serve` over one store, each on a free loopback port."""

import http.client
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from tokenhouse.cli.trial.place import Place
from tokenhouse.core.refusal import Unavailable

HOST: Final = "127.0.0.1"
START_SECONDS: Final = 30.0
"""How long a process may take until it listens."""
STOP_SECONDS: Final = 20.0
"""How long it may take to stop; then it is ended by force."""
ANSWER_SECONDS: Final = 10.0
"""How long an answer may take."""

_EMAIL: Final = "bench@tokens.example"
_CALL: Final = "import sys; from tokenhouse.cli import main; sys.exit(main())"
_FROM_OUTSIDE: Final = ("TOKENHOUSE_", "STATE_DIRECTORY", "CREDENTIALS_DIRECTORY")


class Node(msgspec.Struct, frozen=True):
    """A process that listens on this port."""

    port: int


class Nodes(msgspec.Struct, frozen=True):
    """Processes over one store, and the header of an administrator who is signed in."""

    nodes: tuple[Node, ...]
    bearer: dict[str, str]


class Line:
    """One connection to a process, which stays open."""

    def __init__(self, node: Node) -> None:
        self._connection = http.client.HTTPConnection(HOST, node.port, timeout=ANSWER_SECONDS)

    def ask(
        self, method: str, path: str, headers: dict[str, str], body: object = None
    ) -> tuple[int, bytes]:
        """The status and the body of an answer; raises Unavailable without any."""
        sent = None if body is None else json.dumps(body).encode()
        typed = {} if sent is None else {"Content-Type": "application/json"}
        try:
            self._connection.request(method, path, sent, headers | typed)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as cause:
            self._connection.close()
            raise Unavailable(f"A process did not answer: {type(cause).__name__}.") from cause

    def created(self, path: str, headers: dict[str, str], body: object) -> Any:
        """What a POST made; raises Unavailable where it made nothing."""
        status, told = self.ask("POST", path, headers, body)
        if status != http.client.CREATED:
            raise Unavailable(f"A process answered {status} to POST {path}.")
        return json.loads(told)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@contextmanager
def serving(place: Place, number: int) -> Iterator[Nodes]:
    """Set a deployment up, and serve it from so many processes, which end with the block."""
    password = _set_up(place)
    with ExitStack() as stack:
        logs = [place.directory / f"{one}.log" for one in range(number)]
        begun = [(stack.enter_context(_process(place, log)), log) for log in logs]
        nodes = tuple(Node(_await_port(process, log)) for process, log in begun)
        line = Line(nodes[0])
        stack.callback(line.close)
        session = line.created("/v1/sessions", {}, {"email": _EMAIL, "password": password})
        yield Nodes(nodes, {"Authorization": f"Bearer {session['token']}"})


def _set_up(place: Place) -> str:
    """Set a deployment up; give the password of its administrator."""
    password = secrets.token_urlsafe(24)
    said = ("--organization", "Bench", "--email", _EMAIL, "--public-url", "http://localhost")
    done = subprocess.run(  # noqa: S603 -- this program itself
        [*_command(place, "init"), *said, "--password-file", "-"],
        input=password.encode(),
        capture_output=True,
        check=False,
        env=_environment(place),
    )
    if done.returncode:
        told = done.stderr.decode().strip().removeprefix("tokenhouse: ")
        raise Unavailable(f"The deployment of the trial could not be set up: {told}")
    return password


@contextmanager
def _process(place: Place, log: Path) -> "Iterator[subprocess.Popen[bytes]]":
    command = [*_command(place, "serve"), "--listen", f"{HOST}:0"]
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 -- this program itself
            command, stderr=said, env=_environment(place)
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _command(place: Place, name: str) -> list[str]:
    return [sys.executable, "-c", _CALL, name, "--data", str(place.directory / "data")]


def _environment(place: Place) -> dict[str, str]:
    """The one of this process, without any setting of this machine's own deployment."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(_FROM_OUTSIDE)}
    nothing = place.directory / "none.toml"
    nothing.touch()
    store = {} if place.store is None else {"TOKENHOUSE_STORE": place.store.reveal()}
    return kept | store | {"TOKENHOUSE_CONFIG": str(nothing)}


def _await_port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    """Wait until a process says on which port it listens."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        for line in log.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n") and b'"address"' in line:
                return int(json.loads(line)["address"].rpartition(":")[2])
        time.sleep(0.02)
    told = " ".join(log.read_text().split())
    raise Unavailable(f"A process of the trial did not begin to listen. {told}")
