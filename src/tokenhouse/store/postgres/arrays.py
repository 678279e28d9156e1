"""Columns as PostgreSQL's binary arrays, made in one go: a batch sends some forty of them."""

from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any, Final

from tokenhouse.store.columns import Column

_HEAD: Final = Struct("!iiIii").pack
"""Dimensions, whether NULLs are among them, type of the items, their number, the first place."""
_LENGTH: Final = Struct("!i").pack
_NOTHING: Final = _LENGTH(-1)
_BIGINT: Final = Struct("!iq").pack
_SMALLINT: Final = Struct("!ih").pack


class Array(bytes):
    """An array as it is sent. Each type of items has its own subclass, by which it is known."""

    array_oid = 0
    item_oid = 0

    @staticmethod
    def item(value: Any) -> bytes:
        """One item with its length before it."""
        raise NotImplementedError

    @classmethod
    def of(cls, values: Sequence[Column]) -> "Array":
        """The array of these values; None stays NULL."""
        item = cls.item
        parts = [_NOTHING if value is None else item(value) for value in values]
        return cls(_HEAD(1, 1, cls.item_oid, len(parts), 1) + b"".join(parts))


class Byteas(Array):
    """An array of byte strings."""

    array_oid, item_oid = 1001, 17

    @staticmethod
    def item(value: bytes) -> bytes:
        """One byte string."""
        return _LENGTH(len(value)) + value


class Texts(Array):
    """An array of texts, in UTF-8."""

    array_oid, item_oid = 1009, 25

    @staticmethod
    def item(value: str) -> bytes:
        """One text."""
        encoded = value.encode()
        return _LENGTH(len(encoded)) + encoded


class Bigints(Array):
    """An array of integers of 8 bytes."""

    array_oid, item_oid = 1016, 20

    @staticmethod
    def item(value: int) -> bytes:
        """One integer."""
        return _BIGINT(8, value)


class Smallints(Array):
    """An array of integers of 2 bytes."""

    array_oid, item_oid = 1005, 21

    @staticmethod
    def item(value: int) -> bytes:
        """One integer."""
        return _SMALLINT(2, value)


ARRAYS: Final[dict[str, Callable[[Sequence[Column]], Array]]] = {
    "bytea": Byteas.of,
    "text": Texts.of,
    "int8": Bigints.of,
    "int2": Smallints.of,
}
"""By the type of a column, as the schema names it."""
