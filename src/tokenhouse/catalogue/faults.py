"""What is wrong with a file: its size and encoding, and faults collected to be told all at once."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from tokenhouse.core.refusal import Code, Problem, Refused

MAX_FILE_BYTES: Final = 5_000_000
"""Of a file that is read into the catalogue."""
MAX_FAULTS: Final = 100
"""Faults of a file that are told; there may be more."""

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,29}", re.ASCII)


class Faults:
    """The faults of one file, in the order in which they were found."""

    def __init__(self) -> None:
        self._sentences: dict[str, str] = {}

    def note(self, field: str, sentence: str) -> None:
        """Keep one, as long as it would be told; the first fault of a field counts."""
        if len(self._sentences) < MAX_FAULTS:
            self._sentences.setdefault(field, sentence)

    def note_all(self, problems: Iterable[Problem]) -> None:
        """Keep several."""
        for problem in problems:
            self.note(problem.field, problem.sentence)

    def note_unknown(self, where: str, table: Mapping[str, object], known: tuple[str, ...]) -> None:
        """Keep each key that means nothing; one that could be anything is not repeated."""
        for key in table:
            if key not in known:
                shown = key if _PLAIN.fullmatch(key) else "a key"
                at = f"{where} {shown}".strip()
                self.note(at, f"is not known here; known are {', '.join(known)}")

    def refuse(self) -> None:
        """Raise Refused(MALFORMED) with all of them, if there is one."""
        if self._sentences:
            problems = tuple(Problem(*fault) for fault in self._sentences.items())
            raise Refused(Code.MALFORMED, "The file has faults.", problems)


def text_of(content: bytes) -> str:
    """The text of a file; raises Refused(TOO_LARGE) and Refused(MALFORMED)."""
    if len(content) > MAX_FILE_BYTES:
        raise Refused(Code.TOO_LARGE, f"The file is larger than {MAX_FILE_BYTES} bytes.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(Code.MALFORMED, "The file is not UTF-8.") from None
