"""A real amqtt that runs the recipe of the documents, as a process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docs.documents import ROOT
from ports import free_port

RECIPE = ROOT / "docs" / "brokers" / "amqtt.yaml"
PROGRAM = Path(sys.executable).with_name("amqtt")
LISTENS, ASKS = "127.0.0.1:1883", "http://127.0.0.1:8080"
CLIENT_ID, SECRET_FILE = "00000000-0000-0000-0000-000000000000", "tokenhouse-secret"
BOUND = "client_ids: bound"
PATIENCE_SECONDS = 20.0


class Amqtt:
    """A broker that listens, and what it wrote down."""

    def __init__(self, port: int, log: Path, process: "subprocess.Popen[bytes]") -> None:
        self.port = port
        self.process = process
        self._log = log

    def log(self) -> str:
        return self._log.read_text("utf-8", errors="replace")

    def said(self, text: str, seconds: float = 5.0) -> bool:
        """Whether it writes a text down, soon."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if text in self.log():
                return True
            time.sleep(0.02)
        return False


def recipe(port: int, url: str, client_id: str, secret_file: Path, client_ids: str) -> str:
    """The recipe with other addresses and another client, and nothing else changed."""
    text = RECIPE.read_text("utf-8")
    changes = {
        LISTENS: f"127.0.0.1:{port}",
        ASKS: url,
        CLIENT_ID: client_id,
        SECRET_FILE: str(secret_file),
        BOUND: f"client_ids: {client_ids}",
    }
    for written, meant in changes.items():
        assert text.count(written) == 1, written
        text = text.replace(written, meant)
    return text


@contextmanager
def amqtt(
    directory: Path, url: str, client: tuple[str, str], client_ids: str = "bound"
) -> Iterator[Amqtt]:
    """A broker that asks at `url` as a client with its secret; ended on leaving."""
    directory.mkdir()
    port, log = free_port(), directory / "log"
    secret_file, config = directory / "secret", directory / "amqtt.yaml"
    secret_file.write_text(client[1] + "\n")
    config.write_text(recipe(port, url, client[0], secret_file, client_ids))
    with log.open("wb") as written:
        process = subprocess.Popen(
            [str(PROGRAM), "-c", str(config)],
            stdout=written,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
    running = Amqtt(port, log, process)
    try:
        assert running.said(f"bind to 127.0.0.1:{port}", PATIENCE_SECONDS), running.log()
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)
