"""Families of refresh tokens: no client is locked out that keeps to the rules, no thief stays."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.families import CLIENTS, PUBLIC, STRANGER, Family
from core.records import BOUNDED, CLIENT, NOW
from tokenhouse.core.client import Client
from tokenhouse.core.moment import DAY, HOUR, SECOND
from tokenhouse.core.redemption import GRACE, Again, Declined, Fresh, Reused

GAPS = st.lists(st.tuples(st.integers(0, 3 * DAY), st.booleans()), min_size=1, max_size=40)
"""How long a client waits before it comes again, and whether it takes the token it was given."""


@BOUNDED
@given(GAPS, st.booleans())
def test_a_client_with_a_secret_is_renewed_for_its_whole_time_whichever_token_it_keeps(
    gaps: list[tuple[int, bool]], slides: bool
) -> None:
    client = replace(CLIENT, slides=slides)
    family, now, kept = Family(client), NOW, 0
    for gap, takes in gaps:
        now += gap
        if now >= NOW + client.refresh_lifetime:
            return
        answer = family.present(kept, now)
        assert isinstance(answer, Fresh | Again)
        if takes:
            kept = family.end


@BOUNDED
@given(st.lists(st.integers(0, DAY), min_size=1, max_size=60))
def test_it_may_keep_its_first_refresh_token_and_gets_the_same_second_one_each_time(
    gaps: list[int],
) -> None:
    family, now, answers = Family(CLIENT), NOW, []
    for gap in (*gaps, 0):
        now = min(now + gap, NOW + 30 * DAY - 1)
        answers.append(family.present(0, now))
    first, *later = answers
    assert isinstance(first, Fresh)
    second = family.generations[1].id
    assert all(isinstance(one, Again) and family.opened(0, one) == second for one in later)
    assert family.end == 1


@BOUNDED
@given(CLIENTS, st.lists(st.integers(0, 30 * DAY - 1), min_size=1, max_size=40))
def test_a_client_that_takes_each_new_one_is_renewed_for_its_whole_time(
    client: Client, gaps: list[int]
) -> None:
    family, now = Family(client), NOW
    for gap in gaps:
        now += gap
        answer = family.present(family.end, now)
        if not client.slides and now >= NOW + 30 * DAY:
            assert isinstance(answer, Declined)
            return
        assert isinstance(answer, Fresh)


@BOUNDED
@given(CLIENTS, st.lists(st.integers(0, GRACE - 1), min_size=1, max_size=20))
def test_a_lost_answer_is_given_again_within_the_grace_to_any_client(
    client: Client, losses: list[int]
) -> None:
    family, now = Family(client), NOW
    for wait in losses:
        assert isinstance(family.present(family.end, now), Fresh)
        again = family.present(family.end - 1, now + wait)
        assert isinstance(again, Again)
        assert family.opened(family.end - 1, again) == family.generations[-1].id
        now += wait


@BOUNDED
@given(st.integers(0, 60 * DAY), st.booleans())
def test_a_public_client_whose_retry_comes_after_ten_seconds_is_refused_and_signs_in_again(
    late: int, slides: bool
) -> None:
    family = Family(replace(PUBLIC, slides=slides))
    family.present(0, NOW)
    assert isinstance(family.present(0, NOW + 10 * SECOND + late), Reused)
    assert isinstance(family.present(1, NOW + 10 * SECOND + late), Declined)


@BOUNDED
@given(CLIENTS, st.integers(2, 8), st.data())
def test_a_thief_with_a_consumed_token_ends_the_family_after_the_grace_and_never_within(
    client: Client, refreshes: int, data: st.DataObject
) -> None:
    family, now = Family(client), NOW
    for _ in range(refreshes):
        now += data.draw(st.integers(0, 2 * HOUR))
        family.present(family.end, now)
    stolen = data.draw(st.integers(0, refreshes - 2))
    redeemed_at = family.generations[stolen].superseded_at
    assert redeemed_at is not None
    soon = redeemed_at + GRACE - 1
    assert isinstance(family.decide(stolen, soon).redemption, Declined)
    late = max(now, redeemed_at + GRACE) + data.draw(st.integers(0, 29 * DAY))
    assert isinstance(family.present(stolen, late), Reused)
    assert not family.live_ends
    for generation in range(refreshes + 1):
        assert isinstance(family.present(generation, late), Declined)


@BOUNDED
@given(CLIENTS, st.integers(1, 8), st.integers(0, 40 * DAY), st.data())
def test_another_client_ends_nothing_and_learns_nothing(
    client: Client, refreshes: int, later: int, data: st.DataObject
) -> None:
    family = Family(client)
    answers = set()
    for _ in range(refreshes):
        family.present(family.end, NOW)
    if data.draw(st.booleans()):
        family.revoke(NOW)
    before = (list(family.generations), family.ended)
    for generation in range(refreshes + 1):
        answer = family.present(generation, NOW + later, by=STRANGER)
        assert isinstance(answer, Declined)
        answers.add(answer.reason)
    assert (family.generations, family.ended) == before
    assert answers == {"unknown"}


def test_twenty_parallel_tabs_get_one_successor_and_raise_no_alarm() -> None:
    for client in (CLIENT, PUBLIC):
        family = Family(client)
        waiting = [family.decide(0, NOW) for _ in range(20)]
        while waiting:
            lost = [one for one in waiting if not family.commit(one, NOW + SECOND)]
            waiting = [family.decide(0, NOW + SECOND) for _ in lost]
        assert family.end == 1
        assert isinstance(family.present(1, NOW + 2 * SECOND), Fresh)
        for _ in range(20):
            assert isinstance(family.present(0, NOW + 9 * SECOND), Declined)
        assert family.ended is None
