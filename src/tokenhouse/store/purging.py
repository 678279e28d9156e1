"""How the engines that speak SQL forget what outlived its term."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from tokenhouse.core.moment import Moment
from tokenhouse.store.head import Head, spent_with
from tokenhouse.store.retention import ANSWERS, FEED, LINKS
from tokenhouse.store.tables import Row, uuid_of

_TOKENS: Final = """
DELETE FROM tokens WHERE id IN (
    SELECT id FROM tokens WHERE kind = :kind AND ends_at <= :horizon
     ORDER BY ends_at, id LIMIT :limit
) RETURNING id
"""
_ENDED: Final = """
DELETE FROM tokens WHERE id IN (
    SELECT t.id FROM family_ends f JOIN tokens t ON t.family_id = f.id
     WHERE t.kind = :kind AND f.ended_at <= :horizon ORDER BY t.id LIMIT :limit
) RETURNING id
"""
_FAMILIES: Final = """
DELETE FROM family_ends WHERE id IN (
    SELECT f.id FROM family_ends f
     WHERE NOT EXISTS (SELECT 1 FROM tokens t WHERE t.family_id = f.id) ORDER BY f.id LIMIT :limit
) RETURNING id
"""
_ANSWERS: Final = """
DELETE FROM kept_answers WHERE id IN (
    SELECT id FROM kept_answers WHERE created_at <= :horizon
     ORDER BY created_at, id LIMIT :limit
) RETURNING id
"""
_LINKS: Final = """
DELETE FROM links WHERE id IN (
    SELECT id FROM links WHERE expires_at <= :horizon ORDER BY expires_at, id LIMIT :limit
) RETURNING id
"""
_CHALLENGES: Final = """
DELETE FROM spent_challenges WHERE id IN (
    SELECT id FROM spent_challenges WHERE expires_at <= :now ORDER BY expires_at, id LIMIT :limit
) RETURNING id
"""
_FEED: Final = """
DELETE FROM feed WHERE sequence IN (
    SELECT sequence FROM (
        SELECT sequence, max(moment) OVER (ORDER BY sequence) AS reached
          FROM (SELECT sequence, moment FROM feed ORDER BY sequence LIMIT :limit) oldest
    ) walked WHERE reached <= :horizon
) RETURNING sequence
"""
"""Oldest first and without a gap: after the clock was accepted, moments may go back."""
_BODIES: Final = """
UPDATE events SET body = NULL, erases_at = NULL WHERE sequence IN (
    SELECT sequence FROM events WHERE erases_at <= :now ORDER BY erases_at, sequence LIMIT :limit
) RETURNING sequence
"""


def purged(
    execute: Callable[[str, Row], list[Any]],
    head: Head,
    now: Moment,
    kept: Mapping[str, int],
    limit: int,
) -> tuple[int, Head]:
    """Forget at most `limit` of each sort in a transaction; give the number and the new head."""

    def gone(statement: str, **values: str | int) -> list[Any]:
        return [key for (key,) in execute(statement, {**values, "limit": limit})]

    tokens: list[bytes] = []
    for kind, term in kept.items():
        tokens += gone(_TOKENS, kind=kind, horizon=now - term)
        tokens += gone(_ENDED, kind=kind, horizon=now - term)
    families = gone(_FAMILIES)
    answers = gone(_ANSWERS, horizon=now - ANSWERS)
    links = gone(_LINKS, horizon=now - LINKS)
    challenges = gone(_CHALLENGES, now=now)
    entries = gone(_FEED, horizon=now - FEED)
    bodies = gone(_BODIES, now=now)
    head = replace(
        head,
        feed_floor=max(entries, default=head.feed_floor),
        spent=spent_with(head, map(uuid_of, tokens), now),
    )
    every = (tokens, families, answers, links, challenges, entries, bodies)
    return sum(map(len, every)), head
