"""Lifetimes: what is read, what is refused, and the calendar."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.records import BOUNDED
from tokenhouse.core.moment import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Lifetime,
    Moment,
    format_duration,
    format_moment,
    parse_duration,
    parse_lifetime,
    parse_moment,
)

LAST = 253_402_300_799 * SECOND
MOMENTS = st.integers(0, LAST)


@pytest.mark.parametrize(
    ("text", "lifetime"),
    [
        ("1D", Lifetime(days=1)),
        ("1W", Lifetime(days=7)),
        ("1M", Lifetime(months=1)),
        ("1Y", Lifetime(months=12)),
        ("90D", Lifetime(days=90)),
        ("3M", Lifetime(months=3)),
        ("P1M", Lifetime(months=1)),
        ("P1Y", Lifetime(months=12)),
        ("P2W", Lifetime(days=14)),
        ("PT1H", Lifetime(microseconds=HOUR)),
        ("PT1M", Lifetime(microseconds=MINUTE)),
        ("PT90S", Lifetime(microseconds=90 * SECOND)),
        ("P0Y1D", Lifetime(days=1)),
        ("P1Y2M3DT4H", Lifetime(months=14, days=3, microseconds=4 * HOUR)),
        ("100000D", Lifetime(days=100_000)),
        ("000001D", Lifetime(days=1)),
    ],
)
def test_a_lifetime_is_read(text: str, lifetime: Lifetime) -> None:
    assert parse_lifetime(text) == lifetime


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1m", "upper case"), ("1d", "upper case"), ("2w", "upper case"), ("3y", "upper case"),
        ("M", "lifetime"), ("", "lifetime"), ("1", "lifetime"), ("P", "lifetime"),
        ("PT", "lifetime"), ("P1DT", "lifetime"), ("P1S", "lifetime"), ("P1H", "lifetime"),
        ("-1D", "lifetime"), ("+1M", "lifetime"), ("1.5M", "lifetime"), ("1,5M", "lifetime"),
        ("P1.5M", "lifetime"), ("P-1M", "lifetime"), ("-P1M", "lifetime"), ("p1m", "lifetime"),
        ("P1M1Y", "lifetime"), ("1M1D", "lifetime"), ("1H", "lifetime"), ("1S", "lifetime"),
        (" 1M", "lifetime"), ("1M ", "lifetime"), ("1 M", "lifetime"), ("1M\n", "lifetime"),
        ("1M\x00", "lifetime"), ("P1M\n", "lifetime"), ("0x1M", "lifetime"), ("1e3D", "lifetime"),
        ("\u0661M", "lifetime"), ("\uff11M", "lifetime"), ("\u00b9M", "lifetime"),
        ("1\u041c", "lifetime"), ("P\u0661M", "lifetime"), ("1000000D", "lifetime"),
        ("9" * 5000 + "D", "lifetime"), ("P" + "9" * 5000 + "D", "lifetime"),
        ("0D", "longer than nothing"), ("000000M", "longer than nothing"),
        ("P0D", "longer than nothing"), ("PT0S", "longer than nothing"),
        ("P0Y0M0DT0H", "longer than nothing"),
        ("100001D", "100 000"), ("999999Y", "100 000"), ("P1Y999999D", "100 000"),
    ],
)  # fmt: skip
def test_a_malformed_or_boundless_lifetime_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_lifetime(text)


@BOUNDED
@given(st.text(alphabet="PT0123456789YMWDHSymwd-+. \u0661", max_size=16), MOMENTS)
def test_a_lifetime_that_is_read_moves_on_or_says_that_it_cannot(text: str, start: Moment) -> None:
    try:
        end = parse_lifetime(text).after(start)
    except ValueError:
        return
    assert start < end <= LAST


@pytest.mark.parametrize(
    ("start", "lifetime", "end"),
    [
        ("2030-01-31T12:00:00Z", "1M", "2030-02-28T12:00:00Z"),
        ("2028-01-31T12:00:00Z", "1M", "2028-02-29T12:00:00Z"),
        ("2028-01-30T12:00:00Z", "1M", "2028-02-29T12:00:00Z"),
        ("2030-01-28T12:00:00Z", "1M", "2030-02-28T12:00:00Z"),
        ("2030-03-31T00:00:00Z", "1M", "2030-04-30T00:00:00Z"),
        ("2030-02-28T00:00:00Z", "1M", "2030-03-28T00:00:00Z"),
        ("2030-12-31T23:59:59Z", "2M", "2031-02-28T23:59:59Z"),
        ("2027-11-30T00:00:00Z", "3M", "2028-02-29T00:00:00Z"),
        ("2030-12-15T00:00:00Z", "1M", "2031-01-15T00:00:00Z"),
        ("2028-02-29T00:00:00Z", "1Y", "2029-02-28T00:00:00Z"),
        ("2028-02-29T00:00:00Z", "4Y", "2032-02-29T00:00:00Z"),
        ("2096-02-29T00:00:00Z", "4Y", "2100-02-28T00:00:00Z"),
        ("1996-02-29T00:00:00Z", "4Y", "2000-02-29T00:00:00Z"),
        ("2028-02-28T00:00:00Z", "1D", "2028-02-29T00:00:00Z"),
        ("2030-02-28T00:00:00Z", "1D", "2030-03-01T00:00:00Z"),
        ("2030-12-31T00:00:00Z", "1W", "2031-01-07T00:00:00Z"),
        ("2030-01-01T00:00:00Z", "90D", "2030-04-01T00:00:00Z"),
        ("2030-01-31T00:00:00Z", "P1M1D", "2030-03-01T00:00:00Z"),
        ("2030-01-31T23:00:00Z", "P1Y2M3DT4H", "2031-04-04T03:00:00Z"),
        ("2030-01-31T00:00:00.000001Z", "1M", "2030-02-28T00:00:00.000001Z"),
        ("9999-11-30T00:00:00Z", "1M", "9999-12-30T00:00:00Z"),
        ("9999-12-31T23:59:58Z", "PT1S", "9999-12-31T23:59:59Z"),
    ],
)
def test_a_lifetime_follows_the_utc_calendar(start: str, lifetime: str, end: str) -> None:
    assert format_moment(parse_lifetime(lifetime).after(parse_moment(start))) == end


@pytest.mark.parametrize(
    ("start", "lifetime"),
    [
        ("9999-12-01T00:00:00Z", "1M"),
        ("9999-12-31T00:00:00Z", "1M"),
        ("9999-12-31T00:00:00Z", "1D"),
        ("9999-12-31T23:59:59Z", "PT1S"),
        ("9998-12-31T23:59:59.000001Z", "1Y"),
        ("2030-01-01T00:00:00Z", "8000Y"),
        ("2030-01-31T00:00:00Z", "100000Y"),
        ("2030-01-01T00:00:00Z", "100000M"),
        ("9990-01-01T00:00:00Z", "100000D"),
        ("9000-01-01T00:00:00Z", "100000W"),
    ],
)
def test_a_lifetime_that_leaves_the_year_9999_is_refused(start: str, lifetime: str) -> None:
    with pytest.raises(ValueError, match="9999"):
        parse_lifetime(lifetime).after(parse_moment(start))


@BOUNDED
@given(MOMENTS, st.integers(1, 2_000))
def test_months_keep_the_day_or_give_the_last_of_the_month(start: Moment, months: int) -> None:
    try:
        end = Lifetime(months=months).after(start)
    except ValueError:
        return
    one, other = (datetime.fromtimestamp(m // SECOND, UTC) for m in (start, end))
    gone = (other.year - one.year) * 12 + other.month - one.month
    next_day = datetime.fromtimestamp(end // SECOND + 86_400, UTC) if end <= LAST - DAY else None
    assert gone == months
    assert other.day == one.day or (next_day is None or next_day.day == 1)
    assert start % DAY == end % DAY


@BOUNDED
@given(MOMENTS, st.sampled_from(["1D", "1W", "1M", "3M", "1Y", "PT4H"]))
def test_a_later_start_never_ends_earlier(start: Moment, text: str) -> None:
    start = min(start, LAST - 800 * DAY)
    lifetime = parse_lifetime(text)
    assert lifetime.after(start) <= lifetime.after(start + 1) <= lifetime.after(start + DAY)


@pytest.mark.parametrize("text", ["PT0S", "P0D", "0D", "P0Y0M0DT0H"])
def test_a_duration_may_be_nothing(text: str) -> None:
    assert parse_duration(text) == Lifetime()


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "PT0S"),
        (SECOND, "PT1S"),
        (90 * DAY, "P90D"),
        (12 * HOUR, "PT12H"),
        (DAY + HOUR + MINUTE + SECOND, "P1DT1H1M1S"),
        (DAY + 5 * MINUTE, "P1DT5M"),
    ],
)
def test_a_fixed_distance_is_written_as_it_is_read(microseconds: int, text: str) -> None:
    assert format_duration(microseconds) == text
    read = parse_duration(text)
    assert read.days * DAY + read.microseconds == microseconds
