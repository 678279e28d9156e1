"""Policies: what an organization has against an expiry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.records import BOUNDED, NOW, ORGANIZATION
from tokenhouse.core.moment import DAY
from tokenhouse.core.policy import Policies, against_policy, latest_expiry, policies_of

BOUND = replace(ORGANIZATION, longest_lifetimes={"personal": 90 * DAY})
REQUIRED = replace(ORGANIZATION, expiry_required=True)


def test_where_nothing_was_set_everything_may_be() -> None:
    assert policies_of(ORGANIZATION) == Policies()
    assert latest_expiry(ORGANIZATION, "personal", NOW) is None
    for expires_at in (None, NOW + 1, NOW + 40_000 * DAY):
        assert against_policy(ORGANIZATION, "personal", NOW, expires_at) is None


def test_the_longest_lifetime_counts_from_the_making_to_the_microsecond() -> None:
    assert latest_expiry(BOUND, "personal", NOW) == NOW + 90 * DAY
    assert against_policy(BOUND, "personal", NOW, NOW + 90 * DAY) is None
    problem = against_policy(BOUND, "personal", NOW, NOW + 90 * DAY + 1)
    assert problem is not None
    assert problem.field == "expires_at"
    assert "P90D" in problem.sentence


def test_a_kind_with_a_longest_lifetime_has_an_expiry_and_no_other_kind_need() -> None:
    assert against_policy(BOUND, "personal", NOW, None) is not None
    assert against_policy(BOUND, "organizational", NOW, None) is None


@pytest.mark.parametrize("kind", ["personal", "organizational", "session", "a later one"])
def test_a_required_expiry_is_required_of_every_kind(kind: str) -> None:
    assert against_policy(REQUIRED, kind, NOW, None) is not None
    assert against_policy(REQUIRED, kind, NOW, NOW + 1) is None


@BOUNDED
@given(st.integers(0, 10**9), st.integers(1, 400 * DAY), st.none() | st.integers(0, 10**16))
def test_what_may_be_ends_by_the_latest_expiry(
    later: int, longest: int, expires_at: int | None
) -> None:
    organization = replace(ORGANIZATION, longest_lifetimes={"personal": longest})
    latest = latest_expiry(organization, "personal", NOW + later)
    assert latest is not None
    may_be = against_policy(organization, "personal", NOW + later, expires_at) is None
    assert may_be == (expires_at is not None and expires_at <= latest)
