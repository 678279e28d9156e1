"""A PostgreSQL of its own for one run, durable as it comes, on the core of the load."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench.programs import LOAD_CORE, PATIENCE_SECONDS, pinned, running

_DEBIAN: Final = Path("/usr/lib/postgresql/15/bin")
_USER: Final = "postgres"
_SETTINGS: Final = ("listen_addresses=", "fsync=on", "synchronous_commit=on")
"""Reached through its socket only, which lies in a directory of its owner."""


@contextmanager
def postgres(directory: Path) -> Iterator[str]:
    """Start a PostgreSQL with a new cluster in `directory`; gives the URL of its database."""
    home = directory / "postgres"
    home.mkdir(mode=0o700)
    as_user = _as_user(directory, home)
    cluster = home / "cluster"
    subprocess.run(
        [_program("initdb"), "--auth=trust", "--encoding=UTF8", "--locale=C", "-D", str(cluster)],
        check=True,
        stdout=subprocess.DEVNULL,
        **as_user,
    )
    settings = (*_SETTINGS, f"unix_socket_directories={home}")
    command = [_program("postgres"), "-D", str(cluster)]
    command += [word for setting in settings for word in ("-c", setting)]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(pinned(LOAD_CORE, *command), stderr=log, **as_user)
    with running(process, signal.SIGINT):
        _await(process, home)
        name = _USER if as_user["user"] is not None else os.environ.get("USER", _USER)
        yield f"postgresql:///postgres?host={home}&user={name}"


def version() -> str:
    """Which PostgreSQL is measured."""
    return subprocess.run(
        [_program("postgres"), "--version"], check=True, capture_output=True, text=True
    ).stdout.split()[2]


def _program(name: str) -> str:
    found = _DEBIAN / name
    if found.exists():
        return str(found)
    elsewhere = shutil.which(name)
    if elsewhere is None:
        raise SystemExit(
            f"The bench needs PostgreSQL 15, and there is no {name}; on Debian:"
            " apt-get install postgresql"
        )
    return elsewhere


def _as_user(directory: Path, home: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as its own user, who owns `home`."""
    if os.geteuid() != 0:
        return {"user": None, "group": None, "cwd": home}
    shutil.chown(home, _USER, _USER)
    directory.chmod(0o711)
    return {"user": _USER, "group": _USER, "extra_groups": [], "cwd": home}


def _await(process: "subprocess.Popen[bytes]", home: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    asking = [_program("pg_isready"), "--quiet", "--host", str(home)]
    while subprocess.run(asking, check=False).returncode != 0:
        if process.poll() is not None or time.monotonic() > until:
            raise ChildProcessError(f"PostgreSQL did not start:\n{(home / 'log').read_text()}")
        time.sleep(0.05)
