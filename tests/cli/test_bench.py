"""`tokenhouse bench revocation`: real processes, a distribution, and nothing left behind."""

import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from patience import steady
from postgres import Server
from running import PROGRAM
from tokenhouse.cli import main
from tokenhouse.cli.bench import _figures
from tokenhouse.cli.trial import nodes, revoking

FEW = ("--processes", "2", "--revocations", "20")
DATABASES = "SELECT datname FROM pg_database"
STUCK = """
from tokenhouse.store.followed import Followed
from tokenhouse.store.sqlite.follower import Follower
Follower._look = lambda self: None
Followed.left_ms = lambda self: 1000
"""
"""A process that follows nothing, and goes by its memory all the same."""


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where directories for a time are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def measured(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict:
    ended = main(["bench", "revocation", *FEW, "--json", *words])
    said = capsys.readouterr()
    assert ended == code, said.err
    told: dict = json.loads(said.out)
    return told


def test_it_tells_how_soon_a_revocation_counts_everywhere_and_leaves_nothing_behind(room, capsys):
    told = steady(lambda: measured(capsys))
    assert told["store"] == "SQLite"
    assert told["yes_after_the_reach"] == told["yes_at_the_revoking_process"] == 0
    figures = told["refused_everywhere_ms"]
    assert 0 < figures["p50"] <= figures["p90"] <= figures["p99"] <= figures["max"] < 1000
    assert list(room.iterdir()) == []


def test_on_postgresql_it_has_a_database_of_its_own_and_removes_it(room, capsys, postgres: Server):
    url = postgres.url().reveal()
    with postgres.connect() as watch:
        before = watch.execute(DATABASES).fetchall()
        told = measured(capsys, "--store", url)
        assert watch.execute(DATABASES).fetchall() == before
    assert told["store"] == "PostgreSQL"
    assert told["yes_after_the_reach"] == 0
    assert list(room.iterdir()) == []


def test_a_yes_after_the_reach_ends_it_with_1(room, capsys, monkeypatch):
    monkeypatch.setattr(nodes, "_CALL", STUCK + nodes._CALL)
    monkeypatch.setattr(revoking, "WATCHED_SECONDS", 1.2)
    told = measured(capsys, code=1)
    assert told["yes_after_the_reach"] == 20
    assert told["refused_everywhere_ms"] == {}
    assert list(room.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_half_way_it_leaves_no_process_and_no_file_behind(tmp_path: Path, number):
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    command = [str(PROGRAM), "bench", "revocation", "--processes", "2"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as bench:
        until = time.monotonic() + 30
        while len(list(tmp_path.glob("*/*.log"))) < 2:
            assert time.monotonic() < until
            time.sleep(0.05)
        time.sleep(0.5)
        started = _children(bench.pid)
        assert started
        bench.send_signal(number)
        assert bench.wait(60) == 130
    assert not [one for one in started if Path(f"/proc/{one}").exists()]
    assert list(tmp_path.iterdir()) == []


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.mark.parametrize("words", [("--processes", "1"), ("--revocations", "0")])
def test_what_measures_nothing_is_not_understood(capsys, words):
    assert main(["bench", "revocation", *words]) == 2
    assert capsys.readouterr().out == ""


def test_a_store_that_cannot_be_reached_is_told_without_its_password(capsys):
    url = "postgresql://bench:hidden-word@127.0.0.1:1/bench"
    assert main(["bench", "revocation", *FEW, "--store", url]) == 7
    assert "hidden-word" not in capsys.readouterr().err


def test_a_quantile_is_a_figure_that_was_measured():
    assert _figures([]) == {}
    assert _figures([0.001]) == {"p50": 1, "p90": 1, "p99": 1, "max": 1}
    hundred = [number / 1000 for number in range(1, 101)]
    assert _figures(hundred[::-1]) == {"p50": 50, "p90": 90, "p99": 99, "max": 100}
