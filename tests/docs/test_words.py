"""What the program says to whoever types: whole help, and causes in one sentence."""

import subprocess
from pathlib import Path

import pytest

from running import PROGRAM


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(PROGRAM), *arguments], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    "command",
    [
        *([one] for one in ("demo", "init", "serve")),
        ["config", "show"],
        *(["keys", one] for one in ("list", "rotate", "rewrap", "abandon")),
    ],
)
def test_the_help_of_every_command_gives_an_example(command: list[str]):
    told = run(*command, "--help").stdout
    assert f"Example: {' '.join(['tokenhouse', *command])}" in told
    assert "[default: False]" not in told


def refused_in_one_line(*arguments: str) -> str:
    done = run(*arguments)
    assert done.returncode == 1
    assert done.stderr.startswith("tokenhouse: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_data_that_is_no_directory_is_told_in_one_sentence(tmp_path: Path):
    file = tmp_path / "file"
    file.touch()
    assert f"{file} cannot hold the data" in refused_in_one_line("demo", "--data", str(file))


@pytest.mark.parametrize("command", [["demo", "--port", "0"], ["keys", "list"]])
def test_a_file_that_is_no_database_is_told_in_one_sentence(tmp_path: Path, command: list[str]):
    database = tmp_path / "tokenhouse.db"
    database.touch(0o600)
    database.write_bytes(b"no database" * 100)
    told = refused_in_one_line(*command, "--data", str(tmp_path))
    assert f"{database} cannot be opened" in told
