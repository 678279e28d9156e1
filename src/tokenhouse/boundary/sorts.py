"""The sorts of fields that a request has: each reads one, and says its JSON Schema.

What a schema says and what is read are one: whoever keeps to the schema is understood, except for
what no schema can say, such as a date that the calendar does not have.
"""

import re
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary.fields import Fields
from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import Lifetime, parse_duration, parse_lifetime

Schema: TypeAlias = dict[str, Any]
"""A JSON Schema (2020-12), as OpenAPI 3.1 takes it."""

_PLAIN: Final = r"\u0000-\u001f\u007f-\u009f"
NO_CONTROL: Final = rf"^[^{_PLAIN}]*$"
_NOT_BLANK: Final = rf"^[^{_PLAIN}]*[^\s{_PLAIN}][^{_PLAIN}]*$"
LIFETIME: Final[Schema] = {
    "type": "string",
    "format": "duration",
    "description": "ISO 8601 such as `P1M` or `PT12H`, or short: `1D`, `2W`, `1M`, `1Y`.",
}
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}", re.ASCII)


class Sort(Protocol):
    """One sort of field. What is absent, or at fault, reads as UNSET."""

    def read(self, fields: Fields, name: str) -> object:
        """The value of a field; a fault is noted with the fields."""

    def typed(self, text: str) -> object:
        """What the text of a query parameter is in JSON."""

    def schema(self) -> Schema:
        """What may stand there in a body."""


class _OfText(msgspec.Struct, frozen=True):
    """What is a string in JSON reads the same in a query."""

    def typed(self, text: str) -> object:
        """The text itself."""
        return text


class Text(_OfText, frozen=True):
    """A string without control characters, of so many characters at most.

    Where it may be `empty`, null reads as the empty one. `format` is a hint for readers, such as
    `email`; `pattern` has to match the whole of it.
    """

    longest: int
    empty: bool = True
    format: str = ""
    pattern: str = ""

    def read(self, fields: Fields, name: str) -> object:
        """The string as it was sent."""
        text = fields.text(name, self.longest, empty=self.empty)
        if text is UNSET or not self.pattern or re.fullmatch(self.pattern, text, re.ASCII):
            return text
        return fields.fault(name, f"does not match {self.pattern}")

    def schema(self) -> Schema:
        """A string; nobody counts control characters."""
        said: Schema = {"type": ["string", "null"] if self.empty else "string"}
        if not self.empty:
            said["minLength"] = 1
        said["maxLength"] = self.longest
        if self.format:
            said["format"] = self.format
        plain = NO_CONTROL if self.empty else _NOT_BLANK
        return said | {"pattern": f"^(?:{self.pattern})$" if self.pattern else plain}


class SecretText(_OfText, frozen=True):
    """A string that is kept from logs and answers from here on; it reads as a Secret."""

    longest: int

    def read(self, fields: Fields, name: str) -> object:
        """The string, wrapped."""
        text = fields.text(name, self.longest)
        return UNSET if isinstance(text, UnsetType) else Secret(text)

    def schema(self) -> Schema:
        """A string that no answer gives back."""
        plain = {"type": "string", "maxLength": self.longest, "pattern": NO_CONTROL}
        return plain | {"format": "password", "writeOnly": True}


class When(_OfText, frozen=True):
    """A moment, RFC 3339 with a zone; null reads as None."""

    def read(self, fields: Fields, name: str) -> object:
        """The moment in microseconds."""
        return fields.moment(name)

    def schema(self) -> Schema:
        """A date and time."""
        return {"type": ["string", "null"], "format": "date-time"}


class Id(_OfText, frozen=True):
    """One id; null reads as None."""

    def read(self, fields: Fields, name: str) -> object:
        """The UUID."""
        return fields.one_id(name)

    def schema(self) -> Schema:
        """A UUID."""
        return {"type": ["string", "null"], "format": "uuid"}


class Word(_OfText, frozen=True):
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, fields: Fields, name: str) -> object:
        """The word."""
        value = fields.value(name)
        if value is UNSET or value in self.words:
            return value
        return fields.fault(name, f"is none of {', '.join(self.words)}")

    def schema(self) -> Schema:
        """The words there are."""
        return {"type": "string", "enum": [*self.words]}


class Duration(_OfText, frozen=True):
    """A lifetime such as `P1M` or `1M`; null reads as None."""

    def read(self, fields: Fields, name: str) -> object:
        """The lifetime."""
        value = fields.value(name)
        return value if value is UNSET else lifetime(fields, name, value)

    def schema(self) -> Schema:
        """A duration."""
        return LIFETIME | {"type": ["string", "null"]}


class Span(_OfText, frozen=True):
    """A duration such as `P1D` that may be nothing, as `PT0S` is; null reads as None."""

    def read(self, fields: Fields, name: str) -> object:
        """The duration."""
        value = fields.value(name)
        return value if value is UNSET else lifetime(fields, name, value, parse_duration)

    def schema(self) -> Schema:
        """A duration."""
        return LIFETIME | {"type": ["string", "null"]}


class Flag(msgspec.Struct, frozen=True):
    """Yes or no."""

    def read(self, fields: Fields, name: str) -> object:
        """True or False."""
        value = fields.value(name)
        if value is UNSET or isinstance(value, bool):
            return value
        return fields.fault(name, "is not true or false")

    def typed(self, text: str) -> object:
        """Only the two words are."""
        return {"true": True, "false": False}.get(text, text)

    def schema(self) -> Schema:
        """A boolean."""
        return {"type": "boolean"}


class Whole(msgspec.Struct, frozen=True):
    """A whole number in a range."""

    least: int
    most: int

    def read(self, fields: Fields, name: str) -> object:
        """The number; 1.0 is one (RFC 8259 knows no other kind)."""
        value = fields.value(name)
        if value is UNSET:
            return value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if is_whole and self.least <= value <= self.most:  # type: ignore[operator]
            return value
        return fields.fault(name, f"is not a number from {self.least} to {self.most}")

    def typed(self, text: str) -> object:
        """Digits are a number, and nothing else is."""
        return int(text) if _WHOLE.fullmatch(text) else text

    def schema(self) -> Schema:
        """An integer."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


def lifetime(
    fields: Fields,
    name: str,
    value: object,
    parse: Callable[[str], Lifetime] = parse_lifetime,
) -> Lifetime | UnsetType | None:
    """Read a lifetime that stands in a field; null is None."""
    if value is None:
        return None
    if not isinstance(value, str):
        return fields.fault(name, "is not a string such as P1M")
    try:
        return parse(value)
    except ValueError as error:
        return fields.fault(name, str(error))
