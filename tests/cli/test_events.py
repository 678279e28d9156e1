"""`tokenhouse events` as it is typed: what it prints, and how it ends where a chain is broken."""

import json
import os
from pathlib import Path

import pytest

from stage import ADMINISTRATOR, Stage
from tokenhouse.cli import main
from tokenhouse.clock import SystemClock
from tokenhouse.store.sqlite import SqliteAttempts, open_sqlite


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory):
    """The demo's firm beside another one, in a directory."""
    data = tmp_path_factory.mktemp("firm") / "data"
    store = open_sqlite(data, SystemClock(), os.urandom)
    attempts = SqliteAttempts(data / "attempts.db")
    stage = Stage(store, attempts, SystemClock(), data)
    stage.found_organization("Südstrom", "eve@suedstrom.example")
    for _ in range(3):
        stage.issue(stage.session())
    yield stage
    store.close()
    attempts.close()


@pytest.fixture
def typed(firm: Stage, capsys: pytest.CaptureFixture[str]):
    """Type a command; what it printed, or why it was not done."""

    def run(*words: str | Path, code: int = 0) -> str:
        place = () if "--file" in words else ("--data", str(firm.directory))
        ended = main(["events", *map(str, words), *place])
        said = capsys.readouterr()
        assert ended == code, said
        return said.out if code == 0 else said.err

    return run


def test_events_are_shown_newest_first_and_by_what_they_are(typed, firm: Stage):
    listed = json.loads(typed("list", "--json"))
    head = firm.store.head()[0]
    assert [one["sequence"] for one in listed] == list(range(head, max(0, head - 50), -1))
    anna = str(firm.person(ADMINISTRATOR).id)
    own = ("--organization", "Nordlicht Energie", "--actor", anna)
    issued = json.loads(typed("list", *own, "--name", "token", "--limit", "2", "--json"))
    assert [one["name"] for one in issued] == ["token:holder:issued"] * 2
    subject = issued[0]["subject"]
    (one,) = json.loads(typed("list", "--subject", subject, "--json"))
    assert one == issued[0]
    table = typed("list", "--name", "session", "--limit", "1").splitlines()
    assert table[0].split() == ["SEQUENCE", "MOMENT", "NAME", "ACTOR", "SUBJECT"]
    assert anna in table[1]
    assert json.loads(typed("list", "--since", "2999-01-01T00:00:00Z", "--json")) == []
    for flag in ("--since", "--actor", "--person"):
        assert f"{flag} is not as it is written" in typed("list", flag, "x", code=2)
    assert "--limit is not" in typed("list", "--limit", "0", code=2)


def test_a_whole_chain_is_called_so_and_its_place_can_be_kept(typed, firm: Stage):
    told = json.loads(typed("verify", "--json"))
    last = firm.store.recent_events(None, None, 1)[0]
    assert told == {"intact": True, "from": 0, "to": last.sequence, "link": last.link.hex()}
    said = typed("verify").splitlines()
    assert said[0] == f"The chain holds from event 1 to event {last.sequence}."
    kept = said[1].removeprefix("Keep this place: ").split()
    assert json.loads(typed("verify", *kept, "--json"))["from"] == last.sequence
    forged = ("--after", str(last.sequence), "--link", "0" * 64)
    assert f"broken at event {last.sequence}." in typed("verify", *forged, code=1)
    assert "--link is not" in typed("verify", "--link", "x", code=2)
    assert "--after is not" in typed("verify", "--after", "-1", code=2)
    assert "was written yet" in typed("verify", "--after", str(last.sequence + 1), code=4)


@pytest.mark.parametrize("whose", [(), ("--organization", "Nordlicht Energie")])
def test_an_export_is_verified_without_any_database(typed, tmp_path: Path, whose):
    lines = typed("export", *whose).splitlines(keepends=True)
    file = tmp_path / "events.ndjson"
    file.write_text("".join(lines))
    told = json.loads(typed("verify", "--file", file, "--json"))
    assert (told["intact"], told["to"]) == (True, len(lines))
    file.write_text("".join(lines[:7] + lines[8:]))
    assert "broken at event 8." in typed("verify", "--file", file, code=1)
    changed = lines[9].replace(json.loads(lines[9])["digest"], "0" * 64)
    file.write_text("".join([*lines[:9], changed, *lines[10:]]))
    assert "broken at event 10." in typed("verify", "--file", file, code=1)
    file.write_text("".join([lines[0], "no event\n", *lines[1:]]))
    assert "broken at event 2." in typed("verify", "--file", file, code=1)


def test_a_later_export_goes_on_from_a_kept_place(typed, tmp_path: Path):
    first, *rest = typed("export").splitlines(keepends=True)
    file = tmp_path / "events.ndjson"
    file.write_text("".join(rest))
    place = ("--after", "1", "--link", json.loads(first)["link"])
    assert typed("verify", "--file", file, *place).startswith("The chain holds from event 2 to")
    assert typed("export", "--after", "1") == "".join(rest)
    assert "broken at event 1." in typed("verify", "--file", file, code=1)
    assert "needs --link" in typed("verify", "--file", file, "--after", "1", code=2)
    assert "cannot be read" in typed("verify", "--file", tmp_path / "none", code=1)


def test_a_broken_chain_is_told_in_json_too(capsys, tmp_path: Path):
    file = tmp_path / "events.ndjson"
    file.write_text("{}\n")
    assert main(["events", "verify", "--file", str(file), "--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["broken_at"] == 1
    assert json.loads(said.out)["intact"] is False
    assert "broken at event 1" in said.err
