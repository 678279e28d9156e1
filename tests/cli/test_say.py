"""What commands print, and what they ask for before they do anything."""

import json
import os
import pty
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path
from uuid import UUID

import pytest

from tokenhouse.cli.choosing import choose_organization
from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.flags import refuse_unless
from tokenhouse.cli.say import aligned, moment, say_json, say_table, second
from tokenhouse.cli.secret import given_secret
from tokenhouse.config import Misconfigured
from tokenhouse.core.principal import Organization

HEAD = ("ID", "NAME", "SINCE")
ROWS = [("1", "Nordlicht", "2030"), ("22", "Süd", "2031")]
PRINTING = f"from tokenhouse.cli.say import say_table; say_table({HEAD}, {ROWS})"


def test_columns_are_aligned(capsys):
    say_table(HEAD, ROWS)
    assert capsys.readouterr().out.splitlines() == [
        "ID  NAME       SINCE",
        "1   Nordlicht  2030",
        "22  Süd        2031",
    ]


def test_an_empty_table_is_its_heading(capsys):
    say_table(HEAD, [])
    assert capsys.readouterr().out == "ID  NAME  SINCE\n"


@pytest.mark.parametrize(
    ("columns", "shown", "left_out"),
    [(20, HEAD, ()), (19, HEAD[:2], HEAD[2:]), (12, HEAD[:1], HEAD[1:]), (1, HEAD[:1], HEAD[1:])],
)
def test_a_terminal_shows_the_columns_that_fit_and_says_which_it_left_out(columns, shown, left_out):
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", PRINTING],
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
        env=os.environ | {"COLUMNS": str(columns)},
    )
    os.close(theirs)
    heading = os.read(ours, 1000).decode().splitlines()[0]
    os.close(ours)
    assert tuple(heading.split()) == shown
    assert bool(left_out) == bool(done.stderr)
    assert ", ".join(left_out) in done.stderr


def test_what_a_terminal_would_act_on_is_made_harmless():
    assert aligned([("a\x1b[2Jb", "c\nd")]) == ["a\ufffd[2Jb  c\ufffdd"]


def test_moments_are_exact_for_programs_and_to_the_second_for_people(capsys):
    assert moment(1_234_567) == "1970-01-01T00:00:01.234567Z"
    assert second(1_234_567) == "1970-01-01T00:00:01Z"
    assert (moment(None), second(None)) == (None, "-")
    say_json({"at": moment(0), "name": "Süd"})
    assert json.loads(capsys.readouterr().out)["name"] == "Süd"


def test_what_cannot_be_undone_wants_a_yes():
    with pytest.raises(
        Stopped, match=r"^Nothing was done\. All ends\. If you mean it, add --yes\.$"
    ):
        refuse_unless(False, "All ends.")
    refuse_unless(True, "All ends.")


def test_a_secret_is_read_from_a_file_of_ones_own_alone(tmp_path: Path):
    file = tmp_path / "token"
    file.write_text("tho_1\r\n")
    file.chmod(0o600)
    assert given_secret(str(file), "a token").reveal() == "tho_1"
    file.chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        given_secret(str(file), "a token")


@pytest.mark.parametrize(
    ("given", "says"),
    [(b"tho_1\n", None), (b"x" * 8193, "too long for a token"), (b"\xff", "not text in UTF-8")],
)
def test_a_secret_is_read_from_standard_input_within_bounds(monkeypatch, given, says):
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(given)))
    if says is None:
        assert given_secret("-", "a token").reveal() == "tho_1"
        return
    with pytest.raises(Stopped, match=says):
        given_secret("-", "a token")


def organizations(*names: str) -> list[Organization]:
    return [
        Organization(UUID(int=place), 1, name, False, 0, 0, 0) for place, name in enumerate(names)
    ]


def chosen(asked: str | None, *names: str) -> Organization:
    known = organizations(*names)
    return choose_organization(
        asked, lambda text, most: [one for one in known if text in (None, one.name)][:most]
    )


def test_the_only_organization_need_not_be_named():
    assert chosen(None, "Nord").name == "Nord"
    assert chosen("Süd", "Nord", "Süd").name == "Süd"


@pytest.mark.parametrize(
    ("asked", "names", "code", "says", "lines"),
    [
        (None, (), Exit.NOT_FOUND, "There is no organization", 0),
        ("West", ("Nord",), Exit.NOT_FOUND, "has this id or name", 0),
        (None, ("Nord", "Süd"), Exit.NOT_UNDERSTOOD, "name one with --organization", 2),
        (None, ("Nord",) * 40, Exit.NOT_UNDERSTOOD, "name one with --organization", 11),
        ("Nord", ("Nord", "Nord"), Exit.NOT_UNDERSTOOD, "give the id of one", 2),
    ],
)
def test_where_it_is_not_clear_which_is_meant_nothing_is_guessed(asked, names, code, says, lines):
    with pytest.raises(Stopped, match=says) as stopped:
        chosen(asked, *names)
    assert stopped.value.code is code
    assert len(stopped.value.lines) == lines
