"""The states of a signing key's life."""

from uuid import UUID

import pytest

from core.records import BORN, NOW
from tokenhouse.core.moment import HOUR
from tokenhouse.core.signing_key import RENEWAL_GRACE, KeyState, SigningKey


def _key(activated_at: int | None, retires_at: int | None) -> SigningKey:
    return SigningKey(
        UUID(int=3), 1, "ES256", "{}", b"sealed", "master", BORN, activated_at, retires_at
    )


@pytest.mark.parametrize(
    ("activated_at", "retires_at", "state"),
    [
        (None, None, KeyState.PENDING),
        (BORN, None, KeyState.ACTIVE),
        (BORN, NOW + 1, KeyState.RETIRING),
        (BORN, NOW, KeyState.RETIRED),
        (BORN, NOW - 1, KeyState.RETIRED),
        (None, NOW, KeyState.RETIRED),
    ],
)
def test_a_key_is_in_exactly_one_state_at_a_moment(
    activated_at: int | None, retires_at: int | None, state: KeyState
) -> None:
    assert _key(activated_at, retires_at).state(NOW) is state


def test_time_alone_never_makes_a_key_sign_again() -> None:
    key = _key(BORN, NOW)
    states = [key.state(moment) for moment in (NOW - 1, NOW, NOW + 1, NOW + 10**15)]
    assert states == [KeyState.RETIRING, KeyState.RETIRED, KeyState.RETIRED, KeyState.RETIRED]


def test_the_last_token_of_a_key_can_be_renewed_for_twelve_hours() -> None:
    assert RENEWAL_GRACE == 12 * HOUR
