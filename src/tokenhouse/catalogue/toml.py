"""Our own form of a catalogue: a TOML file with tables `[[permission]]` and `[[set]]`."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Final

from tokenhouse.catalogue.faults import Faults, text_of
from tokenhouse.core.catalogue import Contents, PredefinedSet, problems_of
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.permission import Operation, Permission
from tokenhouse.core.refusal import Code, Problem, Refused

MAX_LINE_CHARACTERS: Final = 20_000
"""Of a file in our form: what reads TOML takes the square of a line's length at worst."""

_PERMISSION: Final = ("name", "title", "description", "docs", "operations", "manages_access")
_SET: Final = ("name", "description", "permissions")
_KINDS: Final = ("permission", "set")
_ENTRY: Final = re.compile(r"(permission|set)s\[(\d+)\](\.?)")
_PLACE: Final = re.compile(r"\(at (line \d+, column \d+|end of document)\)")


def read_toml(content: bytes) -> Contents:
    """What a file says that the catalogue is to hold.

    Raises Refused(MALFORMED) with every fault at once, and Refused(TOO_LARGE).
    """
    document = _parsed(text_of(content))
    faults = Faults()
    faults.note_unknown("", document, _KINDS)
    permissions, sets = (_tables(document, kind, faults) for kind in _KINDS)
    contents = Contents(
        tuple(_permission(_Table(at, table, faults)) for at, table in permissions),
        tuple(_set(_Table(at, table, faults)) for at, table in sets),
    )
    faults.note_all(
        Problem(_numbered(problem.field), _numbered(problem.sentence))
        for problem in problems_of(contents.entries, contents.sets)
    )
    faults.refuse()
    return contents


def _parsed(text: str) -> dict[str, object]:
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_LINE_CHARACTERS:
            sentence = f"Line {number} is longer than {MAX_LINE_CHARACTERS} characters."
            raise Refused(Code.MALFORMED, sentence)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # what it says beside the place may repeat the file
        place = _PLACE.search(str(error))
        told = f": look at {place[1]}" if place else ""
        raise Refused(Code.MALFORMED, f"The file is not TOML{told}.") from None


def _tables(
    document: Mapping[str, object], kind: str, faults: Faults
) -> Iterator[tuple[str, dict[str, object]]]:
    """The tables of one kind, each with its place."""
    listed = document.get(kind, [])
    if not isinstance(listed, list):
        faults.note(kind, f"is not a list of tables: write [[{kind}]]")
        return
    for place, table in enumerate(listed):
        at = _numbered(f"{kind}s[{place}]")
        if isinstance(table, dict):
            yield at, table
        else:
            faults.note(f"{at} name", "is not that of a table")
            yield at, {}


def _numbered(text: str) -> str:
    """Counts tables as a reader of the file does, and calls keys as they are called there."""

    def number(match: re.Match[str]) -> str:
        behind = " " if match[3] else ""
        return f"{match[1]} number {int(match[2]) + 1}{behind}"

    return _ENTRY.sub(number, text).replace(" docs_url", " docs")


class _Table:
    """One table; what is of another type is noted and reads as nothing."""

    def __init__(self, at: str, table: dict[str, object], faults: Faults) -> None:
        self.at = at
        self._table = table
        self._faults = faults

    def knows(self, known: tuple[str, ...]) -> None:
        """Note keys that mean nothing here, and a name that is missing."""
        self._faults.note_unknown(self.at, self._table, known)
        if "name" not in self._table:
            self._faults.note(f"{self.at} name", "is required")

    def text(self, key: str) -> str:
        """A string."""
        value = self._table.get(key, "")
        if isinstance(value, str):
            return value
        self._faults.note(f"{self.at} {key}", "is not a string")
        return ""

    def texts(self, key: str) -> list[str]:
        """A list of strings."""
        value = self._table.get(key, [])
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return value
        self._faults.note(f"{self.at} {key}", "is not a list of strings")
        return []

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self._table.get(key, False)
        if isinstance(value, bool):
            return value
        self._faults.note(f"{self.at} {key}", "is not true or false")
        return False


def _permission(table: _Table) -> Permission:
    table.knows(_PERMISSION)
    return Permission(
        name=table.text("name"),
        title=table.text("title"),
        description=table.text("description"),
        docs_url=table.text("docs"),
        operations=tuple(map(Operation.of, table.texts("operations"))),
        manages_access=table.flag("manages_access"),
    )


def _set(table: _Table) -> PredefinedSet:
    table.knows(_SET)
    return PredefinedSet(
        id=PENDING,
        name=table.text("name"),
        description=table.text("description"),
        permissions=frozenset(table.texts("permissions")),
    )
