"""The sort of field that holds several objects of one shape."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary.fields import Fields
from tokenhouse.boundary.shapes import Object
from tokenhouse.boundary.sorts import Schema


class Rows(msgspec.Struct, frozen=True):
    """A list of at most so many objects. It stands in bodies only."""

    each: Object[Any]
    most: int

    def typed(self, text: str) -> object:
        """No query has one: its text is at fault."""
        return text

    def read(self, fields: Fields, name: str) -> object:
        """What the objects are, in a tuple."""
        value = fields.value(name)
        if value is UNSET:
            return UNSET
        if not isinstance(value, list):
            return fields.fault(name, "is not a list of objects")
        if len(value) > self.most:
            return fields.fault(name, f"has more than {self.most} items")
        read = []
        for place, one in enumerate(value):
            row = self.each.within(fields, f"{name}[{place}]", one)
            if fields.full:
                return UNSET
            if not isinstance(row, UnsetType):
                read.append(row)
        return tuple(read)

    def schema(self) -> Schema:
        """An array of objects."""
        return {"type": "array", "items": self.each.schema(), "maxItems": self.most}
