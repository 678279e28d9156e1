"""The mark and the word beside it are seen on light and on dark, and load nothing."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from browser import chromium
from docs.documents import ROOT

FOLDER = ROOT / "src" / "tokenhouse" / "look" / "brand"
PAPERS: dict[str, tuple[int, int, int]] = {"light": (251, 250, 247), "dark": (20, 24, 29)}


def luminance(colour: tuple[int, ...]) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["mark.svg", "wordmark.svg"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_seen_on_the_paper_of_its_scheme(name: str, scheme: Any):
    with chromium() as browser:
        page = browser.new_page(color_scheme=scheme)
        page.goto((FOLDER / name).as_uri())
        fills = page.evaluate(
            "[...document.querySelectorAll('path')].map(one => getComputedStyle(one))"
            ".map(style => style.fill === 'none' ? style.stroke : style.fill)"
        )
    assert fills
    for fill in fills:
        colour = tuple(int(part) for part in re.findall(r"\d+", fill))
        assert contrast(colour, PAPERS[scheme]) >= 4.5


@pytest.mark.parametrize("name", ["mark.svg", "wordmark.svg"])
def test_it_names_itself_and_loads_nothing(name: str):
    text = (FOLDER / name).read_text("utf-8")
    assert ET.fromstring(text).findtext("{http://www.w3.org/2000/svg}title") == "Tokenhouse"
    assert not re.search(r"href|url\(|<script|<text", text)
