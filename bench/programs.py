"""Starting and stopping programs that are measured, each pinned to a core."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

SERVER_CORE: Final = "0"
"""The server that is measured has this core for itself."""
LOAD_CORE: Final = "1"
"""The load comes from this one; PostgreSQL runs here too."""
PATIENCE_SECONDS: Final = 30.0

_NGINX: Final = """\
worker_processes 1; daemon off; pid {directory}/nginx.pid; error_log {directory}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi; uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{ default_type application/json; return 200 "{{}}"; }}
  }}
}}
"""


def pinned(core: str, *command: str) -> list[str]:
    """The command line of a program that runs on one core only."""
    return ["taskset", "-c", core, *command]


@contextmanager
def nginx(directory: Path) -> Iterator[str]:
    """An nginx that answers 200 to everything, with access log off; gives its address."""
    port = free_port()
    configuration = directory / "nginx.conf"
    configuration.write_text(_NGINX.format(directory=directory, port=port))
    command = pinned(SERVER_CORE, "nginx", "-c", str(configuration))
    with running(subprocess.Popen(command, stderr=subprocess.DEVNULL)) as process:
        url = f"http://127.0.0.1:{port}"
        await_answer(process, url, directory / "error.log")
        yield url


@contextmanager
def running(
    process: "subprocess.Popen[bytes]", stop: signal.Signals = signal.SIGTERM
) -> Iterator["subprocess.Popen[bytes]"]:
    """A program that is stopped on leaving, by force where it does not stop in time."""
    try:
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def await_answer(
    process: "subprocess.Popen[bytes]", url: str, log: Path, seconds: float = PATIENCE_SECONDS
) -> None:
    """Wait until a program answers at this address; raise ChildProcessError with its log."""
    until = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url).close()
        except OSError as error:
            if process.poll() is not None or time.monotonic() > until:
                told = log.read_text() if log.exists() else ""
                raise ChildProcessError(f"Nothing answers at {url}:\n{told}") from error
            time.sleep(0.01)
        else:
            return


def resident_mib(pid: int) -> float:
    """The resident memory of a process, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def peak_mib(pid: int) -> float:
    """The most resident memory of a process since `forget_peak`, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = (one for one in lines if one.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def forget_peak(pid: int) -> None:
    """Let the peak count anew; where the kernel lets nobody, it counts from the start."""
    with suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text("5")


def free_port() -> int:
    """A loopback port that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def said(command: Sequence[str]) -> str:
    """What a program that ends by itself wrote."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def worked_seconds(pid: int) -> float:
    """How long a process has had a core until now."""
    _, _, told = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")
    user, system = told.split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
