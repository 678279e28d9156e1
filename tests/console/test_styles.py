"""Style sheets of one console: what one page calls its own, no other page's sheet changes."""

import re
from itertools import combinations

from docs.documents import ROOT

STATIC = ROOT / "src" / "tokenhouse" / "faces" / "console" / "static"
SHARED = "console.css"
CHARTS = ROOT / "src" / "tokenhouse" / "look" / "charts.css"


def test_no_two_sheets_of_pages_speak_of_the_same_class():
    """But for those of the shared sheet, which every page may place."""
    shared = first_classes((STATIC / SHARED).read_text("utf-8"))
    sheets = [*(one for one in STATIC.glob("*.css") if one.name != SHARED), CHARTS]
    own = {one.name: first_classes(one.read_text("utf-8")) - shared for one in sheets}
    assert len(own) > 3
    both = {(a, b): own[a] & own[b] for a, b in combinations(sorted(own), 2)}
    assert not {pair: names for pair, names in both.items() if names}


def first_classes(sheet: str) -> set[str]:
    """The classes with which selectors begin; what stands behind them is within these."""
    without = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    heads = re.findall(r"([^{}]+)\{", without)
    return {
        match[1]
        for head in heads
        for selector in head.split(",")
        if (match := re.match(r"\s*[a-z0-9]*\.([a-z-]+)", selector))
    }
