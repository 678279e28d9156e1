"""The kept texts: help of every command, and completion scripts. `make help-texts` writes them.

They are files so that help comes at once: what renders them takes longer to load than anybody
waits gladly. Nothing heavy is imported here.
"""

import os
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

FOLDER: Final = os.path.join(os.path.dirname(__file__), "texts")  # noqa: PTH118, PTH120 -- pathlib is slow to load
_ROOT: Final = "tokenhouse"
_ASKING: Final = frozenset({"--help", "-h"})
_SHELLS: Final = ("bash", "zsh", "fish")


def answer(arguments: Sequence[str]) -> str | None:
    """The kept text that answers these words; None where something has to be run."""
    if len(arguments) == 2 and arguments[0] == "completion" and arguments[1] in _SHELLS:
        return completion(arguments[1])
    return _help(arguments)


def completion(shell: str) -> str:
    """The completion script for a shell."""
    return _read(os.path.join(FOLDER, "completion", shell))  # noqa: PTH118


def _help(arguments: Sequence[str]) -> str | None:
    """The help that is asked for, or that a group of commands alone gives."""
    words = list(takewhile(lambda word: word != "--", arguments))
    names = list(takewhile(lambda word: not word.startswith("-"), words))
    path = _known(names)
    is_group = os.path.isdir(_file(*path))  # noqa: PTH112
    if is_group and len(path) < len(names):
        return None  # no such command, and that is what has to be said
    if _ASKING.isdisjoint(words) and not (is_group and path == list(arguments)):
        return None
    return _read(f"{_file(*path)}.txt")


def _known(names: Sequence[str]) -> list[str]:
    """The leading words that name a group or a command."""
    known: list[str] = []
    for name in names:
        is_name = name.isascii() and name.replace("-", "").isalpha()
        if not is_name or not os.path.isfile(f"{_file(*known, name)}.txt"):  # noqa: PTH113
            break
        known.append(name)
    return known


def _file(*path: str) -> str:
    return os.path.join(FOLDER, "help", _ROOT, *path)  # noqa: PTH118


def _read(file: str) -> str:
    with open(file, encoding="utf-8") as kept:  # noqa: PTH123
        return kept.read()
