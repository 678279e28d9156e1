"""A secret from whoever sits at the machine; never from the command line, which others see."""

import os
import sys
from typing import Final

from tokenhouse.cli.exits import Stopped
from tokenhouse.config.places import KeptIn, SecretPlace, read_secret
from tokenhouse.core.credential import Secret

_MOST: Final = 8192
"""Bytes; more is no secret of ours, and is not read."""
_STDIN: Final = "-"


def given_secret(place: str, what: str) -> Secret:
    """Read a secret from a file that nobody else can read, or from standard input for `-`.

    `what` says what it is, such as "a password". Its line's end is no part of it. Raises Stopped,
    or Misconfigured for a bad file.
    """
    if place != _STDIN:
        return read_secret(SecretPlace(KeptIn.FILE, place), os.environ)
    raw = sys.stdin.buffer.read(_MOST + 1)
    if len(raw) > _MOST:
        raise Stopped(f"Standard input is too long for {what}; nothing was done.")
    try:
        return Secret(raw.decode().rstrip("\r\n"))
    except UnicodeDecodeError:
        raise Stopped("Standard input is not text in UTF-8; nothing was done.") from None
