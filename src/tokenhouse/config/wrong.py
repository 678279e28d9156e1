"""What is wrong with the configuration, in one sentence, and what was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_MAX_QUOTED: Final = 60
"""A longer name is not repeated: it could be a secret in the wrong place."""


class Misconfigured(Exception):  # noqa: N818 -- named for what is the case
    """A setting cannot be understood, or two of them contradict each other.

    The message is a sentence for the operator; it names the setting and where it was given, and
    never quotes a value.
    """


def unknown(where: str, name: str, known: Iterable[str]) -> Misconfigured:
    """A name that no setting has; suggests the one that it is most like, else lists all."""
    names = sorted(known)
    shown = name if len(name) <= _MAX_QUOTED and name.isprintable() else "a name"
    near = get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(names)}."
    return Misconfigured(f"{where}: there is no setting {shown}. {hint}")
