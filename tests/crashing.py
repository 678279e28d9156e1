"""Server processes over one store that die at a commit, as far as a store can tell."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from engines import TWO_NODES, forgetful
from tokenhouse.operations.ports import Clock
from tokenhouse.store.memory import MemoryAttempts, MemoryStore
from tokenhouse.store.postgres import PostgresAttempts, open_postgres
from tokenhouse.store.sqlite import SqliteAttempts, open_sqlite


class Died(Exception):  # noqa: N818 -- it is no fault
    """The process is gone, and with it the answer."""


class Nodes:
    """A store as one or several processes have it open; they are asked in turn.

    `first` happens right before the next commit, at another node.
    """

    def __init__(self, start: Callable[[], Any], number: int) -> None:
        self._start = start
        self._nodes = [start() for _ in range(number)]
        self._asked = 0
        self._dies: bool | None = None
        self.first: Callable[[], None] | None = None

    def __getattr__(self, name: str) -> Any:
        self._asked += 1
        return getattr(self._nodes[self._asked % len(self._nodes)], name)

    def commit(self, change: Any, meanwhile: Any = None) -> Any:
        act, self.first = self.first, None
        if act is not None:
            act()
        dies, self._dies = self._dies, None
        if dies is None:
            return self.__getattr__("commit")(change, meanwhile)
        if dies:
            self.__getattr__("commit")(change, meanwhile)
        raise Died

    def dies_at_the_next_commit(self, *, after: bool) -> None:
        """Let who commits next be gone before anything of it was written, or after all was."""
        self._dies = after

    def start_anew(self) -> None:
        """Start the process that died, whether it came to its commit or not."""
        self._dies = None
        place = self._asked % len(self._nodes)
        gone, self._nodes[place] = self._nodes[place], self._start()
        if gone is not self._nodes[place]:
            gone.close()

    def close(self) -> None:
        for node in self._nodes:
            node.close()


@contextmanager
def nodes(
    engine: str, directory: Path, clock: Clock, fixture: Callable[[str], Any]
) -> Iterator[tuple[Nodes, Any]]:
    """Processes over an empty store of an engine, and its attempts.

    What is kept in memory is there for good: its process dies between what it does.
    """
    if engine == "memory":
        store = MemoryStore(clock, os.urandom)
        yield Nodes(lambda: store, 1), MemoryAttempts()
        return
    with ExitStack() as stack:
        if engine == "sqlite":
            attempts: Any = SqliteAttempts(directory / "attempts.db")
            made = Nodes(lambda: open_sqlite(directory, clock, os.urandom), 1)
        else:
            url = stack.enter_context(fixture("postgres").database())
            attempts = PostgresAttempts(url)
            number = 2 if engine == TWO_NODES else 1
            made = Nodes(lambda: forgetful(open_postgres(url, clock, os.urandom)), number)
        stack.callback(attempts.close)
        stack.callback(made.close)
        yield made, attempts
