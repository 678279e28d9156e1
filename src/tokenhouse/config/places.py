"""Where a secret is kept outside of the configuration, and reading it from there."""

import os
import stat
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from tokenhouse.config.wrong import Misconfigured
from tokenhouse.core.credential import Secret

_MAX_BYTES: Final = 64 * 1024
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class KeptIn(StrEnum):
    """What sort of place holds a secret."""

    VARIABLE = "variable"
    FILE = "file"
    CREDENTIAL = "credential"


class SecretPlace(msgspec.Struct, frozen=True):
    """The place of a secret: `name` is the variable's name, or the path of the file.

    A file is ours to look after: nobody else may read it. A credential is systemd's.
    """

    kept_in: KeptIn
    name: str


def read_secret(place: SecretPlace, environment: Mapping[str, str]) -> Secret:
    """What is kept there, without the line's end; raises Misconfigured."""
    if place.kept_in is KeptIn.VARIABLE:
        return Secret(environment[place.name])
    path = Path(place.name)
    text, mode = read_file(path)
    if place.kept_in is KeptIn.FILE:
        refuse_loose(path, mode)
    return Secret(text.rstrip("\r\n"))


def is_there(path: Path) -> bool:
    """Tell whether there is something; what cannot be looked at counts, so that reading fails."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def read_file(path: Path) -> tuple[str, int]:
    """The text of a small regular file, and its mode; raises Misconfigured for anything else."""
    try:
        # Non-blocking, so that a pipe in this place is refused instead of waited for.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "that is no name of a file"
        raise Misconfigured(f"{path} cannot be read: {why}.") from None
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        raise Misconfigured(f"{path} is not a file.")
    with os.fdopen(handle, "rb") as file:
        raw = file.read(_MAX_BYTES + 1)
    if len(raw) > _MAX_BYTES:
        raise Misconfigured(f"{path} is larger than {_MAX_BYTES} bytes.")
    try:
        return raw.decode(), mode
    except UnicodeDecodeError:
        raise Misconfigured(f"{path} is not text in UTF-8.") from None


def refuse_loose(path: Path, mode: int) -> None:
    """Raise Misconfigured for a file with a secret that anyone but its owner may open."""
    if mode & _OTHERS:
        raise Misconfigured(
            f"{path} holds a secret and is open to others (mode {stat.S_IMODE(mode):04o}); "
            f"make it yours alone: chmod 600 {path}"
        )
