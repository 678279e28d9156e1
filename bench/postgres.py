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

import msgspec

from bench.programs import LOAD_CORE, PATIENCE_SECONDS, pinned, running, said

_USER: Final = "postgres"
_SETTINGS: Final = ("listen_addresses=", "fsync=on", "synchronous_commit=on")
"""Reached through its socket only, which lies in a directory of its owner."""


class Postgres(msgspec.Struct, frozen=True):
    """A PostgreSQL that runs, and what has to be said to get in."""

    version: str
    home: Path
    user: str

    def database(self, name: str) -> str:
        """Make an empty database, and give its URL."""
        subprocess.run(
            [_program("createdb"), "--host", str(self.home), "--username", self.user, name],
            check=True,
        )
        return f"postgresql:///{name}?host={self.home}&user={self.user}"


@contextmanager
def postgres(directory: Path) -> Iterator[Postgres]:
    """Start a PostgreSQL with a new cluster in `directory`."""
    home = directory / "postgres"
    home.mkdir(mode=0o700)
    as_user = _as_user(directory, home)
    cluster = ["-D", str(home / "cluster")]
    make = [_program("initdb"), "--auth=trust", f"--username={_USER}", "--encoding=UTF8", *cluster]
    subprocess.run([*make, "--locale=C"], check=True, stdout=subprocess.DEVNULL, **as_user)
    settings = (*_SETTINGS, f"unix_socket_directories={home}")
    command = [_program("postgres"), *cluster]
    command += [word for setting in settings for word in ("-c", setting)]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(pinned(LOAD_CORE, *command), stderr=log, **as_user)
    with running(process, signal.SIGINT):
        _await(process, home)
        yield Postgres(said([command[0], "--version"]).split()[2], home, _USER)


def _program(name: str) -> str:
    """Where a program is: Debian keeps those of the server where no shell looks."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(debian[-1]) if debian else shutil.which(name)
    if found is None:
        raise SystemExit(
            f"The bench needs PostgreSQL, and there is no {name}; on Debian:"
            " apt-get install postgresql"
        )
    return found


def _as_user(directory: Path, home: Path) -> dict[str, Any]:
    """How to run it: it refuses root, who gives `home` to its own user instead."""
    if os.geteuid() != 0:
        return {"cwd": home}
    shutil.chown(home, _USER, _USER)
    directory.chmod(0o711)
    return {"cwd": home, "user": _USER, "group": _USER, "extra_groups": []}


def _await(process: "subprocess.Popen[bytes]", home: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    asking = [_program("pg_isready"), "--quiet", "--host", str(home)]
    while subprocess.run(asking, check=False).returncode != 0:
        if process.poll() is not None or time.monotonic() > until:
            raise ChildProcessError(f"PostgreSQL did not start:\n{(home / 'log').read_text()}")
        time.sleep(0.05)
