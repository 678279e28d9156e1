"""A server with the demo's files of devices alone, in a process of its own, whose memory is read.

Run as a program it serves them with limits of a test's choice, and says its port and a token.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from patience import be_patient
from rigs import enroll
from stage import MovedClock, Stage
from tokenhouse.boundary import Boundary
from tokenhouse.demo import device_files
from tokenhouse.demo.device_files.room import Bounds
from tokenhouse.demo.device_files.shelf import Shelf
from tokenhouse.server import listen, serve
from tokenhouse.store.memory import MemoryAttempts, MemoryStore


class Uploading:
    """The running process: where it listens, a device's token, and how large it is."""

    def __init__(self, process: "subprocess.Popen[str]", directory: Path) -> None:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        self.port: int = said["port"]
        self.token: str = said["token"]
        self.url = f"http://127.0.0.1:{self.port}"
        self.sent = directory / "device-files" / "sent"
        self._status = Path(f"/proc/{process.pid}/status")
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # setting up hashes passwords

    def largest_mib(self) -> float:
        """The most memory that it had resident since it served."""
        (line,) = (one for one in self._status.read_text().splitlines() if one.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024


@contextmanager
def uploading(directory: Path, most: int) -> Iterator[Uploading]:
    """The process, which takes files of so many bytes; ended on leaving."""
    command = [sys.executable, "-m", "demo.uploading", str(directory), str(most)]
    tests = str(Path(__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": tests}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        yield Uploading(process, directory)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


def main(directory: Path, most: int) -> None:
    """Serve until told to stop."""
    be_patient()  # a disk takes its time for several large files at once
    clock = MovedClock()
    stage = Stage(MemoryStore(clock, os.urandom), MemoryAttempts(), clock, directory)
    shelf = Shelf(directory / "device-files", Bounds(most, 4 * most, 4 * most))
    listener = listen("127.0.0.1", 0)
    token = enroll(stage).secret.reveal()
    said = json.dumps({"port": listener.port, "token": token})
    boundary = Boundary(stage.authority, (device_files.face(shelf),))
    serve(boundary, listener, lambda: print(said, flush=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
