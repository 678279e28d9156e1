"""The programs that are measured, each pinned to the first core; the load comes from the second."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

SERVER_CORE: Final = "0"
LOAD_CORE: Final = "1"
_PATIENCE_SECONDS: Final = 30.0

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


class Demo(msgspec.Struct, frozen=True):
    """A demo that runs: its address, its people, what it took to start and what it holds."""

    url: str
    people: list[dict[str, str]]
    start_seconds: float
    idle_mib: float


@contextmanager
def nginx(directory: Path) -> Iterator[str]:
    """An nginx that answers 200 to everything, with access log off; gives its address."""
    port = free_port()
    configuration = directory / "nginx.conf"
    configuration.write_text(_NGINX.format(directory=directory, port=port))
    command = ["taskset", "-c", SERVER_CORE, "nginx", "-c", str(configuration)]
    with _running(subprocess.Popen(command, stderr=subprocess.DEVNULL)):
        url = f"http://127.0.0.1:{port}"
        _await(url)
        yield url


@contextmanager
def demo(directory: Path) -> Iterator[Demo]:
    """A fresh `tokenhouse demo` with its data in `directory`."""
    program = Path(sys.executable).with_name("tokenhouse")
    command = [
        *("taskset", "-c", SERVER_CORE, str(program), "demo"),
        *("--port", str(free_port()), "--data", str(directory / "data"), "--json"),
    ]
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    with _running(process):
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        _await(ready["url"] + "/.well-known/jwks.json")
        took = time.monotonic() - started
        time.sleep(1)
        yield Demo(ready["url"], ready["people"], took, resident_mib(process.pid))


def resident_mib(pid: int) -> float:
    """The resident memory of a process, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def free_port() -> int:
    """A loopback port that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _running(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_PATIENCE_SECONDS)


def _await(url: str) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return
