"""Charts as a browser shows them: readable on a small screen, and told apart from the paper."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from browser import chromium
from docs.documents import ROOT
from look.contrast import PAPERS, contrast
from tokenhouse.core.moment import parse_moment
from tokenhouse.core.usage import Count, Outcome, Period, recent_days
from tokenhouse.look.charts import sparkline, usage_chart
from tokenhouse.look.used import last_hours, rows, shown

CSS = (ROOT / "src" / "tokenhouse" / "look" / "charts.css").read_text("utf-8")
NOW = parse_moment("2026-11-26T16:30:00Z")
HOURS = last_hours(NOW)
PERIODS = [
    Period(since, dict.fromkeys(Outcome, 999999))
    for since in range(HOURS.first, HOURS.last + 1, HOURS.step)
]
SPARK = sparkline(
    recent_days((Count(p.since, one, n) for p in PERIODS for one, n in p.uses.items()), NOW)
)
LEGEND = "".join(f'<li class="{name}">{words}' for name, words in shown(rows(PERIODS, HOURS)))
PAGE = f"""<!doctype html><meta name="viewport" content="width=device-width"><style>{CSS}
body {{ margin: 1rem; font: 16px sans-serif; --soft: #777; --line: #999; }}</style>
{SPARK}{usage_chart(PERIODS, HOURS)}<ul class="legend">{LEGEND}</ul>"""
BOXES = """[...document.querySelectorAll('.usage text')].map(one => one.getBoundingClientRect())
  .map(box => [box.left, box.top, box.right, box.bottom])"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser, width: int, scheme: Any) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    opened.set_content(PAGE)
    yield opened
    opened.close()


def apart(one: list[float], other: list[float]) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


@pytest.mark.parametrize("scheme", ["light"])
@pytest.mark.parametrize("width", [320, 1280])
def test_its_words_are_whole_large_enough_and_apart(page: Page, width: int):
    boxes = page.evaluate(BOXES)
    assert len(boxes) == 5
    assert all(left >= 0 and right <= width for left, _, right, _ in boxes)
    assert all(bottom - top >= 12 for _, top, _, bottom in boxes)
    assert all(apart(a, b) for place, a in enumerate(boxes) for b in boxes[:place])
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280])
def test_every_outcome_is_told_apart_from_the_paper_and_named_in_its_colour(
    page: Page, scheme: str
):
    for name in (*Outcome, "refused"):
        where = f"rect.{name}"
        fill = page.locator(where).first.evaluate("one => getComputedStyle(one).fill")
        assert contrast(fill, PAPERS[scheme]) >= 3
        if name != "refused":
            swatch = page.locator(f".legend .{name}").evaluate(
                "one => getComputedStyle(one, '::before').backgroundColor"
            )
            assert swatch == fill
