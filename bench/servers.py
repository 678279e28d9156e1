"""Our own servers under test: how each is started, where it answers, and what it is asked."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import msgspec

from bench.load import Load, Request
from bench.programs import SERVER_CORE, await_answer, free_port, pinned, resident_mib, running

_JSON: Final = {"Content-Type": "application/json"}
_DRAFT: Final = {"description": "bench", "expiresAt": "2100-01-01T00:00:00Z"}


class Server(msgspec.Struct, frozen=True):
    """A deployment that answers: the address of each of its nodes, and who may sign in.

    `start_seconds` and `idle_mib` are those of the first node, from an empty store.
    """

    urls: tuple[str, ...]
    email: str
    password: str
    start_seconds: float
    idle_mib: float


@contextmanager
def on_sqlite(directory: Path) -> Iterator[Server]:
    """A fresh `tokenhouse demo` with its data in `directory`."""
    with _demo(directory) as server:
        yield server
