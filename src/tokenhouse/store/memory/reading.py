"""What the reads of every subject share: the records, and the one lock over them."""

from collections.abc import Callable, Iterable
from threading import RLock
from typing import TypeVar

from tokenhouse.operations.changes import Record, Stretch
from tokenhouse.store.memory.records import Records

R = TypeVar("R", bound=Record)


class Asked:
    """Holds the records; whoever reads or writes them holds the lock."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._kept = Records()


def along(records: Iterable[R], stretch: Stretch, wanted: Callable[[R], bool]) -> tuple[R, ...]:
    """The stretch of the wanted records, by their ids."""
    ordered = sorted(
        filter(wanted, records), key=lambda one: one.id.int, reverse=stretch.descending
    )
    after = stretch.after
    if after is not None:
        ordered = [
            one for one in ordered if (one.id < after if stretch.descending else one.id > after)
        ]
    return tuple(ordered[: stretch.size])
