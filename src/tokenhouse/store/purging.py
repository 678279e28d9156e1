"""How the engines that speak SQL forget what outlived its term."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from tokenhouse.core.moment import Moment
from tokenhouse.store import statements as sql
from tokenhouse.store.head import Head, spent_with
from tokenhouse.store.retention import ANSWERS, FEED, LINKS
from tokenhouse.store.tables import Row, uuid_of


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
        tokens += gone(sql.PURGE_TOKENS, kind=kind, horizon=now - term)
        tokens += gone(sql.PURGE_ENDED, kind=kind, horizon=now - term)
    families = gone(sql.PURGE_FAMILIES)
    answers = gone(sql.PURGE_ANSWERS, horizon=now - ANSWERS)
    links = gone(sql.PURGE_LINKS, horizon=now - LINKS)
    entries = gone(sql.PURGE_FEED, horizon=now - FEED)
    bodies = gone(sql.PURGE_BODIES, now=now)
    head = replace(
        head,
        feed_floor=max(entries, default=head.feed_floor),
        spent=spent_with(head, map(uuid_of, tokens), now),
    )
    return sum(map(len, (tokens, families, answers, links, entries, bodies))), head
