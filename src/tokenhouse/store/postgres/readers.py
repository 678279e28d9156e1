"""A few connections that read PostgreSQL, each read in one snapshot."""

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Final, TypeGuard, TypeVar

import psycopg

from tokenhouse.core.refusal import Unavailable
from tokenhouse.store.columns import Row
from tokenhouse.store.postgres.connection import cause_of
from tokenhouse.store.postgres.session import Connect, Session
from tokenhouse.store.reads import Reading
from tokenhouse.store.turns import taken

T = TypeVar("T")

READERS: Final = 8
"""Connections at most, opened when they are needed; more threads than that wait for one."""

_SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class _Reading:
    """Fulfils `Reading` on one session."""

    __slots__ = ("execute",)

    def __init__(self, session: Session) -> None:
        self.execute = session.rows

    def executemany(self, statement: str, values: Iterable[Row]) -> list[Any]:
        return [row for one in values for row in self.execute(statement, one)]


class Readers:
    """Lends connections to whoever reads. One that broke is opened anew when it is next lent."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._turns: SimpleQueue[None] = SimpleQueue()
        for _ in range(READERS):
            self._turns.put(None)
        self._idle = deque((connect(),))  # the last one used is the next one lent

    def read(self, ask: Callable[[Reading], T]) -> T:
        """Run `ask` in one snapshot; raise Unavailable when the database cannot tell."""

        def within(session: Session) -> T:
            session.command(_SNAPSHOT)
            try:
                return ask(_Reading(session))
            finally:
                if not session.broken:
                    session.command("ROLLBACK")

        return self._lent(within)

    def once(self, ask: Callable[[Reading], T]) -> T:
        """The same for an `ask` of one statement, which is a snapshot by itself."""
        return self._lent(lambda session: ask(_Reading(session)))

    def _lent(self, act: Callable[[Session], T]) -> T:
        taken(self._turns)
        session = None
        try:
            with suppress(IndexError):
                session = self._idle.pop()
            if session is None:
                session = self._connect()
            try:
                return act(session)
            except psycopg.OperationalError:
                if not session.broken:
                    raise
                # A restart breaks every idle connection: that is no answer to this question.
                session.close()
                session = self._connect()
                return act(session)
        except psycopg.Error as error:
            raise Unavailable(f"the database cannot tell: {cause_of(error)}") from None
        finally:
            if _fit(session):
                self._idle.append(session)
            self._turns.put(None)

    def close(self) -> None:
        """Close the connections once they are given back."""
        for _ in range(READERS):
            with suppress(Unavailable):
                taken(self._turns)
        while self._idle:
            self._idle.pop().close()


def _fit(session: Session | None) -> TypeGuard[Session]:
    """Whether a session can be lent again: it works, and has left its last snapshot."""
    if session is None:
        return False
    if not session.idle:
        session.close()
    return session.idle
