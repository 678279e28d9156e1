"""What the program says to whoever types: causes in one sentence."""

import subprocess
from pathlib import Path

import pytest

from running import PROGRAM


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(PROGRAM), *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def refused_in_one_line(*arguments: str) -> str:
    done = run(*arguments)
    assert done.returncode == 7
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
