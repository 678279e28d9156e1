"""A peer: django-oauth-toolkit from PyPI, on gunicorn and PostgreSQL as its documents advise."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.peer import CLIENT, Doors, Peer, asked
from bench.postgres import Postgres
from bench.programs import SERVER_CORE, await_answer, free_port, pinned, running, said

_DIRECTORY: Final = Path(__file__).parent / "peers" / "django-oauth-toolkit"
_PROGRAMS: Final = _DIRECTORY / ".venv" / "bin"
_DATABASE: Final = "django"
_NAMES: Final = ("django-oauth-toolkit", "Django", "gunicorn")
_GUNICORN: Final = ("--workers", "1", "--threads", "4", "--log-level", "error")
"""One process, as ours is; with threads, since a worker without them closes each connection."""


def installed() -> None:
    """Install the peer, in a place of its own, as its lock file says."""
    if _PROGRAMS.is_dir():
        return
    subprocess.run([sys.executable, "-m", "venv", str(_PROGRAMS.parent)], check=True)
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes"]
    lock = str(_DIRECTORY / "requirements.txt")
    subprocess.run([str(_PROGRAMS / "pip"), "install", *options, "-r", lock], check=True)


@contextmanager
def django_oauth_toolkit(directory: Path, engine: Postgres) -> Iterator[Peer]:
    """Start the peer with one client; what it says goes to a file in `directory`."""
    secret, port = secrets.token_urlsafe(32), free_port()
    engine.database(_DATABASE)
    environment = os.environ | {
        "PEER_KEY": secrets.token_urlsafe(50),
        "PEER_DATABASE": _DATABASE,
        "PEER_USER": engine.user,
        "PEER_HOST": str(engine.home),
    }
    making = [str(_PROGRAMS / "python"), "peer.py", CLIENT, secret]
    subprocess.run(making, check=True, cwd=_DIRECTORY, env=environment)
    serving = [str(_PROGRAMS / "gunicorn"), "--bind", f"127.0.0.1:{port}", *_GUNICORN]
    log = directory / "django.log"
    command = pinned(SERVER_CORE, *serving, "peer:application")
    with (
        log.open("wb") as said_there,
        running(
            subprocess.Popen(command, cwd=_DIRECTORY, env=environment, stderr=said_there)
        ) as process,
    ):
        url = f"http://127.0.0.1:{port}"
        await_answer(process, f"{url}/", log)
        doors = Doors(f"{url}/o/token/", f"{url}/o/introspect/")
        yield asked(_name(), "PostgreSQL", doors, secret)


def _name() -> str:
    listed = dict(
        line.split("==") for line in said([str(_PROGRAMS / "pip"), "freeze"]).splitlines()
    )
    toolkit, django, gunicorn = (f"{name} {listed[name]}" for name in _NAMES)
    return f"{toolkit} with {django} on {gunicorn}, in PostgreSQL"
