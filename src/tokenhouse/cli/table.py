"""How records of one sort are said: in columns to people, to programs as `/v1` says them."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from tokenhouse.cli.say import say_json, say_table

T = TypeVar("T")


class Table(msgspec.Struct, Generic[T], frozen=True):
    """`row` has a cell for each of the columns; `fields` is what becomes JSON."""

    columns: tuple[str, ...]
    row: Callable[[T], tuple[str, ...]]
    fields: Callable[[T], object]

    def say_all(self, listed: Sequence[T], *, json: bool) -> None:
        """Say several records."""
        if json:
            say_json([msgspec.to_builtins(self.fields(one)) for one in listed])
        else:
            say_table(self.columns, [self.row(one) for one in listed])

    def say_one(self, one: T, *, json: bool) -> None:
        """Say one record."""
        if json:
            say_json(msgspec.to_builtins(self.fields(one)))
        else:
            say_table(self.columns, [self.row(one)])
