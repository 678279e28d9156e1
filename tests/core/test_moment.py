"""Moments: what is read, what is refused, and how one is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.records import BOUNDED
from tokenhouse.core.moment import (
    DAY,
    MINUTE,
    SECOND,
    Moment,
    format_moment,
    parse_lifetime,
    parse_moment,
)

LAST = 253_402_300_799 * SECOND
MOMENTS = st.integers(0, LAST)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.000001Z", 1),
        ("2001-09-09T01:46:40Z", 1_000_000_000 * SECOND),
        ("2001-09-09t01:46:40z", 1_000_000_000 * SECOND),
        ("2001-09-09 01:46:40Z", 1_000_000_000 * SECOND),
        ("2001-09-09T01:46:40.5Z", 1_000_000_000 * SECOND + 500_000),
        ("2001-09-09T01:46:40.123456789Z", 1_000_000_000 * SECOND + 123_456),
        ("2001-09-09T01:46:40.999999999Z", 1_000_000_000 * SECOND + 999_999),
        ("2001-09-09T03:46:40+02:00", 1_000_000_000 * SECOND),
        ("2001-09-08T20:16:40-05:30", 1_000_000_000 * SECOND),
        ("2001-09-09T01:46:40+00:00", 1_000_000_000 * SECOND),
        ("2001-09-09T01:46:40-00:00", 1_000_000_000 * SECOND),
        ("1969-12-31T23:00:00-01:00", 0),
        ("2000-02-29T00:00:00Z", 951_782_400 * SECOND),
        ("2016-12-31T23:59:60Z", 1_483_228_799 * SECOND),
        ("9999-12-31T23:59:59Z", LAST),
    ],
)
def test_an_rfc_3339_moment_is_read(text: str, moment: Moment) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2030-01-01T00:00:00", "zone"),
        ("2030-01-01 00:00", "zone"),
        ("2030-01-01T00:00:00.5", "zone"),
        ("2030-01-01T24:00:00Z", "calendar"),
        ("2030-01-01T23:60:00Z", "calendar"),
        ("2030-01-01T00:00:61Z", "calendar"),
        ("2030-01-01T00:00:99Z", "calendar"),
        ("2030-02-30T00:00:00Z", "calendar"),
        ("2030-02-29T00:00:00Z", "calendar"),
        ("2100-02-29T00:00:00Z", "calendar"),
        ("2030-00-01T00:00:00Z", "calendar"),
        ("2030-13-01T00:00:00Z", "calendar"),
        ("2030-01-00T00:00:00Z", "calendar"),
        ("0000-01-01T00:00:00Z", "calendar"),
        ("2030-01-01T00:00:00+24:00", "zone"),
        ("2030-01-01T00:00:00+23:60", "zone"),
        ("1969-12-31T23:59:59Z", "1970"),
        ("0001-01-01T00:00:00Z", "1970"),
        ("1970-01-01T00:00:00+00:01", "1970"),
        ("9999-12-31T23:59:59-00:01", "9999"),
        ("9999-12-31T23:59:59.000001Z", "9999"),
        ("", "RFC 3339"),
        ("2030-01-01", "RFC 3339"),
        ("1893456000", "RFC 3339"),
        ("2030-1-1T00:00:00Z", "RFC 3339"),
        ("12030-01-01T00:00:00Z", "RFC 3339"),
        ("-2030-01-01T00:00:00Z", "RFC 3339"),
        ("2030-01-01T00:00Z", "RFC 3339"),
        ("20300101T000000Z", "RFC 3339"),
        ("2030-W01-1T00:00:00Z", "RFC 3339"),
        ("2030-01-01T00:00:00.Z", "RFC 3339"),
        ("2030-01-01T00:00:00,5Z", "RFC 3339"),
        ("2030-01-01T00:00:00.1234567890Z", "RFC 3339"),
        ("2030-01-01T00:00:00+0100", "RFC 3339"),
        ("2030-01-01T00:00:00+01", "RFC 3339"),
        ("2030-01-01T00:00:00 Z", "RFC 3339"),
        ("2030-01-01T00:00:00 UTC", "RFC 3339"),
        ("2030-01-01T00:00:00\u221201:00", "RFC 3339"),
        ("2030-01-01T00:00:00Z\n", "RFC 3339"),
        ("\n2030-01-01T00:00:00Z", "RFC 3339"),
        ("2030-01-01T00:00:00Z\x00", "RFC 3339"),
        ("2030-01-01\x0000:00:00Z", "RFC 3339"),
        (" 2030-01-01T00:00:00Z", "RFC 3339"),
        ("2030-01-01T00:00:00ZZ", "RFC 3339"),
        ("\u0662\u0660\u0663\u0660-01-01T00:00:00Z", "RFC 3339"),
        ("\uff12030-01-01T00:00:00Z", "RFC 3339"),
        ("2030-01-01T00:00:00.\u0661Z", "RFC 3339"),
        ("2030\u201001\u201001T00:00:00Z", "RFC 3339"),
    ],
)
def test_anything_else_is_no_moment_and_the_sentence_says_why(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_moment(text)


@pytest.mark.parametrize("read", [parse_moment, parse_lifetime])
@pytest.mark.parametrize("text", ["hunter2", "2031-02-30T00:00:00Z", "777777D"])
def test_a_refusal_never_quotes_what_was_sent(read, text: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|has|counts) ") as refused:
        read(text)
    assert text not in str(refused.value)


@BOUNDED
@given(st.text(alphabet="0123456789-:TZtz. +\n\x00\u0661", max_size=30))
def test_a_moment_is_read_or_refused_and_never_stumbled_over(text: str) -> None:
    try:
        moment = parse_moment(text)
    except ValueError:
        return
    assert 0 <= moment <= LAST


@BOUNDED
@given(MOMENTS)
def test_what_is_written_is_read_back_to_the_microsecond(moment: Moment) -> None:
    assert parse_moment(format_moment(moment)) == moment


@BOUNDED
@given(MOMENTS, st.integers(-1439, 1439))
def test_the_zone_in_which_a_moment_is_written_does_not_matter(moment: Moment, offset: int) -> None:
    moment = min(max(moment, DAY), LAST - DAY)
    local = format_moment(moment + offset * MINUTE).removesuffix("Z")
    sign = "-" if offset < 0 else "+"
    assert parse_moment(f"{local}{sign}{abs(offset) // 60:02}:{abs(offset) % 60:02}") == moment


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.000001Z"),
        (120_000, "1970-01-01T00:00:00.12Z"),
        (1_900_000_000 * SECOND, "2030-03-17T17:46:40Z"),
        (LAST, "9999-12-31T23:59:59Z"),
    ],
)
def test_a_moment_is_written_in_utc_with_fractions_only_where_there_are_some(
    moment: Moment, text: str
) -> None:
    assert format_moment(moment) == text
