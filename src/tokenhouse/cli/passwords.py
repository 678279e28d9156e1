"""A password from whoever sits at the machine; never from the command line, which others see."""

import base64
import os
import sys
from getpass import getpass
from typing import Final

import msgspec

from tokenhouse.cli import Stopped
from tokenhouse.config.places import KeptIn, SecretPlace, read_secret
from tokenhouse.core.credential import Secret

_MADE_BYTES: Final = 15
_GROUP: Final = 6
_TRIES: Final = 3
_MOST: Final = 8192
"""Bytes; more is no password, and is not read."""
_STDIN: Final = "-"


class Chosen(msgspec.Struct, frozen=True):
    """A password, and whether we made it, so that it has to be shown."""

    password: Secret
    made: bool


def choose(file: str | None) -> Chosen:
    """Read the password from a file, ask for it at a terminal, or make one."""
    if file == _STDIN:
        return Chosen(_from_stdin(), made=False)
    if file is not None:
        return Chosen(read_secret(SecretPlace(KeptIn.FILE, file), os.environ), made=False)
    if sys.stdin.isatty():
        return Chosen(_asked(), made=False)
    return Chosen(_made(), made=True)


def _from_stdin() -> Secret:
    raw = sys.stdin.buffer.read(_MOST + 1)
    if len(raw) > _MOST:
        raise Stopped("Standard input is too long for a password; nothing was set up.")
    try:
        return Secret(raw.decode().rstrip("\r\n"))
    except UnicodeDecodeError:
        raise Stopped("Standard input is not text in UTF-8; nothing was set up.") from None


def _asked() -> Secret:
    for _ in range(_TRIES):
        try:
            first = getpass("Password (at least 15 characters): ")
            second = getpass("The same again: ")
        except (KeyboardInterrupt, EOFError):
            raise Stopped("No password was given; nothing was set up.") from None
        if first == second:
            return Secret(first)
        print("These two differ; try again.", file=sys.stderr)  # noqa: T201 -- to whoever types
    raise Stopped("The two passwords differed three times; nothing was set up.")


def _made() -> Secret:
    """120 random bits in four groups that can be read aloud."""
    letters = base64.b32encode(os.urandom(_MADE_BYTES)).decode().lower()
    return Secret("-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP)))
