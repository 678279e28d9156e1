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
    """Forget at most `limit` of each sort, what has been over for longest first.

    Of the families that ended at most `limit` are looked at, from where the last purge came to.
    """
    ends = sorted(records.all(FamilyEnd), key=lambda end: end.id.int)
    ends = [end for end in ends if end.id.int > records.swept][:limit]
    number, is_done = 0, True
    for kind, term in kept.items():
        number += _tokens(records, kind, now - term, now, limit)
        ended = _ended(records, ends, kind, now - term, now, limit)
        number += ended
        is_done = is_done and ended < limit
    if is_done:
        records.swept = ends[-1].id.int if len(ends) == limit else 0
    return (
        number
        + _families(records, ends)
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


def _tokens(records: Records, kind: str, horizon: Moment, now: Moment, limit: int) -> int:
    def over(token: Token) -> bool:
        end = end_of(token)
        return token.kind == kind and end is not None and end <= horizon

    gone = _forget(records, filter(over, records.all(Token)), lambda t: end_of(t) or 0, limit)
    return _spent(records, gone, now)


def _ended(  # noqa: PLR0917 -- of which families, and what is to go
    records: Records, ends: list[FamilyEnd], kind: str, horizon: Moment, now: Moment, limit: int
) -> int:
    families = {end.id for end in ends if end.ended_at <= horizon}
    over = (one for one in records.all(Token) if one.kind == kind and one.family_id in families)
    return _spent(records, _forget(records, over, lambda one: one.family_id.int, limit), now)


def _spent(records: Records, gone: list[Token], now: Moment) -> int:
    spent = spent_with(records.head, (token.id for token in gone), now)
    records.head = replace(records.head, spent=spent)
    return len(gone)


def _families(records: Records, ends: list[FamilyEnd]) -> int:
    alive = {token.family_id for token in records.all(Token)}
    over = [end for end in ends if end.id not in alive]
    return len(_forget(records, over, lambda _: 0, len(over)))


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
