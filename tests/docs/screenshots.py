"""Takes the pictures of our pages; as a program it writes all of them.

Which pages is said in SCREENS alone. A page that needs more than its path is brought into its state
by `steps`.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple

from playwright.sync_api import Browser, Page

from browser import chromium
from consoling import sign_in
from docs.documents import FOLDER
from docs.palette import small_png
from running import Demo, demo

PICTURES: Final = FOLDER / "images" / "console"
WIDTHS: Final = (1280, 390)
SCHEMES: Final = ("light", "dark")
HIGHEST: Final = 1600
"""Pixels of a page that are shown; what is below is cut off."""
_WINDOW: Final = 900


def nothing(_: Page, __: Demo) -> None:
    """Leaves a page as it was opened."""


class Screen(NamedTuple):
    """A page of the demo, by the role of who is signed in, and what is done before its picture."""

    name: str
    path: str
    role: str | None = None
    steps: Callable[[Page, Demo], None] = nothing


SCREENS: Final = (
    Screen("start", "/"),
    Screen("invitation", "/console/invitation"),
    Screen("recovery", "/console/recovery"),
)


def files(screen: Screen) -> dict[tuple[int, str], Path]:
    """Where each picture of a page is, by width and colour scheme."""
    return {
        (width, scheme): PICTURES / f"{screen.name}-{width}-{scheme}.png"
        for width, scheme in product(WIDTHS, SCHEMES)
    }


def take(browser: Browser, running: Demo, screen: Screen) -> Iterator[tuple[Path, bytes]]:
    """The pictures of one page."""
    for (width, scheme), file in files(screen).items():
        options: Any = {"color_scheme": scheme, "reduced_motion": "reduce"}
        size: Any = {"width": width, "height": _WINDOW}
        context = browser.new_context(viewport=size, **options)
        page = context.new_page()
        if screen.role is not None:
            sign_in(page, running, screen.role)
        page.goto(f"{running.url}{screen.path}")
        screen.steps(page, running)
        yield file, _shot(page, width)
        context.close()


def _shot(page: Page, width: int) -> bytes:
    needed = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(max(needed, _WINDOW), HIGHEST)})
    return small_png(page, page.screenshot(caret="hide", animations="disabled"))


def _write(port: int) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    wanted = {file for screen in SCREENS for file in files(screen).values()}
    for left in set(PICTURES.glob("*.png")) - wanted:
        left.unlink()
    with (
        tempfile.TemporaryDirectory() as directory,
        demo(Path(directory) / "data", port=port) as running,
        chromium() as browser,
    ):
        for screen in SCREENS:
            for file, picture in take(browser, running, screen):
                file.write_bytes(picture)
                print(f"{file.name} {len(picture) // 1024} KiB")


if __name__ == "__main__":
    _write(int(sys.argv[1]))
