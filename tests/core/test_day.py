"""Days as people write them: read to their end, and written as they were read."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.records import BOUNDED
from tokenhouse.core.day import read_day, write_day
from tokenhouse.core.moment import DAY, format_moment, parse_moment

DAYS = st.dates(date(1970, 1, 1), date(9999, 12, 30))


@BOUNDED
@given(DAYS)
def test_a_day_is_read_as_it_was_written(day: date):
    text = f"{day.day:02}-{day.month:02}-{day.year:04}"
    end = read_day(text)
    assert end is not None
    assert end % DAY == 0
    assert write_day(end) == text


def test_a_day_is_good_to_its_end():
    end = read_day("31-12-2030")
    assert end is not None
    assert format_moment(end) == "2031-01-01T00:00:00Z"
    assert write_day(end - 1) == "31-12-2030"
    assert write_day(end + 1) == "01-01-2031"
    assert write_day(parse_moment("2030-12-31T10:00:00Z")) == "31-12-2030"


@pytest.mark.parametrize(
    "text", ["", "2030-12-31", "31.12.2030", "1-1-2030", "31-12-30", "٣١-١٢-٢٠٣٠"]
)
def test_what_is_written_otherwise_is_no_day_of_this_form(text: str):
    assert read_day(text) is None


@pytest.mark.parametrize(
    "text", ["32-01-2030", "29-02-2030", "00-00-0000", "01-01-1969", "31-12-9999"]
)
def test_what_the_calendar_lacks_is_refused_with_a_sentence(text: str):
    with pytest.raises(ValueError, match=r"^(is|lies|ends) "):
        read_day(text)
