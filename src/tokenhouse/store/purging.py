"""How the engines that speak SQL forget what outlived its term."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from tokenhouse.core.moment import Moment
from tokenhouse.store.columns import Row, uuid_of
from tokenhouse.store.head import Head, spent_with
from tokenhouse.store.retention import ANSWERS, FEED, LINKS

_BEGINNING: Final = bytes(16)

_TOKENS: Final = """
DELETE FROM tokens WHERE id IN (
    SELECT id FROM tokens WHERE kind = :kind AND ends_at <= :horizon
     ORDER BY ends_at, id LIMIT :limit
) RETURNING id
"""
_NEXT_FAMILIES: Final = "SELECT id FROM family_ends WHERE id > :after ORDER BY id LIMIT :limit"
# A cross join, which SQLite walks as it is written: else it may walk through all tokens for these.
ENDED: Final = """
DELETE FROM tokens WHERE id IN (
    SELECT t.id FROM family_ends f CROSS JOIN tokens t
     WHERE f.id > :after AND f.id <= :last AND f.ended_at <= :horizon
       AND t.family_id = f.id AND t.kind = :kind ORDER BY f.id, t.id LIMIT :limit
) RETURNING id
"""
_FAMILIES: Final = """
DELETE FROM family_ends WHERE id > :after AND id <= :last
   AND NOT EXISTS (SELECT 1 FROM tokens t WHERE t.family_id = family_ends.id) RETURNING id
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


class Sweep:
    """Behind which family the next purge looks on; after the last one comes the first again.

    There may be many families that ended and are kept, and a purge holds up whoever writes.
    """

    def __init__(self) -> None:
        self.after = _BEGINNING


def purged(  # noqa: PLR0917 -- where it is written, and what is to go
    execute: Callable[[str, Row], list[Any]],
    head: Head,
    now: Moment,
    kept: Mapping[str, int],
    limit: int,
    sweep: Sweep,
) -> tuple[int, Head]:
    """Forget at most `limit` of each sort in a transaction; give the number and the new head.

    Of the families that ended at most `limit` are looked at, from where the sweep has come to.
    """

    def gone(statement: str, **values: str | int | bytes) -> list[Any]:
        return [key for (key,) in execute(statement, {**values, "limit": limit})]

    looked_at = gone(_NEXT_FAMILIES, after=sweep.after)
    stretch = {"after": sweep.after, "last": looked_at[-1] if looked_at else _BEGINNING}
    tokens: list[bytes] = []
    is_done = True
    for kind, term in kept.items():
        tokens += gone(_TOKENS, kind=kind, horizon=now - term)
        ended = gone(ENDED, **stretch, kind=kind, horizon=now - term)
        tokens += ended
        is_done = is_done and len(ended) < limit
    if is_done:
        sweep.after = stretch["last"] if len(looked_at) == limit else _BEGINNING
    families = [key for (key,) in execute(_FAMILIES, stretch)]
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
