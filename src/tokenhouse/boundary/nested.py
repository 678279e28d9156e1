"""A field that is an object of somebody else's making, and is handed on unread."""

import json

import msgspec
from msgspec import UNSET

from tokenhouse.boundary.fields import Fields
from tokenhouse.boundary.sorts import Schema
from tokenhouse.core.credential import Secret


class Handed(msgspec.Struct, frozen=True):
    """A JSON object of so many characters at most; it reads as a Secret that holds its text."""

    longest: int
    about: str

    def read(self, fields: Fields, name: str) -> object:
        """The object, as text again."""
        value = fields.value(name)
        if value is UNSET:
            return value
        if not isinstance(value, dict):
            return fields.fault(name, "is not an object")
        text = json.dumps(value)
        if len(text) > self.longest:
            return fields.fault(name, f"is longer than {self.longest} characters")
        return Secret(text)

    def typed(self, text: str) -> object:
        """No query has one."""
        return text

    def schema(self) -> Schema:
        """Any object."""
        return {"type": "object", "description": self.about, "writeOnly": True}
