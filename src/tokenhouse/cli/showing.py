"""Shows tokens to whoever sits at the machine, without their strings."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from tokenhouse.cli.say import say_json, say_table, second
from tokenhouse.faces.native.wire import tokens as wire
from tokenhouse.operations.describe import Described
from tokenhouse.operations.tokens import ACTIVE

_COLUMNS: Final = ("TOKEN", "STATE", "EXPIRES", "DESCRIPTION", "GROUPS")


def token_fields(described: Described) -> dict[str, Any]:
    """A token for programs, as `/v1` says it."""
    fields: dict[str, Any] = msgspec.to_builtins(wire.token(described))
    return fields


def say_tokens(listed: Sequence[Described], *, json: bool) -> None:
    """Say several tokens."""
    if json:
        say_json([token_fields(one) for one in listed])
    else:
        say_table(_COLUMNS, [_row(one) for one in listed])


def say_token(described: Described, *, json: bool) -> None:
    """Say one token."""
    if json:
        say_json(token_fields(described))
    else:
        say_tokens([described], json=False)


def _row(described: Described) -> tuple[str, ...]:
    token = described.token
    return (
        str(token.id),
        described.reason or ACTIVE,
        second(token.expires_at),
        token.description,
        ", ".join(group.name for group in described.groups),
    )
