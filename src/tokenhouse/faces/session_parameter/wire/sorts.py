"""The sorts of parameters that this dialect has of its own."""

import re
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary import Fields, parse_id
from tokenhouse.boundary.sorts import Schema
from tokenhouse.core.permission import MAX_NAME_CHARACTERS
from tokenhouse.faces.session_parameter.wire.moments import read_expiry
from tokenhouse.faces.session_parameter.wire.names import read_names

MAX_NAMES: Final = 500
"""Methods in one list."""
MAX_IDS: Final = 1_000
"""Ids in one list."""
ALL: Final = "*"
_BETWEEN: Final = re.compile(r"[;,]")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)


_Id = TypeVar("_Id")


def _several(
    fields: Fields, name: str, read: Callable[[str], _Id | None]
) -> tuple[_Id, ...] | str | UnsetType:
    value = fields.value(name)
    if not isinstance(value, str):
        return UNSET
    if value.strip() == ALL:
        return ALL
    texts = [text.strip() for text in _BETWEEN.split(value) if text.strip()]
    if len(texts) > MAX_IDS:
        return fields.fault(name, f"has more than {MAX_IDS} ids")
    ids = [read(text) for text in texts]
    listed = tuple(dict.fromkeys(one for one in ids if one is not None))
    if not listed or None in ids:
        return fields.fault(name, "is no list of ids such as 1;4;6, nor *")
    return listed


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


class _AsSent(msgspec.Struct, frozen=True):
    def typed(self, text: str) -> object:
        """The text itself."""
        return text


class Day(_AsSent, frozen=True):
    """An expiry: a moment, or a day to whose end it is good."""

    def read(self, fields: Fields, name: str) -> object:
        """The moment in microseconds."""
        value = fields.value(name)
        if not isinstance(value, str):
            return UNSET
        try:
            return read_expiry(value)
        except ValueError as error:
            return fields.fault(name, str(error))

    def schema(self) -> Schema:
        """One of three spellings."""
        return {"type": "string", "description": "`31-12-2030`, `2030-12-31 23:59:59`, ISO 8601."}


class Methods(_AsSent, frozen=True):
    """A list of API methods, in one of the ways that clients write lists."""

    def read(self, fields: Fields, name: str) -> object:
        """The names, in a tuple."""
        value = fields.value(name)
        if not isinstance(value, list):
            return UNSET
        try:
            names = read_names(value)
        except ValueError as error:
            return fields.fault(name, str(error))
        if len(names) > MAX_NAMES or any(len(one) > MAX_NAME_CHARACTERS for one in names):
            return fields.fault(name, f"has more than {MAX_NAMES} methods, or too long a name")
        return names or fields.fault(name, "names no method")

    def schema(self) -> Schema:
        """A text, since lists have none of their own in a form."""
        return {"type": "string", "description": "Names between commas, or a list in brackets."}


class Number(_AsSent, frozen=True):
    """The id of one token."""

    def read(self, fields: Fields, name: str) -> object:
        """The number."""
        value = fields.value(name)
        if not isinstance(value, str):
            return UNSET
        number = _number(value.strip())
        if number is None:
            return fields.fault(name, "is not the id of a token, which is a whole number")
        return number

    def schema(self) -> Schema:
        """A whole number."""
        return {"type": "integer", "minimum": 1}


class Numbers(_AsSent, frozen=True):
    """The ids of several tokens between semicolons or commas; `*` reads as ALL."""

    def read(self, fields: Fields, name: str) -> object:
        """The numbers in a tuple, or ALL."""
        return _several(fields, name, _number)

    def schema(self) -> Schema:
        """Ids between `;` or `,`, or `*`; nothing is as good as no parameter."""
        return {"type": "string", "pattern": r"^(\*|\s*[0-9]+\s*([;,]\s*[0-9]+\s*)*)?$"}


class SessionIds(_AsSent, frozen=True):
    """The ids of several sessions; `*` reads as ALL."""

    def read(self, fields: Fields, name: str) -> object:
        """The UUIDs in a tuple, or ALL."""
        return _several(fields, name, parse_id)

    def schema(self) -> Schema:
        """Ids between `;` or `,`, or `*`."""
        return {"type": "string", "description": "Ids between `;` or `,`, or `*`."}
