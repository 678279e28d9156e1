"""A password from whoever sits at the machine; never from the command line, which others see."""

import base64
import os
import sys
from getpass import getpass
from typing import Final

import msgspec

from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.secret import given_secret
from tokenhouse.core.credential import Secret

_MADE_BYTES: Final = 15
_GROUP: Final = 6
_TRIES: Final = 3


class Chosen(msgspec.Struct, frozen=True):
    """A password, and whether we made it, so that it has to be shown."""

    password: Secret
    made: bool


def choose(file: str | None) -> Chosen:
    """Read the password from a file, ask for it at a terminal, or make one."""
    if file is not None:
        return Chosen(given_secret(file, "a password"), made=False)
    if sys.stdin.isatty():
        return Chosen(_asked(), made=False)
    return Chosen(_made(), made=True)


def _asked() -> Secret:
    for _ in range(_TRIES):
        try:
            first = getpass("Password (at least 15 characters): ")
            second = getpass("The same again: ")
        except (KeyboardInterrupt, EOFError) as ended:
            code = Exit.NOT_DONE if isinstance(ended, EOFError) else Exit.INTERRUPTED
            raise Stopped("No password was given; nothing was set up.", code) from None
        if first == second:
            return Secret(first)
        print("These two differ; try again.", file=sys.stderr)  # noqa: T201 -- to whoever types
    raise Stopped("The two passwords differed three times; nothing was set up.")


def _made() -> Secret:
    """120 random bits in four groups that can be read aloud."""
    letters = base64.b32encode(os.urandom(_MADE_BYTES)).decode().lower()
    return Secret("-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP)))
