"""`tokenhouse clock` as it is typed: what it prints, what it changes, how it ends."""

import json
import os
from pathlib import Path

import pytest

from conformance.world import HandClock, World
from postgres import Server
from tokenhouse.cli import main
from tokenhouse.clock import SystemClock
from tokenhouse.core.moment import HOUR, format_moment
from tokenhouse.store.postgres import open_postgres
from tokenhouse.store.sqlite import open_sqlite


def set_up(opened, ahead: int) -> int:
    """A deployment whose last commit was by a clock that much ahead; give its moment."""
    clock = HandClock(SystemClock().now() + ahead)
    store = opened(clock)
    World(store, clock)
    store.close()
    return clock.moment


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch):
    """Makes a deployment of one engine; gives its store, and what names it on the command line."""
    for name in ("TOKENHOUSE_MASTER_KEY", "TOKENHOUSE_MASTER_KEY_FILE", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    data = tmp_path / "data"
    if request.param == "sqlite":
        yield lambda clock: open_sqlite(data, clock, os.urandom), ["--data", str(data)]
        return
    server: Server = request.getfixturevalue("postgres")
    with server.database() as url:
        data.mkdir(mode=0o700)
        options = ["--data", str(data), "--store", url.reveal()]
        yield lambda clock: open_postgres(url, clock, os.urandom), options


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code = main(["clock", *arguments])
    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    return said.out


def test_a_clock_behind_the_last_commit_is_shown_accepted_and_then_right(capsys, place):
    opened, where = place
    head = set_up(opened, HOUR)
    shown = json.loads(run(capsys, "show", "--json", *where))
    assert shown["last_commit"] == format_moment(head)
    assert -3660 < shown["ahead_seconds"] <= -3590
    assert shown["needs_acceptance"] is True
    said = run(capsys, "show", *where)
    assert "seconds after that" in said
    assert "It has to be accepted" in said
    said = run(capsys, "accept", *where)
    assert f"The last commit was at {format_moment(head)}." in said
    assert "The clock is accepted" in said
    shown = json.loads(run(capsys, "show", "--json", *where))
    assert 0 <= shown["ahead_seconds"] < 60
    assert shown["needs_acceptance"] is False
    assert "It needs no acceptance." in run(capsys, "show", *where)


def test_where_nothing_is_wrong_nothing_is_changed(capsys, place):
    opened, where = place
    set_up(opened, -HOUR)
    assert "nothing was changed" in run(capsys, "accept", *where)
    store = opened(HandClock())
    assert store.floor().accepted == 0
    store.close()


def test_without_a_deployment_it_says_so_and_makes_none(capsys, tmp_path):
    for command in ("show", "accept"):
        assert main(["clock", command, "--data", str(tmp_path)]) == 1
        said = capsys.readouterr()
        assert "No deployment was set up" in said.err
    assert list(tmp_path.iterdir()) == []


def test_other_commands_name_the_way_out(capsys, tmp_path):
    data = tmp_path / "data"
    set_up(lambda clock: open_sqlite(data, clock, os.urandom), HOUR)
    assert main(["keys", "list", "--data", str(data)]) == 7
    assert "tokenhouse clock accept" in capsys.readouterr().err
