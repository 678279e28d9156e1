"""A family is told in order, with what became of each of its tokens."""

from uuid import UUID

from msgspec.structs import replace

from core.records import FAMILY_END, NOW, TOKEN_ID, found_of
from tokenhouse.core.judge import Reason
from tokenhouse.core.lineage import Became, Generation, lineage
from tokenhouse.core.moment import HOUR
from tokenhouse.core.standing import Found
from tokenhouse.kinds import ORGANIZATIONAL

FIRST = found_of(ORGANIZATIONAL)
LATER = UUID(int=TOKEN_ID.int - 1)
"""Of one millisecond, ids tell no order."""


def _first(**fields: object) -> Found:
    return replace(FIRST, token=replace(FIRST.token, **fields))


def _successor(**fields: object) -> Found:
    token = replace(
        FIRST.token, id=LATER, predecessor_id=TOKEN_ID, sequence=FIRST.token.sequence + 1
    )
    return replace(FIRST, token=replace(token, **fields))


def _told(*family: Found, now: int = NOW) -> list[tuple[UUID, Became, int | None]]:
    told = lineage(ORGANIZATIONAL, family, now)
    return [(one.token.id, one.became, one.until) for one in told]


def test_the_tokens_stand_in_the_order_of_their_issue():
    assert [one[0] for one in _told(_successor(), _first())] == [TOKEN_ID, LATER]


def test_a_token_without_a_successor_is_the_newest():
    assert _told(_first()) == [(TOKEN_ID, Became.NEWEST, None)]


def test_a_predecessor_that_lives_on_is_good_to_its_own_expiry_or_for_ever():
    told = _told(_first(expires_at=NOW + HOUR), _successor())
    assert told == [(TOKEN_ID, Became.LIVES_ON, NOW + HOUR), (LATER, Became.NEWEST, None)]
    assert _told(_first(expires_at=None), _successor())[0] == (TOKEN_ID, Became.LIVES_ON, None)


def test_an_overlap_ends_when_it_was_set_to_end_or_at_the_expiry_before():
    first = _first(superseded_at=NOW + 3, expires_at=NOW + HOUR)
    assert _told(first, _successor())[0] == (TOKEN_ID, Became.OVERLAPS, NOW + 3)
    first = _first(superseded_at=NOW + 3, expires_at=NOW + 2)
    assert _told(first, _successor())[0] == (TOKEN_ID, Became.OVERLAPS, NOW + 2)


def test_a_predecessor_whose_overlap_is_over_was_replaced():
    first = _first(superseded_at=NOW)
    assert _told(first, _successor())[0] == (TOKEN_ID, Became.REPLACED, NOW)


def test_what_ended_by_itself_or_by_decision_is_over():
    for first, reason in (
        (_first(expires_at=NOW), Reason.EXPIRED),
        (_first(revoked_at=NOW), Reason.REVOKED),
        (replace(FIRST, standing=replace(FIRST.standing, family_end=FAMILY_END)), None),
    ):
        (told, *_) = lineage(ORGANIZATIONAL, (first, _successor()), NOW)
        assert told == Generation(first.token, reason or Reason.FAMILY_ENDED, Became.OVER)


def test_a_suspended_organization_changes_nothing_of_the_succession():
    organization = replace(FIRST.standing.organization, suspended=True)
    standing = replace(FIRST.standing, organization=organization)
    (told, _) = lineage(ORGANIZATIONAL, (replace(FIRST, standing=standing), _successor()), NOW)
    assert (told.reason, told.became) == (Reason.ORGANIZATION_SUSPENDED, Became.LIVES_ON)


def test_a_token_that_names_its_successor_has_one_though_its_record_is_gone():
    assert _told(_first(successor_id=LATER))[0][1] is Became.LIVES_ON
