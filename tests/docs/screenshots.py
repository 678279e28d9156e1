"""Takes the pictures of our pages; as a program it writes all of them.

Which pages is said in SCREENS alone. A page that needs more than its path is brought into its state
by `steps`.
"""

import sys
import tempfile
import time
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
FLUSHED_WITHIN_SECONDS: Final = 6
"""What was counted has been written then."""


def nothing(_: Page, __: Demo) -> None:
    """Leaves a page as it was opened."""


class Screen(NamedTuple):
    """A page of the demo, by the role of who is signed in, and what is done before its picture."""

    name: str
    path: str
    role: str | None = None
    steps: Callable[[Page, Demo], None] = nothing


def token(page: Page, running: Demo) -> None:
    """Opens the page of a token."""
    page.goto(f"{running.url}/console/tokens")
    page.get_by_role("link", name="Nightly backup").click()
    page.wait_for_load_state()


def asked(page: Page, running: Demo) -> None:
    """The same after a question was answered."""
    token(page, running)
    page.goto(f"{page.url}?may=DELETE+/systems/7")


def changing(verb: str) -> Callable[[Page, Demo], None]:
    """Opens a change of that token."""

    def steps(page: Page, running: Demo) -> None:
        token(page, running)
        page.goto(f"{page.url}/{verb}")

    return steps


def removing(page: Page, _: Demo) -> None:
    """Opens the dialog that removes two tokens."""
    for box in page.locator(".tokens tbody input[name=id]").all()[:2]:
        box.check()
    page.get_by_role("button", name="Remove").click()
    page.locator("dialog[open] .sheet").wait_for()


def revealing(page: Page, running: Demo) -> None:
    """Makes a token, whose value is shown this once; its demo is gone with the picture."""
    page.get_by_label("Description", exact=True).fill("Deploy from CI")
    page.get_by_label("Your password", exact=True).fill(running.person("Administrator")["password"])
    page.get_by_role("button", name="Generate").click()
    page.get_by_label("The token", exact=True).wait_for()


def ending_others(page: Page, _: Demo) -> None:
    """Leaves the sessions of this picture alone, and one more."""
    page.get_by_role("button", name="End all others").click()
    page.wait_for_load_state()


_ADMINISTRATOR: Final = "Administrator"

SCREENS: Final = (
    Screen("start", "/"),
    Screen("invitation", "/console/invitation"),
    Screen("recovery", "/console/recovery"),
    Screen("sign-in", "/console/sign-in"),
    Screen("list", "/console/tokens", _ADMINISTRATOR),
    Screen("organization", "/console/organization/tokens", _ADMINISTRATOR),
    Screen("remove", "/console/tokens", _ADMINISTRATOR, removing),
    Screen(
        "generate",
        "/console/tokens/new?description=Deploy+from+CI&permissions=environment.control.GetEnvs",
        _ADMINISTRATOR,
    ),
    Screen("generate-organization", "/console/organization/tokens/new", _ADMINISTRATOR),
    Screen(
        "reveal",
        "/console/tokens/new?permissions=environment.control.GetEnvs",
        _ADMINISTRATOR,
        revealing,
    ),
    Screen("token", "/console/tokens", _ADMINISTRATOR, token),
    Screen("question", "/console/tokens", _ADMINISTRATOR, asked),
    Screen("edit", "/console/tokens", _ADMINISTRATOR, changing("edit")),
    Screen("regenerate", "/console/tokens", _ADMINISTRATOR, changing("regenerate")),
    Screen("user", "/console/settings/user", _ADMINISTRATOR),
    Screen("sessions", "/console/settings/sessions", _ADMINISTRATOR, ending_others),
    Screen("security", "/console/settings/security", _ADMINISTRATOR),
    Screen("extras", "/console/settings/extras", _ADMINISTRATOR),
    Screen("read", "/console/read", _ADMINISTRATOR),
)


def _furnish(running: Demo) -> None:
    """Gives the administrator and her firm tokens to look at, some of them used."""
    by = running.bearer()
    day = 86_400
    own: tuple[tuple[str, int | None, list[str] | None], ...] = (
        ("Trying the API", 2 * day, None),
        ("Grafana on the office screen", 9 * day, ["MeasurementsRead"]),
        ("Invoices of the northern region", None, ["SystemsRead", "MeasurementsRead"]),
        ("Old laptop", 300 * day, None),
        ("Nightly backup", 90 * day, ["SystemsRead", "environment.control.GetEnvs"]),
    )
    for description, seconds, permissions in own:
        body: dict[str, Any] = {"description": description}
        if seconds is not None:
            body["lifetime"] = f"P{seconds // day}D"
        if permissions is not None:
            body["permissions"] = permissions
        made = running.client.post("/v1/me/tokens", headers=by, json=body)
        assert made.status_code == 201, made.text
        presented = {"Authorization": f"Token {made.json()['token']}"}
        for path in ["/systems"] * 12 + ["/nothing"]:
            running.client.get(path, headers=presented)
    for description in ("Billing back end", "Gateway in Kiel"):
        body = {"description": description, "lifetime": "P1Y"}
        assert running.client.post("/v1/tokens", headers=by, json=body).status_code == 201
    time.sleep(FLUSHED_WITHIN_SECONDS)


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
        _furnish(running)
        for screen in SCREENS:
            for file, picture in take(browser, running, screen):
                file.write_bytes(picture)
                print(f"{file.name} {len(picture) // 1024} KiB")


if __name__ == "__main__":
    _write(int(sys.argv[1]))
