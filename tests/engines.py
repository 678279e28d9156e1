"""The engines of the store. A new one is added here, and runs every suite, without exception."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from tokenhouse.core.moment import Moment
from tokenhouse.operations.ports import Attempts, Clock, Entropy, Store
from tokenhouse.store.memory import MemoryAttempts, MemoryStore
from tokenhouse.store.postgres import PostgresAttempts, open_postgres
from tokenhouse.store.sqlite import SqliteAttempts, open_sqlite

ENGINES = ("memory", "sqlite", "postgres")


class TestClock(Clock, Protocol):
    """A clock of the tests, which goes by nobody else's."""

    def measured(self, moment: Moment) -> None: ...

    def hold_floor(self, moment: Moment) -> None: ...


@contextmanager
def opened(
    engine: str,
    directory: Path,
    clock: TestClock,
    fixture: Callable[[str], Any],
    entropy: Entropy = os.urandom,
) -> Iterator[tuple[Store, Attempts]]:
    """An empty store of an engine, closed at the end; `fixture` gives the fixture of a name."""
    if engine == "memory":
        yield MemoryStore(clock, entropy), MemoryAttempts()
    elif engine == "sqlite":
        store = open_sqlite(directory, clock, entropy)
        yield store, SqliteAttempts(directory / "attempts.db")
        store.close()
    else:
        with fixture("postgres").database() as url:
            shared = open_postgres(url, clock, entropy)
            attempts = PostgresAttempts(url)
            yield shared, attempts
            shared.close()
            attempts.close()
