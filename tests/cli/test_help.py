"""Help: of every command, at once, true, and of use to somebody who types it for the first time."""

import re
import shlex
import subprocess
import sys

import pytest

import tokenhouse
from cli.texts import kept, paths, rendered
from tokenhouse.cli import main
from tokenhouse.cli.sheet import WIDTH
from tokenhouse.cli.tree import tree

APP = tree()
PATHS = list(paths(APP))
GROUPS = [path for path in PATHS if any(other[:-1] == path for other in PATHS if other)]
COMMANDS = [path for path in PATHS if path not in GROUPS]
SLOW = {"cyclopts", "rich", "msgspec", "sqlite3", "apsw", "cryptography", "joserfc", "structlog"}


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    said = capsys.readouterr()
    assert said.err == ""
    return said.out


def examples(text: str) -> list[str]:
    """The commands of a help text that stand there as examples, each in one line."""
    whole = text.replace("\\\n", " ")
    return re.findall(r"^  (tokenhouse(?: .*)?)$", whole, re.MULTILINE)


def named(path: tuple[str, ...]) -> str:
    return " ".join(("tokenhouse", *path))


def test_what_is_kept_is_what_the_commands_say_of_themselves():
    """If this fails: make help-texts."""
    wanted, there = rendered(), kept()
    assert there.keys() == wanted.keys()
    for path, text in wanted.items():
        assert there[path] == text, f"{path} is out of date: make help-texts"


@pytest.mark.parametrize("path", PATHS, ids=named)
def test_help_comes_for_either_flag_wherever_it_stands(capsys, path):
    text = told(capsys, *path, "--help")
    assert text.startswith(f"Usage: {named(path)}")
    assert told(capsys, *path, "-h") == text
    if path in COMMANDS:
        assert told(capsys, *path, "--data", "x", "--help", "--json") == text
    else:
        assert told(capsys, *path) == text


@pytest.mark.parametrize("arguments", [[], ["--help"], ["keys"], ["keys", "rotate", "-h"]])
def test_help_loads_nothing_that_takes_long(arguments):
    program = (
        "import sys; from tokenhouse.cli import main; code = main(sys.argv[1:]);"
        f"slow = {SLOW!r} & sys.modules.keys();"
        "sys.exit(f'{slow}' if slow else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage: tokenhouse" in done.stdout


@pytest.mark.parametrize("path", PATHS, ids=named)
def test_help_fits_in_80_columns_without_boxes_and_colours(capsys, path):
    for line in told(capsys, *path, "--help").splitlines():
        assert len(line) <= WIDTH
        assert line.isascii()
        assert line.isprintable()
        assert line == line.rstrip()


@pytest.mark.parametrize("path", PATHS, ids=named)
def test_every_example_is_of_its_command_and_is_understood(capsys, path):
    found = [shlex.split(one, comments=True) for one in examples(told(capsys, *path, "--help"))]
    assert found
    for words in found:
        assert words[1 : len(path) + 1] == list(path)
        typed = words[1 : words.index(">") if ">" in words else None]
        APP.parse_args(typed, exit_on_error=False, print_error=False)


@pytest.mark.parametrize("path", COMMANDS, ids=named)
def test_every_option_is_explained_with_what_holds_without_it(capsys, path):
    text = re.split(r"^Examples?:", told(capsys, *path, "--help"), flags=re.MULTILINE)[0]
    _, *entries = re.split(r"^  (?=--)", text, flags=re.MULTILINE)
    assert entries or path == ("completion",)
    for entry in entries:
        flag, value, sentence = re.fullmatch(
            r"(--[a-z-]+)( [A-Z:-]+)?\s+(.+?)(?:\n\n.*)?\n*", entry, re.DOTALL
        ).groups()
        says_more = re.search(r"Default:\s|Required\.|may be\s+repeated", sentence)
        assert bool(value) == bool(says_more), flag


def test_the_first_help_shows_how_to_begin_and_lists_every_command(capsys):
    text = told(capsys)
    for words in ("tokenhouse init --organization", "tokenhouse serve", "config show --origin"):
        assert f"  tokenhouse {words.removeprefix('tokenhouse ')}" in text
    listed = re.findall(r"^  ([a-z]+)  +[A-Z].*", text, re.MULTILINE)
    assert listed == [path[0] for path in PATHS if len(path) == 1]


def test_help_says_what_a_hurried_rotation_means(capsys):
    text = " ".join(told(capsys, "keys", "rotate", "--help").split())
    assert "may refuse what it signs for up to 5 minutes" in text


@pytest.mark.parametrize(
    "arguments",
    [
        *(["keys", "lst"], ["keys", "lst", "--help"], ["kes"], ["kes", "-h"], ["--x"]),
        *(["keys", "list", "--data", "x", "--jsn"], ["keys", "--json"]),
        *(["--", "--help"], ["keys/list", "--help"], ["..", "--help"], ["keys", "", "-h"]),
    ],
)
def test_what_is_not_understood_ends_with_2_and_one_line(capsys, arguments):
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("tokenhouse: ")
    assert said.err.count("\n") == 1


def test_a_token_where_none_belongs_is_not_repeated(capsys):
    token = "tho_" + "a1" * 18
    assert main(["keys", "list", token]) == 2
    assert token not in capsys.readouterr().err


def test_the_version_is_the_packages(capsys):
    assert told(capsys, "--version").strip() == tokenhouse.__version__
