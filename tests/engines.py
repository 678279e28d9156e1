"""The engines of the store. A new one is added here, and runs every suite, without exception."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any, Protocol

from tokenhouse.core.moment import Moment
from tokenhouse.operations.ports import Clock, Entropy
from tokenhouse.store.memory import MemoryAttempts, MemoryStore
from tokenhouse.store.postgres import PostgresAttempts, open_postgres
from tokenhouse.store.postgres.writer import CHANNEL
from tokenhouse.store.sqlite import SqliteAttempts, open_sqlite

ENGINES = ("memory", "sqlite", "postgres")
TWO_NODES = "postgres, two nodes"
"""Not an engine: two stores over one database, as two server processes have them."""


class TestClock(Clock, Protocol):
    """A clock of the tests, which goes by nobody else's."""

    def measured(self, moment: Moment) -> None: ...

    def hold_floor(self, moment: Moment, accepted: int) -> None: ...


@contextmanager
def opened(
    engine: str,
    directory: Path,
    clock: TestClock,
    fixture: Callable[[str], Any],
    entropy: Entropy = os.urandom,
) -> Iterator[tuple[Any, Any]]:
    """An empty store of an engine and its attempts; `fixture` gives the fixture of a name."""
    if engine == "memory":
        yield MemoryStore(clock, entropy), MemoryAttempts()
    elif engine == "sqlite":
        store = open_sqlite(directory, clock, entropy)
        yield store, SqliteAttempts(directory / "attempts.db")
        store.close()
    else:
        with fixture("postgres").database() as url:
            number = 2 if engine == TWO_NODES else 1
            nodes = [open_postgres(url, clock, entropy) for _ in range(number)]
            if number > 1:
                nodes = [forgetful(node) for node in nodes]
            attempts = [PostgresAttempts(url) for _ in range(number)]
            yield (nodes[0], attempts[0]) if number == 1 else (InTurn(nodes), InTurn(attempts))
            for node in nodes:
                node._follower._stopping.set()
            attempts[0]._alone(lambda connection: connection.execute(f"NOTIFY {CHANNEL}"))
            for one in (*nodes, *attempts):
                one.close()  # the followers are awake, and wait for no look of theirs


def forgetful(store: Any) -> Any:
    """A store that takes nothing from memory: what another node did counts at once, as it does
    everywhere after the reach.
    """
    store._followed.left_ms = lambda: 0
    store.still = lambda _at, _ground: None
    return store


class InTurn:
    """Asks one node after the other: a decision is never read and committed by the same one."""

    def __init__(self, nodes: list[Any]) -> None:
        self._turns = cycle(nodes)

    @property
    def broken(self) -> Exception | None:
        return next(self._turns).broken

    def __getattr__(self, name: str) -> Any:
        return getattr(next(self._turns), name)
