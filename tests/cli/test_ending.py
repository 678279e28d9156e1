"""How commands end: one exit code for each way, one sentence for each cause."""

import os
import re
import subprocess

import pytest

from docs.documents import PAGES
from running import PROGRAM
from tokenhouse.cli import main
from tokenhouse.cli.ending import EXITS, run
from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.faults import spelled
from tokenhouse.cli.tree import tree
from tokenhouse.config import Misconfigured
from tokenhouse.core.refusal import Code, Problem, Refused, Unavailable

FAULTS = (Problem("full_name", "is too long"), Problem("permissions[1]", "is none"))


def ended(error: BaseException | None) -> int:
    """What a command ends with that ends so."""
    app = tree()

    @app.command
    def end() -> None:
        if error is not None:
            raise error

    return run(app, ["end"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (None, 0),
        (Stopped("No."), 1),
        (Misconfigured("No."), 2),
        (Refused(Code.NOT_FOUND, "No."), 3),
        (Refused(Code.GONE, "No."), 3),
        (Refused(Code.MALFORMED, "No."), 4),
        (Refused(Code.FORBIDDEN, "No."), 4),
        (Refused(Code.UNPROCESSABLE, "No."), 4),
        (Refused(Code.ALREADY_DONE, "No."), 6),
        (Refused(Code.STALE, "No."), 6),
        (Unavailable("No."), 7),
        (Stopped("No.", Exit.TOKEN_NOT_GOOD), 8),
        (KeyboardInterrupt(), 130),
    ],
    ids=repr,
)
def test_each_way_to_end_has_its_code_and_one_sentence_on_stderr(capsys, error, code):
    assert ended(error) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(r"(tokenhouse: (No|Interrupted)\.\n)?", said.err)
    assert bool(said.err) == (code != 0)


@pytest.mark.parametrize("command", ["--help", "config show --origin"])
def test_who_reads_no_further_is_no_fault(command):
    """As in `tokenhouse events list | head`."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [PROGRAM, *command.split()], stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_every_refusal_has_an_exit_code():
    assert set(EXITS) == set(Code)
    assert set(EXITS.values()) == {Exit.NOT_FOUND, Exit.REFUSED, Exit.CONFLICT}


def test_single_faults_stand_indented_under_the_sentence(capsys):
    assert ended(Refused(Code.MALFORMED, "Some of this is wrong.", FAULTS)) == Exit.REFUSED
    told = "tokenhouse: Some of this is wrong.\n  full_name is too long\n  permissions[1] is none\n"
    assert capsys.readouterr().err == told


def test_faults_are_told_by_what_was_typed():
    with pytest.raises(Refused) as told, spelled({"full_name": "NAME"}):
        raise Refused(
            Code.MALFORMED, "No.", (*FAULTS, Problem("expires_at", "lies in the past")), detail="d"
        )
    assert (told.value.code, told.value.public, told.value.detail) == (Code.MALFORMED, "No.", "d")
    assert [problem.field for problem in told.value.problems] == [
        *("NAME", "--permissions number 2", "--expires-at"),
    ]


def test_what_a_terminal_would_act_on_is_not_written_to_it(capsys):
    ended(Stopped("Red \x1b[31m and\nmore.", lines=("\x1b]0;title\x07",)))
    written = capsys.readouterr().err
    assert written.count("\n") == 2
    assert written.replace("\n", "").isprintable()


def test_the_exit_codes_are_told_in_the_documents_and_in_help(capsys):
    codes = [int(row[0]) for row in PAGES["commands"].rows("How they end")]
    assert codes == list(Exit)
    main(["--help"])
    told = " ".join(capsys.readouterr().out.partition("Exit codes: ")[2].split("\n\n")[0].split())
    assert [int(number) for number in re.findall(r"\d+", told)] == codes
