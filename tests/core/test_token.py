"""The record of a token."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.records import BOUNDED, FAMILY_ID, NOW, token_of
from tokenhouse.core.moment import Lifetime
from tokenhouse.core.succession import Fate, Terms, succeed
from tokenhouse.core.token import expired, technical_user
from tokenhouse.kinds import ORGANIZATIONAL


def test_the_technical_user_of_a_family_is_frozen() -> None:
    assert technical_user(FAMILY_ID) == UUID("5eed2f2f-b077-5538-a080-eb975ae2e9fd")


@BOUNDED
@given(st.lists(st.sampled_from(Fate), min_size=1, max_size=5))
def test_the_technical_user_survives_every_succession(fates: list[Fate]) -> None:
    first = token = token_of(ORGANIZATIONAL)
    for count, fate in enumerate(fates, start=1):
        successor = succeed(token, Terms(fate), Lifetime(months=1), NOW)
        token = replace(token, id=UUID(int=count), family_id=successor.family_id)
    assert token.id != first.id
    assert technical_user(token.family_id) == technical_user(first.family_id)


@BOUNDED
@given(st.uuids(), st.uuids())
def test_two_families_have_two_technical_users(one: UUID, other: UUID) -> None:
    assert (technical_user(one) == technical_user(other)) is (one == other)
    assert technical_user(one) != one


@pytest.mark.parametrize(
    ("expires_at", "stopped"),
    [(None, False), (NOW + 1, False), (NOW, True), (NOW - 1, True), (0, True)],
)
def test_a_token_stops_at_its_expiry_to_the_microsecond(
    expires_at: int | None, stopped: bool
) -> None:
    assert expired(replace(token_of(ORGANIZATIONAL), expires_at=expires_at), NOW) is stopped
