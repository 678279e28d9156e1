"""Keeps how often tokens were presented in tables whose commits are never waited for."""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Final, TypeVar
from uuid import UUID

import psycopg

from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import DAY, Moment
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.usage import Batch, Count, Usage, over_days, over_hours
from tokenhouse.store import usage as sql
from tokenhouse.store.columns import Row, uuid_of
from tokenhouse.store.postgres.arrays import Bigints, Byteas, Texts
from tokenhouse.store.postgres.connection import cause_of, connect
from tokenhouse.store.postgres.session import Session

T = TypeVar("T")

_ADD: Final = """
INSERT INTO usage_hours (token_id, hour, outcome, uses)
SELECT * FROM unnest(:tokens, :hours, :outcomes, :uses)
ON CONFLICT (token_id, hour, outcome) DO UPDATE SET uses = usage_hours.uses + excluded.uses
"""
_LAST: Final = """
INSERT INTO last_uses (id, used_at) SELECT * FROM unnest(:ids, :moments)
ON CONFLICT (id) DO UPDATE SET used_at = greatest(last_uses.used_at, excluded.used_at)
"""
_AMONG: Final = "= ANY(:ids)"
_LOOK: Final = f"SELECT id, used_at FROM last_uses WHERE id {_AMONG}"  # noqa: S608 -- our own names
_DAYS: Final = sql.days_since(_AMONG)
_INTO_DAYS: Final = """
WITH gone AS (
    DELETE FROM usage_hours WHERE (token_id, hour, outcome) IN (
        SELECT token_id, hour, outcome FROM usage_hours WHERE hour <= :horizon
         ORDER BY hour, token_id, outcome LIMIT :limit FOR UPDATE SKIP LOCKED
    ) RETURNING token_id, hour - hour % :length AS day, outcome, uses
), summed AS (
    INSERT INTO usage_days (token_id, day, outcome, uses)
    SELECT token_id, day, outcome, sum(uses)::bigint FROM gone
     GROUP BY token_id, day, outcome ORDER BY token_id, day, outcome
    ON CONFLICT (token_id, day, outcome) DO UPDATE SET uses = usage_days.uses + excluded.uses
)
SELECT count(*) FROM gone
"""
_FORGET: Final = (
    "DELETE FROM usage_hours WHERE token_id = ANY(:ids)",
    "DELETE FROM usage_days WHERE token_id = ANY(:ids)",
    "DELETE FROM last_uses WHERE id = ANY(:ids)",
)


class PostgresUsage:
    """Fulfils `UsageStore` for all processes over one database.

    The schema is there once the store was opened. Whoever reads never waits for a batch.
    """

    def __init__(self, url: Secret) -> None:
        self._writer = _Line(url)
        self._reader = _Line(url)

    def add(self, batch: Batch) -> None:
        """Add what a process counted, if it was not added before."""
        uses, last = batch.uses, batch.last_uses()
        numbered: Row = {
            "process": batch.process_id.bytes,
            "number": batch.number,
            "moment": batch.moment,
        }
        hours = {
            "tokens": Byteas.of([use.token_id.bytes for use in uses]),
            "hours": Bigints.of([use.hour for use in uses]),
            "outcomes": Texts.of([use.outcome.value for use in uses]),
            "uses": Bigints.of([use.uses for use in uses]),
        }
        used = {
            "ids": Byteas.of([one.bytes for one, _ in last]),
            "moments": Bigints.of([at for _, at in last]),
        }

        def add(session: Session) -> None:
            if session.rows(sql.NUMBERED, numbered):
                session.rows(_ADD, hours)
                session.rows(_LAST, used)

        self._writer.alone(add)

    def last_used(self, ids: tuple[UUID, ...]) -> Mapping[UUID, Moment]:
        """When each of these was accepted last."""
        asked = {"ids": Byteas.of([one.bytes for one in ids])}
        rows = self._reader.once(lambda session: session.rows(_LOOK, asked))
        return {uuid_of(one): at for one, at in rows}

    def usage_of(self, token_id: UUID) -> Usage:
        """All that is kept of one token; one statement is one snapshot."""
        asked = {"token": token_id.bytes}
        return sql.usage_of(self._reader.once(lambda session: session.rows(sql.OF_TOKEN, asked)))

    def days_since(self, ids: tuple[UUID, ...], since: Moment) -> Mapping[UUID, tuple[Count, ...]]:
        """What is kept of each of these by the day; one statement is one snapshot."""
        asked: Row = {
            "ids": Byteas.of([one.bytes for one in ids]),
            "since": since,
            "length": DAY,
        }
        return sql.days_of(self._reader.once(lambda session: session.rows(_DAYS, asked)))

    def roll(self, now: Moment, limit: int) -> int:
        """Make days of hours that are over, and forget days that are."""

        def roll(session: Session) -> int:
            hours = {"horizon": over_hours(now), "limit": limit, "length": DAY}
            ((over,),) = session.rows(_INTO_DAYS, hours)
            horizon = {"horizon": over_days(now), "limit": limit}
            gone = session.rows(sql.OVER_DAYS, horizon)
            session.rows(sql.OVER_BATCHES, {"horizon": over_days(now)})
            return int(over) + len(gone)

        return self._writer.alone(roll)

    def used_after(self, last: UUID | None, limit: int) -> tuple[UUID, ...]:
        """Ids of which a last use is kept, in their order."""
        asked: Row = {"last": b"" if last is None else last.bytes, "limit": limit}
        rows = self._reader.once(lambda session: session.rows(sql.AFTER, asked))
        return tuple(UUID(bytes=bytes(one)) for (one,) in rows)

    def forget(self, ids: tuple[UUID, ...]) -> None:
        """Forget all that is kept of these."""
        gone = {"ids": Byteas.of([one.bytes for one in ids])}

        def forget(session: Session) -> None:
            for statement in _FORGET:
                session.rows(statement, gone)

        self._writer.alone(forget)

    def close(self) -> None:
        """Give the connections back."""
        self._writer.close()
        self._reader.close()


class _Line:
    """One connection, opened once it is needed, for one thread after the other.

    What it does is done again where the connection turns out to be gone: all of it can be.
    """

    def __init__(self, url: Secret) -> None:
        self._url = url
        self._lock = Lock()
        self._session: Session | None = None

    def alone(self, act: Callable[[Session], T]) -> T:
        """Do something in one transaction; raise Unavailable."""

        def within(session: Session) -> T:
            session.command("BEGIN")
            try:
                done = act(session)
                session.command("COMMIT")
            except BaseException:
                if not session.broken and not session.idle:
                    session.command("ROLLBACK")
                raise
            return done

        return self.once(within)

    def once(self, act: Callable[[Session], T]) -> T:
        """Do something that is one statement; raise Unavailable."""
        with self._lock:
            try:
                session = self._opened()
                try:
                    return act(session)
                except psycopg.OperationalError:
                    if not session.broken:
                        raise
                    return act(self._opened())
            except psycopg.Error as error:
                raise Unavailable(f"usage cannot be told: {cause_of(error)}") from None

    def _opened(self) -> Session:
        if self._session is not None and self._session.broken:
            self._session.close()
            self._session = None
        if self._session is None:
            self._session = Session(connect(self._url, durable=False))
        return self._session

    def close(self) -> None:
        """Close the connection, if there is one."""
        with self._lock:
            if self._session is not None:
                self._session.close()
