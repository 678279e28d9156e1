"""The boundary's own refusals, for which HTTP has more exact words than the closed set of codes."""

from typing import Final

from tokenhouse.core.refusal import Code, Refused

_COARSE: Final = {Code.MALFORMED: 400, Code.TOO_LARGE: 413}


class Exact(Refused):
    """A refusal with an HTTP status of its own, where a face would give the coarse one.

    A face that gives another status has its reasons, and keeps it.
    """

    def __init__(self, code: Code, public: str, status: int) -> None:
        super().__init__(code, public)
        self.status = status
        self.coarse = _COARSE[code]


class WrongMethod(Refused):
    """The path is known; `allow` lists its methods as the header of that name does."""

    def __init__(self, allow: str) -> None:
        super().__init__(Code.METHOD, f"This path answers to {allow}.")
        self.allow = allow


class Gone(Exception):  # noqa: N818 -- nobody is left to answer
    """The peer went away before its request was complete."""
