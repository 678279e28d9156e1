"""What the tests of commands ask for: a firm in a directory, and somebody who types."""

import io
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from patience import awake
from stage import Stage
from tokenhouse.cli import main
from tokenhouse.clock import SystemClock
from tokenhouse.config import REVOCATION_REACH_MS
from tokenhouse.store.sqlite import SqliteAttempts, open_sqlite

Typed: TypeAlias = Callable[..., str]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The demo's firm, in a directory."""
    data = tmp_path_factory.mktemp("firm") / "data"
    clock = SystemClock()
    store = open_sqlite(data, clock, os.urandom)
    attempts = SqliteAttempts(data / "attempts.db")
    yield Stage(store, attempts, clock, data)
    store.close()
    attempts.close()


def _see_all(firm: Stage) -> None:
    """Wait until the firm's own process has seen what a command did: it is followed by a look."""
    until = awake() + REVOCATION_REACH_MS / 1000
    while firm.store._followed.sequence < firm.store.head()[0]:
        assert awake() < until, "a commit was not seen within the reach"
        time.sleep(0.005)


@pytest.fixture
def typed(
    firm: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Typed:
    """Type a command; what it printed, or why it was not done."""

    def run(*words: str | Path, code: int = 0, stdin: str = "") -> str:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        place = () if "--file" in words else ("--data", str(firm.directory))
        ended = main([*map(str, words), *place])
        said = capsys.readouterr()
        assert ended == code, said
        _see_all(firm)
        return said.out if code == 0 else said.err

    return run
