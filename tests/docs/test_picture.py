"""The README's picture is what the tour prints; and nothing of any picture is cut off."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from browser import chromium
from docs.documents import README
from docs.picture import DRAWN, FILE, drawn, toured
from running import OPAQUE, SIGNED


@pytest.fixture(scope="module")
def printed() -> str:
    return toured()


def test_the_picture_is_what_the_tour_prints(printed: str):
    """If this fails: make picture."""
    assert FILE.read_text("utf-8") == drawn(printed), "the picture is out of date: make picture"


def test_a_step_that_is_gone_is_noticed(printed: str):
    with pytest.raises(LookupError, match=DRAWN[1]):
        drawn(printed.replace(DRAWN[1], "Do something else"))


def test_the_readme_shows_the_picture_and_says_what_is_seen():
    (alternative,) = re.findall(r"!\[([^\]]+)\]\(docs/images/tour\.svg\)", README.text)
    assert len(alternative) > 40
    told = FILE.read_text("utf-8")
    assert not OPAQUE.search(told)
    assert not SIGNED.search(told)


@pytest.mark.parametrize("file", sorted(FILE.parent.glob("*.svg")), ids=lambda file: file.stem)
def test_no_line_of_a_picture_is_cut_off(file: Path):
    root = ET.parse(file).getroot()
    _, _, width, height = map(float, (root.get("viewBox") or "").split())
    with chromium() as browser:
        page = browser.new_page(viewport={"width": int(width), "height": int(height)})
        page.goto(file.as_uri())
        ends = page.evaluate(
            "[...document.querySelectorAll('text')].map(one => one.getBBox())"
            ".map(box => [box.x + box.width, box.y + box.height])"
        )
        assert ends
        assert all(right < width and bottom < height for right, bottom in ends)
