"""What comes of one refresh token that is presented: moments, marks, and who presents it."""

from typing import TypeAlias
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from core.families import PUBLIC, RIGHTFUL, STRANGER
from core.records import (
    BORN,
    BOUNDED,
    CLIENT,
    CLIENT_ID,
    DEPLOYMENT,
    FAMILY_END,
    FAMILY_ID,
    GROUP_ID,
    MEMBERSHIP,
    NOW,
    ORGANIZATION,
    ORGANIZATION_ID,
    PERSON,
    SEQUENCE,
    TOKEN_ID,
)
from tokenhouse.core.client import Client
from tokenhouse.core.judge import AHEAD, Reason
from tokenhouse.core.moment import DAY, HOUR, SECOND, Jump, Moment
from tokenhouse.core.redemption import (
    GRACE,
    Again,
    Declined,
    Fresh,
    Redemption,
    Reused,
    hinges_on_jumps,
    redeem,
    without_sealed,
)
from tokenhouse.core.standing import Found
from tokenhouse.core.token import FamilyEnd, Token, superseded
from tokenhouse.kinds import PERSONAL
from tokenhouse.kinds.refresh import REFRESH

SUCCESSOR_ID = UUID("018f0000-0000-7000-8000-0000000000f1")
PREDECESSOR_ID = UUID("018f0000-0000-7000-8000-0000000000f0")
ELSEWHERE = UUID("018f0000-0000-7000-8000-0000000000ff")
SUCCESSOR = replace(RIGHTFUL.token, id=SUCCESSOR_ID, predecessor_id=TOKEN_ID, sealed=b"sealed")
REDEEMED_ID = UUID("018f0000-0000-7000-8000-0000000000f2")
SUCCESSORS = {
    SUCCESSOR_ID: SUCCESSOR,
    REDEEMED_ID: replace(SUCCESSOR, id=REDEEMED_ID, superseded_at=NOW - 1, sealed=None),
}
Changes: TypeAlias = dict[str, object]


def _found(client: Client = CLIENT, token: Changes | None = None, **standing: object) -> Found:
    rests_on = replace(RIGHTFUL.standing, client=client, **standing)
    return replace(RIGHTFUL, token=replace(RIGHTFUL.token, **token or {}), standing=rests_on)


def _redeemed(at: Moment, client: Client = CLIENT, **fields: object) -> Found:
    """A consumed token; its successor is the end of the family if nothing else is said."""
    consumed: Changes = {
        "superseded_at": at,
        "successor_id": SUCCESSOR_ID,
        "expires_at": BORN + 30 * DAY,
    }
    return _found(client, consumed | fields)


def _present(found: Found, now: Moment = NOW, by: UUID = CLIENT_ID) -> Redemption:
    return redeem(REFRESH, found, _successor(found), by, now)


def _successor(found: Found) -> Token | None:
    successor_id = found.token.successor_id
    return None if successor_id is None else SUCCESSORS[successor_id]


AGAIN = Again(SUCCESSOR, b"sealed")
CONSUMED = Declined(Reason.SUPERSEDED)
FAMILY_OVER = FamilyEnd(FAMILY_ID, 1, ORGANIZATION_ID, NOW)


@pytest.mark.parametrize(
    ("client", "is_direct", "age", "answer"),
    [
        (CLIENT, True, 0, AGAIN),
        (CLIENT, True, 10 * SECOND, AGAIN),
        (CLIENT, True, 29 * DAY, AGAIN),
        (CLIENT, False, 0, CONSUMED),
        (CLIENT, False, 10 * SECOND - 1, CONSUMED),
        (CLIENT, False, 10 * SECOND, Reused(FAMILY_OVER)),
        (CLIENT, False, 29 * DAY, Reused(FAMILY_OVER)),
        (PUBLIC, True, 0, AGAIN),
        (PUBLIC, True, 10 * SECOND - 1, AGAIN),
        (PUBLIC, True, 10 * SECOND, Reused(FAMILY_OVER)),
        (PUBLIC, False, 0, CONSUMED),
        (PUBLIC, False, 10 * SECOND - 1, CONSUMED),
        (PUBLIC, False, 10 * SECOND, Reused(FAMILY_OVER)),
    ],
)
def test_what_comes_of_a_consumed_token_is_a_matter_of_its_generation_client_and_age(
    client: Client, is_direct: bool, age: int, answer: Redemption
) -> None:
    successor_id = SUCCESSOR_ID if is_direct else REDEEMED_ID
    found = _redeemed(NOW - age, client, successor_id=successor_id)
    assert _present(found) == answer


@pytest.mark.parametrize("client", [CLIENT, PUBLIC], ids=["secret", "public"])
@pytest.mark.parametrize(
    ("successor_id", "expected"),
    [(SUCCESSOR_ID, AGAIN), (REDEEMED_ID, CONSUMED)],
    ids=["direct", "older"],
)
def test_a_redemption_that_lies_ahead_of_a_clock_is_young(
    client: Client, successor_id: UUID, expected: Redemption
) -> None:
    assert _present(_redeemed(NOW + DAY, client, successor_id=successor_id)) == expected


def test_a_token_that_was_not_redeemed_gives_a_successor_of_its_family() -> None:
    answer = _present(_found(token={"predecessor_id": PREDECESSOR_ID}))
    assert isinstance(answer, Fresh)
    successor = answer.successor
    assert (successor.family_id, successor.predecessor_id) == (FAMILY_ID, TOKEN_ID)


def test_of_a_consumed_token_changes_that_it_was_redeemed_and_by_what() -> None:
    token = replace(RIGHTFUL.token, predecessor_id=PREDECESSOR_ID, sealed=b"its own")
    answer = _present(_found(token=_differing(RIGHTFUL.token, token)))
    assert isinstance(answer, Fresh)
    consumed = answer.consumed(token, SUCCESSOR_ID)
    assert _differing(token, consumed) == {
        "superseded_at": NOW,
        "updated_at": NOW,
        "successor_id": SUCCESSOR_ID,
        "sealed": None,
    }
    assert _present(_found(token=_differing(RIGHTFUL.token, consumed))) == AGAIN


def test_where_its_successor_is_gone_a_consumed_token_gives_nothing() -> None:
    found = _redeemed(NOW)
    assert redeem(REFRESH, found, None, CLIENT_ID, NOW) == CONSUMED
    later = NOW + GRACE
    answer = redeem(REFRESH, found, None, CLIENT_ID, later)
    assert answer == Reused(replace(FAMILY_OVER, ended_at=later))


def test_when_a_family_ended_nothing_changes_of_its_end_but_what_it_keeps() -> None:
    assert _differing(SUCCESSOR, without_sealed(SUCCESSOR, NOW)) == {
        "sealed": None,
        "updated_at": NOW,
    }


def test_however_the_clock_was_set_back_meanwhile_it_still_counts_as_redeemed() -> None:
    token = _redeemed(NOW + DAY, updated_at=NOW + DAY).token
    assert superseded(without_sealed(token, NOW), NOW)


def _differing(old: Token, new: Token) -> Changes:
    return {name: value for name, value in asdict(new).items() if value != asdict(old)[name]}


LOGIN = NOW - 20 * DAY
"""A sign-in that another lifetime than the client's default is counted from below."""


@pytest.mark.parametrize(
    ("slides", "lifetime", "expires_at", "expected"),
    [
        (False, 30 * DAY, LOGIN + 30 * DAY, LOGIN + 30 * DAY),
        (False, 90 * DAY, LOGIN + 30 * DAY, LOGIN + 30 * DAY),
        (False, 25 * DAY, LOGIN + 30 * DAY, LOGIN + 25 * DAY),
        (False, 30 * DAY, NOW + 30 * DAY, LOGIN + 30 * DAY),
        (True, 30 * DAY, LOGIN + 30 * DAY, NOW + 30 * DAY),
        (True, HOUR, LOGIN + 30 * DAY, NOW + HOUR),
    ],
    ids=["as agreed", "lengthened", "shortened", "slid before", "sliding", "sliding less"],
)
def test_a_successor_lives_from_the_sign_in_on_unless_its_client_slides(
    slides: bool, lifetime: int, expires_at: Moment, expected: Moment
) -> None:
    client = replace(CLIENT, slides=slides, refresh_lifetime=lifetime)
    found = _found(client, {"auth_time": LOGIN, "expires_at": expires_at})
    answer = _present(found)
    assert isinstance(answer, Fresh)
    assert answer.successor.expires_at == expected
    consumed = answer.consumed(found.token, SUCCESSOR_ID)
    assert consumed.expires_at == min(expires_at, expected)


@pytest.mark.parametrize("lifetime", [1, 20 * DAY])
def test_a_family_that_was_shortened_into_the_past_is_over_by_itself(lifetime: int) -> None:
    client = replace(CLIENT, refresh_lifetime=lifetime)
    assert _present(_found(client, {"auth_time": LOGIN})) == Declined(Reason.EXPIRED)


@BOUNDED
@given(st.integers(1, 60 * DAY), st.integers(0, 60 * DAY), st.integers(0, 60 * DAY))
def test_no_successor_outlives_the_sign_in_by_more_than_the_client_may_have(
    lifetime: int, waited: int, left: int
) -> None:
    client = replace(CLIENT, refresh_lifetime=lifetime)
    token: Changes = {"auth_time": NOW - waited, "expires_at": NOW + left}
    answer = _present(_found(client, token))
    if isinstance(answer, Fresh):
        assert answer.successor.expires_at is not None
        assert NOW < answer.successor.expires_at <= min(NOW - waited + lifetime, NOW + left)
    else:
        assert answer == Declined(Reason.EXPIRED)
        assert left == 0 or waited >= lifetime


@pytest.mark.parametrize("expires_at", [NOW, NOW - 1])
def test_an_expired_token_gives_nothing_and_ends_nothing(expires_at: Moment) -> None:
    for client in (CLIENT, PUBLIC):
        for slides in (False, True):
            found = _found(replace(client, slides=slides), {"expires_at": expires_at})
            assert _present(found) == Declined(Reason.EXPIRED)


def test_nor_does_it_once_it_was_consumed_while_it_might_have_asked_again() -> None:
    expired = {"expires_at": NOW}
    assert _present(_redeemed(NOW - DAY, CLIENT, **expired)) == Declined(Reason.EXPIRED)
    assert _present(_redeemed(NOW - 1, PUBLIC, **expired)) == Declined(Reason.EXPIRED)


def test_that_a_consumed_token_has_expired_meanwhile_excuses_no_reuse() -> None:
    sliding = {"expires_at": NOW - DAY}
    older = _redeemed(NOW - 2 * DAY, CLIENT, **sliding, successor_id=REDEEMED_ID)
    assert _present(older) == Reused(FAMILY_OVER)
    assert _present(_redeemed(NOW - 2 * DAY, PUBLIC, **sliding)) == Reused(FAMILY_OVER)


ENDED: dict[str, tuple[Changes, Changes]] = {
    "the token": ({"revoked_at": NOW - 1}, {}),
    "the family": ({}, {"family_end": FAMILY_END}),
    "all of the client": ({}, {"client": replace(CLIENT, revoked_before=SEQUENCE)}),
    "all of the membership": ({}, {"membership": replace(MEMBERSHIP, revoked_before=SEQUENCE)}),
    "all of the person": ({}, {"person": replace(PERSON, revoked_before=SEQUENCE)}),
    "what a password opened": (
        {},
        {"person": replace(PERSON, sign_ins_revoked_before=SEQUENCE)},
    ),
    "the organization": ({}, {"organization": replace(ORGANIZATION, revoked_before=SEQUENCE)}),
    "the deployment": ({}, {"deployment": replace(DEPLOYMENT, revoked_before=SEQUENCE)}),
}
STATES: dict[str, Found] = {
    "live": _found(),
    "just consumed": _redeemed(NOW - 1),
    "consumed": _redeemed(NOW - DAY),
    "older": _redeemed(NOW - DAY, successor_id=REDEEMED_ID),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("ended", ENDED)
def test_what_was_ended_by_decision_gives_nothing_and_ends_nothing(state: str, ended: str) -> None:
    found, (token, standing) = STATES[state], ENDED[ended]
    found = replace(
        found,
        token=replace(found.token, **token),
        standing=replace(found.standing, **standing),
    )
    reason = Reason.FAMILY_ENDED if ended == "the family" else Reason.REVOKED
    assert _present(found) == Declined(reason)


HELD_UP: dict[str, tuple[Changes, Reason]] = {
    "client suspended": ({"client": replace(CLIENT, suspended=True)}, Reason.CLIENT_SUSPENDED),
    "person suspended": ({"person": replace(PERSON, suspended=True)}, Reason.HOLDER_SUSPENDED),
    "membership suspended": (
        {"membership": replace(MEMBERSHIP, suspended=True)},
        Reason.HOLDER_SUSPENDED,
    ),
    "membership ended": (
        {"membership": replace(MEMBERSHIP, ended_at=NOW - 1)},
        Reason.MEMBERSHIP_ENDED,
    ),
    "organization suspended": (
        {"organization": replace(ORGANIZATION, suspended=True)},
        Reason.ORGANIZATION_SUSPENDED,
    ),
    "not of the client's people": (
        {"client": replace(CLIENT, group_id=ELSEWHERE)},
        Reason.INSUFFICIENT,
    ),
}


@pytest.mark.parametrize("cause", HELD_UP)
def test_who_may_have_no_tokens_now_gets_none_and_nothing_is_lost(cause: str) -> None:
    standing, reason = HELD_UP[cause]
    for state in ("live", "just consumed", "consumed"):
        found = STATES[state]
        held_up = replace(found, standing=replace(found.standing, **standing))
        assert _present(held_up) == Declined(reason)
        assert isinstance(_present(found), Fresh | Again)


@pytest.mark.parametrize("cause", HELD_UP)
def test_a_reuse_ends_the_family_also_while_nobody_may_use_it(cause: str) -> None:
    found, (standing, _) = STATES["older"], HELD_UP[cause]
    held_up = replace(found, standing=replace(found.standing, **standing))
    assert _present(held_up) == Reused(FAMILY_OVER)


def test_a_client_for_one_groups_people_renews_for_them() -> None:
    client = replace(CLIENT, group_id=GROUP_ID)
    assert isinstance(_present(_found(client)), Fresh)
    assert _present(_redeemed(NOW - DAY, client)) == AGAIN


@pytest.mark.parametrize("state", STATES)
def test_to_another_client_every_token_is_unknown_and_stays_as_it_is(state: str) -> None:
    assert _present(STATES[state], by=STRANGER) == Declined(Reason.UNKNOWN)


@pytest.mark.parametrize("state", STATES)
def test_records_of_somebody_else_make_a_token_unknown(state: str) -> None:
    found = STATES[state]
    for changed in (
        {"client": replace(CLIENT, id=ELSEWHERE)},
        {"client": replace(CLIENT, organization_id=ELSEWHERE)},
        {"membership": replace(MEMBERSHIP, id=ELSEWHERE)},
        {"organization": replace(ORGANIZATION, id=ELSEWHERE)},
    ):
        mixed = replace(found, standing=replace(found.standing, **changed))
        assert _present(mixed) == Declined(Reason.UNKNOWN)


def test_a_removed_client_leaves_tokens_that_are_good_for_nothing() -> None:
    removed = replace(RIGHTFUL, standing=replace(RIGHTFUL.standing, client=None))
    assert _present(removed) == Declined(Reason.CLIENT_SUSPENDED)


def test_no_other_kind_is_redeemed() -> None:
    assert redeem(PERSONAL, RIGHTFUL, None, CLIENT_ID, NOW) == Declined(Reason.UNKNOWN)
    other = _found(token={"kind": "personal"})
    assert _present(other) == Declined(Reason.UNKNOWN)


def test_that_a_clock_was_set_back_behind_a_token_locks_nobody_out() -> None:
    ahead: Changes = {"created_at": NOW + DAY, "auth_time": NOW + DAY, "expires_at": NOW + 31 * DAY}
    fresh = _present(_found(token=ahead))
    assert isinstance(fresh, Fresh)
    assert fresh.successor.expires_at == NOW + 30 * DAY, "as if the sign-in were now"
    ahead |= {"updated_at": NOW + DAY}
    assert _present(_redeemed(NOW + DAY, CLIENT, **ahead)) == AGAIN


def test_a_sign_in_at_a_node_that_is_a_little_ahead_counts_as_it_is() -> None:
    found = _found(token={"auth_time": NOW + AHEAD, "expires_at": NOW + AHEAD + 30 * DAY})
    answer = _present(found)
    assert isinstance(answer, Fresh)
    assert answer.successor.expires_at == NOW + AHEAD + 30 * DAY


FORWARDS = Jump(NOW - HOUR, NOW)
BACKWARDS = Jump(NOW + HOUR, NOW)
NOT_COUNTED = [
    (FORWARDS, NOW - HOUR - 4 * SECOND),
    (FORWARDS, NOW - HOUR + 4 * SECOND),
    (BACKWARDS, NOW + HOUR - 4 * SECOND),
    (BACKWARDS, NOW + HOUR + 4 * SECOND),
]


@pytest.mark.parametrize(("jump", "redeemed_at"), NOT_COUNTED)
def test_what_the_clock_jumped_is_no_time_that_a_client_let_pass(
    jump: Jump, redeemed_at: Moment
) -> None:
    for client, named, answer in ((PUBLIC, SUCCESSOR_ID, AGAIN), (CLIENT, REDEEMED_ID, CONSUMED)):
        found = _redeemed(redeemed_at, client, successor_id=named)
        assert _across(jump, found, NOW + 5 * SECOND) == answer


@pytest.mark.parametrize(("jump", "redeemed_at"), NOT_COUNTED)
def test_what_passed_before_and_after_a_jump_is(jump: Jump, redeemed_at: Moment) -> None:
    later = NOW + 11 * SECOND
    for client, named in ((PUBLIC, SUCCESSOR_ID), (CLIENT, REDEEMED_ID)):
        found = _redeemed(redeemed_at, client, successor_id=named)
        assert _across(jump, found, later) == Reused(replace(FAMILY_OVER, ended_at=later))


@pytest.mark.parametrize("jump", [FORWARDS, BACKWARDS])
def test_a_jump_changes_nothing_of_what_came_after_it(jump: Jump) -> None:
    for age in (0, 10 * SECOND - 1, 10 * SECOND, HOUR // 2):
        now = NOW + HOUR // 2
        found = _redeemed(now - age, PUBLIC)
        assert _across(jump, found, now) == _present(found, now)


def _across(jump: Jump, found: Found, now: Moment) -> Redemption:
    """What comes of it where jumps are asked for as they are."""
    decided = _present(found, now)
    if not hinges_on_jumps(decided, found, now):
        return decided
    return redeem(REFRESH, found, _successor(found), CLIENT_ID, now, (jump,))
