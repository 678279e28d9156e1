"""Completion: what bash really offers after TAB, and what each shell is given."""

import subprocess
from pathlib import Path

import pytest

from running import PROGRAM
from tokenhouse.cli import main

OFFER = """
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
COMPREPLY=()
_tokenhouse
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    printed = subprocess.run([PROGRAM, "completion", "bash"], capture_output=True, check=True)
    kept = tmp_path_factory.mktemp("completion") / "tokenhouse"
    kept.write_bytes(printed.stdout)
    return kept


def offered(script: Path, *typed: str, at: Path | None = None) -> set[str]:
    """What bash offers after these words, with no program to be found: the script asks nobody."""
    done = subprocess.run(
        ["/bin/bash", "--norc", "-c", OFFER, "bash", script, "tokenhouse", *typed],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/nowhere"},
        cwd=at,
    )
    assert done.stderr == ""
    return set(done.stdout.split())


def test_commands_are_completed(script: Path):
    assert {"init", "serve", "keys", "completion"} <= offered(script, "")
    assert offered(script, "co") == {"config", "completion"}
    assert offered(script, "keys", "") == {"list", "rotate", "rewrap", "abandon"}
    assert offered(script, "keys", "re") == {"rewrap"}


def test_the_flags_of_a_command_are_completed_and_no_others(script: Path):
    assert {"--now", "--json", "--data", "--help"} <= offered(script, "keys", "rotate", "--")
    assert "--yes" not in offered(script, "keys", "rotate", "--")
    assert offered(script, "keys", "abandon", "--data", "x", "--y") == {"--yes"}


def test_values_are_completed_where_they_are_known(script: Path, tmp_path: Path):
    (tmp_path / "settings.toml").touch()
    (tmp_path / "shelf").mkdir()
    assert offered(script, "completion", "") == {"bash", "zsh", "fish"}
    assert offered(script, "serve", "--config", "se", at=tmp_path) == {"settings.toml"}
    assert offered(script, "serve", "--data", "sh", at=tmp_path) == {"shelf"}
    assert offered(script, "serve", "--public-url", "s", at=tmp_path) == set()


def test_the_script_is_registered_for_the_command(script: Path):
    asked = f"source {script}; complete -p tokenhouse"
    done = subprocess.run(
        ["/bin/bash", "--norc", "-c", asked], capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-3:] == ["-F", "_tokenhouse", "tokenhouse"]


@pytest.mark.parametrize(
    ("shell", "mark"), [("zsh", "#compdef tokenhouse"), ("fish", "complete -c tokenhouse")]
)
def test_each_shell_is_given_its_own_form(capsys, shell: str, mark: str):
    assert main(["completion", shell]) == 0
    printed = capsys.readouterr().out
    assert mark in printed
    assert "abandon" in printed
    assert "--trusted-proxies" in printed or "trusted-proxies" in printed


def test_another_shell_is_not_understood(capsys):
    assert main(["completion", "tcsh"]) == 2
    assert '"bash"' in capsys.readouterr().err
