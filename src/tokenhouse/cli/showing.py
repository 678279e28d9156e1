"""Shows tokens to whoever sits at the machine, without their strings."""

from typing import Any, Final

import msgspec

from tokenhouse.cli.say import second
from tokenhouse.cli.table import Table
from tokenhouse.faces.native.wire import tokens as wire
from tokenhouse.operations.describe import Described
from tokenhouse.operations.tokens import ACTIVE


def token_fields(described: Described) -> dict[str, Any]:
    """A token for programs, as `/v1` says it."""
    fields: dict[str, Any] = msgspec.to_builtins(wire.token(described))
    return fields


def _row(described: Described) -> tuple[str, ...]:
    token = described.token
    return (
        str(token.id),
        described.reason or ACTIVE,
        second(token.expires_at),
        second(described.last_used_at),
        token.description,
        ", ".join(group.name for group in described.groups),
    )


TOKENS: Final = Table(
    ("TOKEN", "STATE", "EXPIRES", "LAST USED", "DESCRIPTION", "GROUPS"), row=_row, fields=wire.token
)
