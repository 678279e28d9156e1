"""The sorts of fields that hold several values: they stand in bodies only."""

import re
from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary.fields import MAX_ITEMS, Fields
from tokenhouse.boundary.sorts import NO_CONTROL, Duration, Schema, lifetime
from tokenhouse.core.permission import MAX_NAME_CHARACTERS, NAME_PATTERN

_ID: Final[Schema] = {"type": "string", "format": "uuid"}
PERMISSION: Final[Schema] = {
    "type": "string",
    "pattern": f"^{NAME_PATTERN}$",
    "maxLength": MAX_NAME_CHARACTERS,
}


class _Listed(msgspec.Struct, frozen=True):
    """A list stands in bodies only."""

    def typed(self, text: str) -> object:
        """No query has one: its text is at fault."""
        return text


class Ids(_Listed, frozen=True):
    """A list of ids."""

    def read(self, fields: Fields, name: str) -> object:
        """The UUIDs, in a tuple."""
        return fields.ids(name)

    def schema(self) -> Schema:
        """An array of UUIDs."""
        return {"type": "array", "items": _ID, "maxItems": MAX_ITEMS}


class Names(_Listed, frozen=True):
    """A list of permission names; where there may be `none` of a list, null reads as None."""

    most: int = MAX_ITEMS
    none: bool = False

    def read(self, fields: Fields, name: str) -> object:
        """The names, as Permissions."""
        if self.none and fields.value(name) is None:
            return None
        return fields.permissions(name, self.most)

    def schema(self) -> Schema:
        """An array of names."""
        listed = ["array", "null"] if self.none else "array"
        return {"type": listed, "items": PERMISSION, "maxItems": self.most}


class Words(_Listed, frozen=True):
    """A list of some of a few words; `what` is their plural for a sentence."""

    what: str
    words: tuple[str, ...]

    def read(self, fields: Fields, name: str) -> object:
        """The words, each once."""
        listed = fields.strings(name, self.what)
        if isinstance(listed, UnsetType):
            return UNSET
        for place, text in enumerate(listed):
            if text not in self.words:
                fields.fault(f"{name}[{place}]", f"is none of {', '.join(self.words)}")
        return frozenset(listed)

    def schema(self) -> Schema:
        """An array of words."""
        item = {"type": "string", "enum": [*self.words]}
        return {"type": "array", "items": item, "maxItems": MAX_ITEMS}


class Texts(_Listed, frozen=True):
    """A list of short strings. `what` is their plural for a sentence; `fault` says what is wrong
    with one, None when nothing is. `pattern` has to match the whole of each.
    """

    what: str
    longest: int
    most: int = MAX_ITEMS
    fault: Callable[[str], str | None] = lambda _: None
    pattern: str = ""

    def read(self, fields: Fields, name: str) -> object:
        """The strings, in a tuple."""
        listed = fields.strings(name, self.what)
        if isinstance(listed, UnsetType):
            return UNSET
        if len(listed) > self.most:
            return fields.fault(name, f"has more than {self.most} items")
        for place, text in enumerate(listed):
            fault = f"is longer than {self.longest} characters"
            if len(text) <= self.longest:
                fault = "has a control character" if not _is_plain(text) else ""
            if self.pattern and not re.fullmatch(self.pattern, text, re.ASCII):
                fault = fault or f"does not match {self.pattern}"
            if sentence := fault or self.fault(text):
                fields.fault(f"{name}[{place}]", sentence)
        return tuple(listed)

    def schema(self) -> Schema:
        """An array of strings."""
        pattern = f"^(?:{self.pattern})$" if self.pattern else NO_CONTROL
        item = {"type": "string", "maxLength": self.longest, "pattern": pattern}
        return {"type": "array", "items": item, "maxItems": self.most}


class Durations(_Listed, frozen=True):
    """An object that gives some of these words a lifetime, or null for none."""

    words: tuple[str, ...]

    def read(self, fields: Fields, name: str) -> object:
        """The lifetimes by word, None where null stands."""
        value = fields.value(name)
        if value is UNSET:
            return UNSET
        if not isinstance(value, dict):
            return fields.fault(name, "is not an object")
        if not set(value) <= set(self.words):
            return fields.fault(name, f"names something else than {', '.join(self.words)}")
        return {word: lifetime(fields, f"{name}.{word}", one) for word, one in value.items()}

    def schema(self) -> Schema:
        """An object of durations."""
        one = Duration().schema()
        named = dict.fromkeys(self.words, one)
        return {"type": "object", "properties": named, "additionalProperties": False}


def _is_plain(text: str) -> bool:
    return re.fullmatch(NO_CONTROL.removesuffix("$"), text) is not None
