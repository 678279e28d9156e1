"""The mark and the word beside it are seen on light and on dark, and load nothing."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from browser import chromium
from docs.documents import ROOT
from look.contrast import PAPERS, contrast

FOLDER = ROOT / "src" / "tokenhouse" / "look" / "brand"


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
        assert contrast(fill, PAPERS[scheme]) >= 4.5


@pytest.mark.parametrize("name", ["mark.svg", "wordmark.svg"])
def test_it_names_itself_and_loads_nothing(name: str):
    text = (FOLDER / name).read_text("utf-8")
    assert ET.fromstring(text).findtext("{http://www.w3.org/2000/svg}title") == "Tokenhouse"
    assert not re.search(r"href|url\(|<script|<text", text)
