"""The sort of field that this dialect has beyond those of all."""

from typing import Final

import msgspec
from msgspec import UNSET

from tokenhouse.boundary.fields import Fields
from tokenhouse.boundary.sorts import Schema

ACTIVE: Final = 1
DISABLED: Final = 3


class StatusId(msgspec.Struct, frozen=True):
    """1 for an active device, 3 for a disabled one; it reads as whether it is suspended."""

    def read(self, fields: Fields, name: str) -> object:
        """Whether the device is suspended."""
        value = fields.value(name)
        if value is UNSET:
            return value
        if value in (ACTIVE, DISABLED) and not isinstance(value, bool):
            return value == DISABLED
        return fields.fault(name, f"is neither {ACTIVE} (active) nor {DISABLED} (disabled)")

    def typed(self, text: str) -> object:
        """No query has one."""
        return text

    def schema(self) -> Schema:
        """The two numbers."""
        return {"type": "integer", "enum": [ACTIVE, DISABLED]}
