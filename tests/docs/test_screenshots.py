"""The pictures of our pages are those that are named, each of them small."""

import base64
import struct
from pathlib import Path

import pytest

from browser import chromium
from docs.palette import small_png
from docs.screenshots import HIGHEST, PICTURES, SCREENS, Screen, files

HEAVIEST = 150_000
"""Bytes of a picture: a clone of the project loads all of them."""


def test_there_is_a_picture_of_each_page_and_of_nothing_else():
    """If this fails: make screenshots."""
    wanted = {file for screen in SCREENS for file in files(screen).values()}
    assert set(PICTURES.iterdir()) == wanted
    assert len({screen.name for screen in SCREENS}) == len(SCREENS)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_picture_is_small_and_of_the_width_that_it_says(screen: Screen):
    for (width, _), file in files(screen).items():
        wide, high = size(file.read_bytes())
        assert wide == width
        assert high <= HIGHEST
        assert file.stat().st_size <= HEAVIEST


def size(picture: bytes) -> tuple[int, int]:
    wide, high = struct.unpack(">II", picture[16:24])
    return wide, high


def test_a_picture_that_was_made_small_shows_the_same(tmp_path: Path):
    with chromium() as browser:
        page = browser.new_context(viewport={"width": 60, "height": 40}).new_page()
        page.set_content(
            '<body style="margin:0;background:#123456"><p style="background:#fedcba;height:9px">x'
        )
        taken = page.screenshot()
        file = tmp_path / "small.png"
        file.write_bytes(small_png(page, taken))
        page.set_viewport_size({"width": 60, "height": 40})
        page.set_content(
            f'<body style="margin:0"><img style="display:block" src="{as_data(file)}">'
        )
        page.wait_for_function("document.images[0].complete")
        assert page.screenshot() == taken
    assert size(file.read_bytes()) == (60, 40)


def as_data(file: Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(file.read_bytes()).decode()}"
