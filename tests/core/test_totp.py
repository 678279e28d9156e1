"""One-time codes: the vectors of RFC 6238, the drift to the step, and each step once."""

import pytest

from tokenhouse.core.moment import SECOND
from tokenhouse.core.totp import (
    NO_STEP,
    STEP_SECONDS,
    accepted_step,
    code_at,
    key_uri,
    secret_text,
    step_of,
)

SECRET = b"12345678901234567890"
"""The SHA-1 key of RFC 6238, appendix B."""
NOW = 1_111_111_109 * SECOND
CURRENT = step_of(NOW)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str):
    moment = seconds * SECOND
    assert code_at(SECRET, step_of(moment)) == code
    assert accepted_step(SECRET, code, moment, NO_STEP) == seconds // STEP_SECONDS


@pytest.mark.parametrize(
    ("ahead", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_one_step_off_and_no_more(ahead: int, good: bool):
    code = code_at(SECRET, CURRENT + ahead)
    assert (accepted_step(SECRET, code, NOW, NO_STEP) is not None) is good


def test_the_drift_ends_with_its_step_to_the_microsecond():
    code, start = code_at(SECRET, CURRENT), CURRENT * STEP_SECONDS * SECOND
    step = STEP_SECONDS * SECOND
    assert accepted_step(SECRET, code, start - step, NO_STEP) == CURRENT
    assert accepted_step(SECRET, code, start - step - 1, NO_STEP) is None
    assert accepted_step(SECRET, code, start + 2 * step - 1, NO_STEP) == CURRENT
    assert accepted_step(SECRET, code, start + 2 * step, NO_STEP) is None


def test_no_step_is_accepted_that_is_not_behind_the_last_one():
    for last in (CURRENT, CURRENT + 1):
        assert accepted_step(SECRET, code_at(SECRET, CURRENT), NOW, last) is None
    assert accepted_step(SECRET, code_at(SECRET, CURRENT + 1), NOW, CURRENT) == CURRENT + 1


@pytest.mark.parametrize(
    "typed", ["81804", "0081804", "08180４", "-81804", "081804\n0", "", "08180a"]
)
def test_what_is_not_six_digits_is_no_code(typed: str):
    assert accepted_step(SECRET, typed, NOW, NO_STEP) is None


def test_spaces_make_no_second_code_of_one():
    assert accepted_step(SECRET, "081 804", NOW, NO_STEP) == CURRENT
    assert accepted_step(SECRET, "081 804", NOW, CURRENT) is None


def test_an_app_is_given_the_secret_and_whose_it_is():
    uri = key_uri("tokens.example.com", "anna@nordlicht.example", SECRET)
    assert uri == (
        "otpauth://totp/tokens.example.com:anna@nordlicht.example"
        f"?secret={secret_text(SECRET)}&issuer=tokens.example.com"
        "&algorithm=SHA1&digits=6&period=30"
    )
    assert secret_text(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
