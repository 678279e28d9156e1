"""Moments in words say how far away they are, and exactly when, with the zone."""

import pytest

from tokenhouse.core.moment import DAY, HOUR, MINUTE, SECOND, parse_moment
from tokenhouse.look.times import Expiry, Level, exact, expiry, relative, told

NOW = parse_moment("2026-12-19T10:00:00Z")


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (0, "just now"),
        (-59 * SECOND, "just now"),
        (1, "in less than 1 min"),
        (-MINUTE, "1 min ago"),
        (-12 * MINUTE - 59 * SECOND, "12 min ago"),
        (HOUR, "in 1 h"),
        (2 * DAY - 1, "in 47 h"),
        (2 * DAY, "in 2 days"),
        (4 * DAY - 1, "in 3 days"),
        (-90 * DAY, "90 days ago"),
        (-120 * DAY, "3 months ago"),
        (365 * DAY, "in 12 months"),
        (730 * DAY, "in 2 years"),
        (7_000 * 365 * DAY, "in 7000 years"),
    ],
)
def test_a_distance_is_told_in_whole_units_and_never_rounded_up(away: int, words: str):
    assert relative(NOW + away, NOW) == words


def test_what_never_was_is_never():
    assert relative(None, NOW) == "never"


def test_an_exact_moment_names_its_weekday_and_its_zone():
    assert exact(parse_moment("2026-12-22T10:00:59.9Z")) == "Tue 22 Dec 2026 10:00 UTC"
    assert exact(0) == "Thu 1 Jan 1970 00:00 UTC"
    assert exact(parse_moment("9999-12-31T23:59:59Z")) == "Fri 31 Dec 9999 23:59 UTC"


def test_a_moment_is_told_for_people_and_for_machines():
    at = told(NOW - HOUR, NOW)
    assert (at.words, at.exact) == ("1 h ago", "Sat 19 Dec 2026 09:00 UTC")
    assert at.machine == "2026-12-19T09:00:00Z"


@pytest.mark.parametrize(
    ("left", "level", "words"),
    [
        (30 * DAY, Level.FINE, "expires in 30 days"),
        (14 * DAY + 1, Level.FINE, "expires in 14 days"),
        (14 * DAY, Level.SOON, "expires in 14 days"),
        (2 * DAY + 1, Level.SOON, "expires in 2 days"),
        (2 * DAY, Level.URGENT, "expires in 2 days"),
        (1, Level.URGENT, "expires in less than 1 min"),
        (0, Level.OVER, "expired just now"),
        (-3 * DAY, Level.OVER, "expired 3 days ago"),
    ],
)
def test_an_expiry_warns_in_words_beside_its_level(left: int, level: Level, words: str):
    assert expiry(NOW + left, NOW) == Expiry(level, words)


def test_what_does_not_expire_says_so():
    assert expiry(None, NOW) == Expiry(Level.NONE, "no expiry")
