"""Charts of use: nothing that was counted is hidden, nothing is told by colour alone."""

import re
from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from tokenhouse.core.moment import DAY, HOUR, parse_moment
from tokenhouse.core.usage import OUTCOMES, Count, Day, Outcome, Period, recent_days
from tokenhouse.look.charts import sparkline, usage_chart
from tokenhouse.look.used import REFUSED, Window, last_days, last_hours, rows, shown

NOW: Final = parse_moment("2026-11-26T16:30:00Z")
DAYS: Final = last_days(NOW)
A, E, I = Outcome.ACCEPTED, Outcome.EXPIRED, Outcome.INSUFFICIENT  # noqa: E741
CASES: Final = {
    "nothing": (),
    "one": (Period(DAYS.last, {A: 1}),),
    "only zeros": (Period(DAYS.last, {A: 0, E: 0}),),
    "all causes": (Period(DAYS.first, dict.fromkeys(Outcome, 1)),),
    "huge beside few": (Period(DAYS.last, {A: 10**15, E: 3, I: 1}),),
}


def recent(periods: Iterable[Period]) -> tuple[Day, ...]:
    counted = (Count(one.since, outcome, n) for one in periods for outcome, n in one.uses.items())
    return recent_days(counted, NOW)


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def heights(svg: str) -> dict[str, float]:
    return {one.get("class", ""): float(one.get("height", "")) for one in drawn(svg).iter("rect")}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("draw", [lambda p: sparkline(recent(p)), lambda p: usage_chart(p, DAYS)])
def test_a_picture_stays_in_its_frame_and_styles_nothing_itself(case: str, draw):
    svg = drawn(draw(CASES[case]))
    high = float(svg.get("height", ""))
    for one in svg.iter():
        assert not {"style", "fill", "stroke", "onload"} & set(one.attrib)
        y, height = float(one.get("y", 0)), float(one.get("height", 0))
        assert y >= 0
        assert y + height <= high
    assert not list(svg.iter("style"))


@pytest.mark.parametrize(
    ("uses", "label"),
    [
        ({}, "Not used in 14 days"),
        ({A: 1}, "1 use in 14 days"),
        ({A: 1237, E: 3}, "1,240 uses in 14 days, 3 refused"),
        ({E: 1, I: 2}, "3 uses in 14 days, 3 refused"),
    ],
)
def test_a_sparkline_says_what_it_draws(uses: dict[Outcome, int], label: str):
    svg = drawn(sparkline(recent([Period(DAYS.last, uses)])))
    assert (svg.get("role"), svg.get("aria-label")) == ("img", label)


def test_a_sparkline_counts_fourteen_days_and_today_is_one():
    periods = [Period(DAYS.last - DAY * back, {A: 1}) for back in (13, 0)]
    assert "2 uses in 14 days" in sparkline(recent(periods))


def test_three_refusals_in_a_million_are_seen():
    periods = [Period(DAYS.last, {A: 10**6, E: 3})]
    assert heights(sparkline(recent(periods)))["refused"] >= 2
    assert heights(usage_chart(periods, DAYS))["expired"] >= 2


def test_bars_are_as_high_as_their_counts():
    periods = [Period(DAYS.last, {A: 60, E: 30, I: 10})]
    found = heights(usage_chart(periods, DAYS))
    assert found["accepted"] == 2 * found["expired"] == 6 * found["insufficient"]


def test_every_refusal_that_is_counted_has_its_words():
    assert set(REFUSED) == set(OUTCOMES.values()) - {Outcome.ACCEPTED}
    (row, *_) = rows(CASES["all causes"], DAYS)
    assert row.accepted + sum(row.refused.values()) == len(Outcome)
    assert [name for name, _ in shown([row])] == ["accepted", *REFUSED]
    svg = drawn(usage_chart(CASES["all causes"], DAYS))
    assert {one.get("class") for one in svg.iter("rect")} == set(Outcome)
    told = svg.findtext("desc") or ""
    assert all(words in told for words in REFUSED.values())


def test_the_table_has_every_day_also_those_without_use():
    table = rows(CASES["one"], DAYS)
    assert (len(table), table[0].said, table[-1].said) == (30, "28 Oct 2026", "26 Nov 2026")
    assert [row.accepted for row in table] == [0] * 29 + [1]
    assert shown(table) == ((A, "accepted"),)


def test_the_table_has_every_hour_and_ends_with_this_one():
    table = rows([Period(NOW - 30 * 60_000_000, {A: 5})], last_hours(NOW))
    assert (len(table), table[0].said) == (48, "24 Nov 2026 17:00")
    assert (table[-1].said, table[-1].accepted) == ("26 Nov 2026 16:00", 5)


@pytest.mark.parametrize(
    ("window", "ends"),
    [
        (DAYS, ["28 Oct 2026", "26 Nov 2026 UTC"]),
        (last_hours(NOW), ["24 Nov 17:00", "26 Nov 16:00 UTC"]),
        (last_hours(NOW, 1), ["26 Nov 16:00 UTC"]),
    ],
)
def test_a_chart_names_its_ends_and_their_zone(window: Window, ends: list[str]):
    svg = drawn(usage_chart((), window))
    named = [one.text for one in svg.iter("text") if one.get("class") in {"first", "last"}]
    assert named == ends
    assert "UTC" in (svg.findtext("desc") or "")
    assert f"Not used in {window.bars}" in "".join(svg.itertext())


@pytest.mark.parametrize(
    ("most", "marks"),
    [
        (0, ["0", "1"]),
        (1, ["0", "1"]),
        (3, ["0", "2", "4"]),
        (11, ["0", "6", "12"]),
        (100, ["0", "50", "100"]),
        (101, ["0", "60", "120"]),
        (1240, ["0", "800", "1,600"]),
        (25_000, ["0", "15k", "30k"]),
        (10**6, ["0", "500k", "1M"]),
        (1_234_567_890, ["0", "800M", "1.6G"]),
    ],
)
def test_the_marks_of_the_scale_are_round_and_short(most: int, marks: list[str]):
    svg = drawn(usage_chart([Period(DAYS.last, {A: most})], DAYS))
    assert [one.text for one in svg.iter("text") if one.get("class") == "count"] == marks


def test_what_names_a_chart_is_escaped():
    svg = usage_chart((), DAYS, 'a"><script>')
    assert "<script>" not in svg
    assert drawn(svg).get("aria-labelledby") == 'a"><script>-title a"><script>-desc'


def test_each_bar_says_what_it_counts():
    svg = usage_chart([Period(NOW - NOW % HOUR, {A: 1200, E: 3})], last_hours(NOW))
    assert re.findall(r"<g><title>(.*?)</title>", svg) == [
        "26 Nov 2026 16:00 UTC: 1,200 accepted, 3 expired"
    ]
