"""Counting, searching and sorting outlines: each in its parts, nothing lost on the way."""

import random
from itertools import pairwise, product
from uuid import UUID

import pytest
from msgspec.structs import replace

from core.records import NOW, found_of
from tokenhouse.core.judge import Reason, inactive, revoked
from tokenhouse.core.moment import DAY
from tokenhouse.core.overview import LONG, SOON, Filter, Order, ordered, searched, sifted
from tokenhouse.core.standing import Found
from tokenhouse.core.token import Outline, Token
from tokenhouse.kinds.personal import PERSONAL

PREFIXES = {"personal": "thp_", "organizational": "tho_", "session": ""}
LIVE = Outline(
    id=UUID(int=1),
    kind="personal",
    number=12,
    hint="1a2B",
    description="Straße nach Kiel",
    created_at=NOW - DAY,
    updated_at=NOW - DAY,
    expires_at=NOW + 100 * DAY,
    superseded_at=None,
    ended=False,
)


def outline_of(found: Found) -> Outline:
    told = {name: getattr(found.token, name) for name in LIVE.__struct_fields__[:-1]}
    return Outline(**told, ended=revoked(PERSONAL, found) is not None)


def parts(row: Outline, last: int | None = None) -> set[Filter]:
    uses = {} if last is None else {row.id: last}
    return {part for part, rows in sifted([row], uses, NOW).items() if rows}


def test_every_token_is_active_expired_or_revoked_as_the_judge_says():
    found, seen = found_of(PERSONAL), set()
    moments = (None, NOW - DAY, NOW - 1, NOW, NOW + 1)
    for expires, superseded, ended, updated in product(moments, moments, (None, NOW), (NOW, 0)):
        token = replace(
            found.token,
            expires_at=expires,
            superseded_at=superseded,
            revoked_at=ended,
            updated_at=updated,
        )
        one = replace(found, token=token)
        reason = inactive(PERSONAL, one, NOW)
        state = {None: Filter.ACTIVE, Reason.EXPIRED: Filter.EXPIRED}.get(reason, Filter.REVOKED)
        states = {Filter.ACTIVE, Filter.EXPIRED, Filter.REVOKED}
        assert parts(outline_of(one)) & states == {state}
        seen.add(reason)
    assert seen == {None, Reason.EXPIRED, Reason.REVOKED, Reason.SUPERSEDED}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {Filter.ACTIVE}),
        ({"expires_at": NOW + SOON}, {Filter.ACTIVE, Filter.EXPIRING}),
        ({"expires_at": NOW + SOON + 1}, {Filter.ACTIVE}),
        ({"expires_at": None}, {Filter.ACTIVE, Filter.NEVER}),
        ({"expires_at": NOW}, {Filter.EXPIRED}),
        ({"created_at": NOW - LONG}, {Filter.ACTIVE, Filter.UNUSED}),
        ({"created_at": NOW - LONG + 1}, {Filter.ACTIVE}),
        ({"created_at": 0, "expires_at": NOW - 1}, {Filter.EXPIRED}),
        ({"created_at": 0, "ended": True, "expires_at": None}, set()),
        ({"superseded_at": NOW, "expires_at": NOW + 1}, set()),
        ({"superseded_at": NOW + 1}, {Filter.ACTIVE}),
    ],
)
def test_each_filter_leaves_what_it_says(fields: dict[str, int], expected: set[Filter]):
    kept = expected | {Filter.CURRENT} if expected else {Filter.REVOKED}
    assert parts(replace(LIVE, **fields)) == kept


def test_a_token_is_unused_by_its_last_use_and_not_before_it_is_old():
    old = replace(LIVE, created_at=NOW - 2 * LONG)
    assert Filter.UNUSED in parts(old, NOW - LONG)
    assert Filter.UNUSED not in parts(old, NOW - LONG + 1)
    assert Filter.UNUSED not in parts(LIVE, 1)


def test_filters_keep_the_order_in_which_tokens_come():
    rows = [replace(LIVE, id=UUID(int=place), ended=place % 3 == 0) for place in range(9)]
    sifted_rows = sifted(rows, {}, NOW)
    assert sifted_rows[Filter.CURRENT] == [row for row in rows if not row.ended]
    assert sifted_rows[Filter.REVOKED] == [row for row in rows if row.ended]


@pytest.mark.parametrize(
    "text",
    [
        *("STRASSE", " nach ", "1a2b", "1A2B", "thp_", "thp_…1a2B", "thp_...1a2B", "THP_…1"),
        *("12", str(UUID(int=1)), UUID(int=1).hex),
    ],
)
def test_a_token_is_found_by_all_that_people_call_it(text: str):
    assert searched([LIVE], text, PREFIXES) == [LIVE]


@pytest.mark.parametrize(
    "text", ["berlin", "1a2", "a2B", "tho_", "thp_…1a2Bx", "thp", "1", "120", "9" * 5000, "_", "²"]
)
def test_a_token_is_not_found_by_anything_else(text: str):
    assert searched([LIVE], text, PREFIXES) == []


def test_what_has_no_hint_number_or_prefix_is_found_by_its_description_alone():
    bare = replace(LIVE, kind="session", hint="", number=None)
    assert searched([bare], "kiel", PREFIXES) == [bare]
    for text in ("thp_", "_", "0", "None"):
        assert searched([bare], text, PREFIXES) == []


def _some(dice: random.Random) -> list[Outline]:
    """Tokens with many that are equal, the newest first."""
    return [
        Outline(
            id=UUID(int=place),
            kind="personal",
            number=None,
            hint="",
            description=dice.choice(["a", "B", "ä", "b"]),
            created_at=dice.choice([1, 2]),
            updated_at=3,
            expires_at=dice.choice([None, NOW - 1, NOW + 1]),
            superseded_at=None,
            ended=dice.random() < 0.3,
        )
        for place in reversed(range(60))
    ]


_LAST = {UUID(int=place): place % 4 + 1 for place in range(0, 60, 2)}
_GREATEST = 1 << 80


@pytest.mark.parametrize(
    ("order", "rank"),
    [
        (Order.DESCRIPTION, lambda row: ["a", "b", "ä"].index(row.description.lower())),
        (Order.CREATED, lambda row: row.created_at),
        (Order.LAST_USED, lambda row: _LAST.get(row.id, -1)),
        (Order.EXPIRES, lambda row: _GREATEST if row.expires_at is None else row.expires_at),
        (Order.STATE, lambda row: 2 if row.ended else row.expires_at == NOW - 1),
    ],
)
def test_tokens_are_sorted_either_way_and_equal_ones_stay_newest_first(order: Order, rank):
    rows = _some(random.Random(order))
    for descending in (False, True):
        listed = ordered(rows, order, _LAST, NOW, descending=descending)
        ranks = [rank(row) for row in listed]
        assert ranks == sorted(ranks, reverse=descending)
        assert sorted(listed, key=lambda row: -row.id.int) == rows
        for one, other in pairwise(listed):
            if rank(one) == rank(other):
                assert one.id > other.id


def test_an_outline_names_what_a_token_has():
    assert {*LIVE.__struct_fields__} - {"ended"} <= {*Token.__struct_fields__}
