"""How the store in memory forgets what outlived its term."""

from collections.abc import Callable, Iterable, Mapping
from itertools import takewhile
from typing import TypeVar

from msgspec.structs import replace

from tokenhouse.core.events import RecordedEvent
from tokenhouse.core.link import Link
from tokenhouse.core.moment import Moment
from tokenhouse.core.second_factor import SpentChallenge
from tokenhouse.core.token import FamilyEnd, Token
from tokenhouse.operations.changes import KeptAnswer, Put, Record
from tokenhouse.store.head import spent_with
from tokenhouse.store.memory.records import Records
from tokenhouse.store.retention import ANSWERS, FEED, LINKS, body_kept, end_of
from tokenhouse.store.shape import ref_of

R = TypeVar("R", bound=Record)


def purge(records: Records, now: Moment, kept: Mapping[str, int], limit: int) -> int:
    """Forget at most `limit` of each sort, what has been over for longest first."""
    number = sum(_tokens(records, kind, now, term, limit) for kind, term in kept.items())
    return (
        number
        + _families(records, limit)
        + _answers(records, now - ANSWERS, limit)
        + _links(records, now - LINKS, limit)
        + _challenges(records, now, limit)
        + _feed(records, now - FEED, limit)
        + _bodies(records, now, limit)
    )


def _forget(
    records: Records,
    found: Iterable[R],
    over_since: Callable[[R], Moment],
    limit: int,
) -> list[R]:
    gone = sorted(found, key=lambda record: (over_since(record), record.id.int))[:limit]
    for record in gone:
        records.forget(ref_of(Put(record)))
    return gone


def _tokens(records: Records, kind: str, now: Moment, term: int, limit: int) -> int:
    horizon = now - term

    def over(token: Token) -> bool:
        end = end_of(token)
        return token.kind == kind and end is not None and end <= horizon

    def ended(token: Token) -> bool:
        end = records.one(FamilyEnd, token.family_id)
        return token.kind == kind and end is not None and end.ended_at <= horizon

    gone = _forget(records, filter(over, records.all(Token)), lambda t: end_of(t) or 0, limit)
    gone += _forget(records, filter(ended, records.all(Token)), lambda _: 0, limit)
    spent = spent_with(records.head, (token.id for token in gone), now)
    records.head = replace(records.head, spent=spent)
    return len(gone)


def _families(records: Records, limit: int) -> int:
    alive = {token.family_id for token in records.all(Token)}
    over = (end for end in records.all(FamilyEnd) if end.id not in alive)
    return len(_forget(records, over, lambda _: 0, limit))


def _answers(records: Records, horizon: Moment, limit: int) -> int:
    over = (answer for answer in records.all(KeptAnswer) if answer.created_at <= horizon)
    return len(_forget(records, over, lambda answer: answer.created_at, limit))


def _links(records: Records, horizon: Moment, limit: int) -> int:
    over = (link for link in records.all(Link) if link.expires_at <= horizon)
    return len(_forget(records, over, lambda link: link.expires_at, limit))


def _challenges(records: Records, now: Moment, limit: int) -> int:
    over = (spent for spent in records.all(SpentChallenge) if spent.expires_at <= now)
    return len(_forget(records, over, lambda spent: spent.expires_at, limit))


def _feed(records: Records, horizon: Moment, limit: int) -> int:
    over = list(takewhile(lambda entry: entry.moment <= horizon, records.feed[:limit]))
    if over:
        del records.feed[: len(over)]
        records.head = replace(records.head, feed_floor=over[-1].sequence)
    return len(over)


def _bodies(records: Records, now: Moment, limit: int) -> int:
    def erased_at(event: RecordedEvent) -> Moment:
        return event.moment + body_kept(event.name)

    over = [e for e in records.events if e.body is not None and erased_at(e) <= now]
    over.sort(key=lambda event: (erased_at(event), event.sequence))
    for event in over[:limit]:
        records.events[event.sequence - 1] = replace(event, body=None)
    return len(over[:limit])
