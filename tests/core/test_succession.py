"""How one token succeeds another: fates, overlap, refusals, and what is carried on."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from core.records import BOUNDED, FAMILY_ID, NOW, TOKEN_ID, token_of
from tokenhouse.core.moment import DAY, SECOND, Lifetime, parse_lifetime, parse_moment
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.succession import CUT_OVER, Fate, Terms, Until, succeed
from tokenhouse.core.token import Token
from tokenhouse.kinds import ORGANIZATIONAL

LIVING = token_of(ORGANIZATIONAL)
MONTH = Lifetime(months=1)
TERMS = st.builds(Terms, st.sampled_from(Fate), st.integers(0, 30 * DAY))
EXTENSIONS = st.none() | st.sampled_from(["1D", "1W", "1M", "1Y", "PT1S", "P1Y2M3DT4H"]).map(
    parse_lifetime
)
MOMENTS = st.none() | st.integers(NOW - DAY, NOW + 400 * DAY)


def _refusal(predecessor: Token, extension: Lifetime | None) -> Refused:
    with pytest.raises(Refused) as refused:
        succeed(predecessor, Terms(Fate.LIVES), extension, NOW)
    return refused.value


@BOUNDED
@given(TERMS, EXTENSIONS, MOMENTS, MOMENTS)
def test_a_successor_is_never_dead_at_birth(
    terms: Terms, extension: Lifetime | None, expires_at: int | None, superseded_at: int | None
) -> None:
    old = replace(LIVING, expires_at=expires_at, superseded_at=superseded_at)
    try:
        successor = succeed(old, terms, extension, NOW)
    except Refused:
        return
    assert successor.expires_at is None or successor.expires_at > NOW
    assert (successor.expires_at is None) is (expires_at is None)
    if expires_at is not None and successor.expires_at is not None:
        assert successor.expires_at >= expires_at


@BOUNDED
@given(TERMS, EXTENSIONS, st.uuids(), st.uuids())
def test_family_and_predecessor_are_carried(
    terms: Terms, extension: Lifetime | None, token_id: UUID, family_id: UUID
) -> None:
    old = replace(LIVING, id=token_id, family_id=family_id)
    successor = succeed(old, terms, extension, NOW)
    assert (successor.predecessor_id, successor.family_id) == (token_id, family_id)


@BOUNDED
@given(TERMS, MOMENTS)
def test_a_succession_never_lengthens_the_predecessors_life(
    terms: Terms, superseded_at: int | None
) -> None:
    old = replace(LIVING, superseded_at=superseded_at)
    try:
        changed = succeed(old, terms, MONTH, NOW).predecessor
    except Refused:
        return
    if changed is None:
        return
    assert changed.superseded_at is not None
    assert changed.superseded_at <= NOW + terms.overlap
    assert superseded_at is None or changed.superseded_at <= superseded_at
    assert changed.expires_at == old.expires_at


def test_a_predecessor_whose_fate_is_to_live_is_not_touched() -> None:
    successor = succeed(LIVING, Terms(Fate.LIVES), MONTH, NOW)
    assert successor.predecessor is None
    assert (successor.family_id, successor.predecessor_id) == (FAMILY_ID, TOKEN_ID)


@pytest.mark.parametrize("overlap", [0, 1, 10 * SECOND])
def test_a_predecessor_whose_fate_is_to_end_is_superseded_after_the_overlap(overlap: int) -> None:
    changed = succeed(LIVING, Terms(Fate.ENDS, overlap), None, NOW).predecessor
    assert changed is not None
    differing = {
        name: value for name, value in asdict(changed).items() if value != asdict(LIVING)[name]
    }
    assert differing == {"superseded_at": NOW + overlap, "updated_at": NOW}


def test_a_second_succession_during_the_overlap_does_not_move_its_end() -> None:
    terms = Terms(Fate.ENDS, 10 * SECOND)
    first = succeed(LIVING, terms, None, NOW).predecessor
    assert first is not None
    second = succeed(first, terms, None, NOW + 9 * SECOND).predecessor
    assert second is not None
    assert second.superseded_at == NOW + 10 * SECOND


def test_a_cut_over_during_an_overlap_ends_it_at_once() -> None:
    overlapping = replace(LIVING, superseded_at=NOW + DAY)
    changed = succeed(overlapping, Terms(Fate.ENDS), None, NOW).predecessor
    assert changed is not None
    assert changed.superseded_at == NOW


@pytest.mark.parametrize(
    ("expires_at", "extension", "expected"),
    [
        ("2031-01-31T00:00:00Z", "1M", "2031-02-28T00:00:00Z"),
        ("2032-02-29T00:00:00Z", "1Y", "2033-02-28T00:00:00Z"),
        ("2031-01-31T00:00:00Z", "90D", "2031-05-01T00:00:00Z"),
        ("2031-01-31T00:00:00Z", None, "2031-01-31T00:00:00Z"),
    ],
)
def test_the_new_expiry_is_the_old_one_plus_the_extension_not_now_plus_it(
    expires_at: str, extension: str | None, expected: str
) -> None:
    old = replace(LIVING, expires_at=parse_moment(expires_at))
    lifetime = parse_lifetime(extension) if extension else None
    successor = succeed(old, Terms(Fate.LIVES), lifetime, NOW)
    assert successor.expires_at == parse_moment(expected)


def test_the_successor_of_a_token_that_never_expires_never_expires() -> None:
    old = replace(LIVING, expires_at=None)
    assert succeed(old, Terms(Fate.LIVES), None, NOW).expires_at is None


@pytest.mark.parametrize(
    ("fields", "extension", "why"),
    [
        ({"expires_at": NOW}, None, "expired"),
        ({"expires_at": NOW - 1}, None, "expired"),
        ({"expires_at": NOW}, MONTH, "expired"),
        ({"expires_at": NOW - 1}, Lifetime(months=1200), "expired"),
        ({"superseded_at": NOW}, None, "superseded"),
        ({"superseded_at": NOW - 1}, MONTH, "superseded"),
        ({"superseded_at": NOW, "expires_at": None}, None, "superseded"),
        ({"superseded_at": NOW, "expires_at": NOW}, None, "expired"),
        ({"expires_at": None}, MONTH, "never expires"),
        ({}, Lifetime(months=12 * 9000), "9999"),
    ],
)
def test_where_no_living_successor_can_come_the_refusal_says_why(
    fields: dict[str, int | None], extension: Lifetime | None, why: str
) -> None:
    refused = _refusal(replace(LIVING, **fields), extension)
    assert refused.code is Code.UNPROCESSABLE
    asked_of_the_expiry = extension is None and why == "expired"
    field = "expires_at" if asked_of_the_expiry else "lifetime"
    assert [problem.field for problem in refused.problems] == [field]
    assert why in refused.problems[0].sentence


@pytest.mark.parametrize(
    "fields",
    [{"expires_at": NOW + 1}, {"superseded_at": NOW + 1}, {"expires_at": None}],
)
def test_one_microsecond_before_its_end_a_token_can_still_be_succeeded(
    fields: dict[str, int | None],
) -> None:
    successor = succeed(replace(LIVING, **fields), Terms(Fate.LIVES), None, NOW)
    assert successor.predecessor_id == TOKEN_ID


@BOUNDED
@given(TERMS, MOMENTS, MOMENTS, MOMENTS)
def test_an_expiry_that_is_set_is_the_successors_and_an_old_one_never_revives(
    terms: Terms, set_to: int | None, expires_at: int | None, superseded_at: int | None
) -> None:
    old = replace(LIVING, expires_at=expires_at, superseded_at=superseded_at)
    try:
        successor = succeed(old, terms, Until(set_to), NOW)
    except Refused:
        assert (set_to is not None and set_to <= NOW) or (
            superseded_at is not None and superseded_at <= NOW
        )
        return
    assert successor.expires_at == set_to
    if expires_at is not None and expires_at <= NOW:
        assert successor.predecessor is not None
        assert successor.predecessor.superseded_at == NOW


def test_an_expired_token_is_cut_over_whatever_the_terms() -> None:
    old = replace(LIVING, expires_at=NOW)
    expected = succeed(old, CUT_OVER, Until(NOW + DAY), NOW)
    assert succeed(old, Terms(Fate.LIVES), Until(NOW + DAY), NOW) == expected
    assert succeed(old, Terms(Fate.ENDS, DAY), Until(NOW + DAY), NOW) == expected


def test_a_successor_that_would_be_dead_at_birth_says_that_its_expiry_has_to_come_along() -> None:
    for extension in (None, MONTH):
        refused = _refusal(replace(LIVING, expires_at=NOW), extension)
        assert "has expired" in refused.problems[0].sentence
        assert "has to come along" in refused.problems[0].sentence


def test_an_expiry_that_is_set_lies_ahead() -> None:
    with pytest.raises(Refused) as refused:
        succeed(LIVING, Terms(Fate.LIVES), Until(NOW), NOW)
    assert [problem.field for problem in refused.value.problems] == ["expires_at"]
