"""How a command ends: the exit codes, and the exception that carries one."""

from enum import IntEnum


class Exit(IntEnum):
    """What the number says that a command ends with. 5 is free: nobody signs in here."""

    DONE = 0
    NOT_DONE = 1
    NOT_UNDERSTOOD = 2
    NOT_FOUND = 3
    REFUSED = 4
    CONFLICT = 6
    UNAVAILABLE = 7
    TOKEN_NOT_GOOD = 8
    INTERRUPTED = 130


class Stopped(Exception):  # noqa: N818 -- the end of a command, in one sentence
    """A command cannot go on, and says why to whoever typed it; `lines` are indented under it."""

    def __init__(
        self, sentence: str, code: Exit = Exit.NOT_DONE, lines: tuple[str, ...] = ()
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.lines = lines
