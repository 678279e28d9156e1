"""Every statement about usage once, in the SQL that both engines speak."""

from typing import Any, Final

from tokenhouse.core.usage import Count, Outcome, Usage

OF_TOKEN: Final = """
SELECT 'hour', hour, outcome, uses FROM usage_hours WHERE token_id = :token
UNION ALL SELECT 'day', day, outcome, uses FROM usage_days WHERE token_id = :token
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
