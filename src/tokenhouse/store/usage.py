"""Every statement about usage once, in the SQL that both engines speak."""

from typing import Any, Final
from uuid import UUID

from tokenhouse.core.usage import Count, Outcome, Usage
from tokenhouse.store.columns import uuid_of

OF_TOKEN: Final = """
SELECT 'hour', hour, outcome, uses FROM usage_hours WHERE token_id = :token
UNION ALL SELECT 'day', day, outcome, uses FROM usage_days WHERE token_id = :token
"""
_DAYS_SINCE: Final = """
SELECT token_id, hour - hour % :length, outcome, CAST(sum(uses) AS bigint)
  FROM usage_hours WHERE hour >= :since AND token_id {among}
 GROUP BY token_id, hour - hour % :length, outcome
UNION ALL
SELECT token_id, day, outcome, uses FROM usage_days WHERE day >= :since AND token_id {among}
"""
AFTER: Final = "SELECT id FROM last_uses WHERE id > :last ORDER BY id LIMIT :limit"
NUMBERED: Final = """
INSERT INTO usage_batches (process_id, number, moment) VALUES (:process, :number, :moment)
ON CONFLICT (process_id) DO UPDATE SET number = excluded.number, moment = excluded.moment
 WHERE usage_batches.number < excluded.number
RETURNING number
"""
"""Gives a row where the batch was not added before."""
OVER_DAYS: Final = """
DELETE FROM usage_days WHERE (token_id, day, outcome) IN (
    SELECT token_id, day, outcome FROM usage_days WHERE day <= :horizon
     ORDER BY day, token_id, outcome LIMIT :limit
) RETURNING day
"""
OVER_BATCHES: Final = "DELETE FROM usage_batches WHERE moment <= :horizon"


def days_since(among: str) -> str:
    """The statement for those of some tokens; `among` says, behind an id, that it is one of them.

    With `since` and the `length` of a day.
    """
    return _DAYS_SINCE.format(among=among)


def days_of(rows: list[Any]) -> dict[UUID, tuple[Count, ...]]:
    """What the rows of such a statement tell."""
    counts: dict[UUID, list[Count]] = {}
    for token_id, day, outcome, uses in rows:
        counts.setdefault(uuid_of(token_id), []).append(Count(day, Outcome(outcome), uses))
    return {token_id: tuple(listed) for token_id, listed in counts.items()}


def usage_of(rows: list[Any]) -> Usage:
    """What the rows of OF_TOKEN tell."""
    hours, days = (
        tuple(
            Count(since, Outcome(outcome), uses)
            for which, since, outcome, uses in rows
            if which == span
        )
        for span in ("hour", "day")
    )
    return Usage(hours, days)
