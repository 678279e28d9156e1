"""Server processes that are killed between a redemption and its retry, and come up at another time.

Their clock is moved by what Python runs before any program, so that the whole program goes by it.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import pytest

from promises.test_refresh_processes import App, is_good
from serving.program import Served, init, run, serving
from tokenhouse.core.moment import DAY, HOUR, MINUTE, SECOND
from witness import PATIENCE_SECONDS

PUBLIC: Final = "https://tokens.nordlicht.example"
MOVING: Final = """
import os
from pathlib import Path
from tokenhouse import clock

by = Path(os.environ["CLOCK_MOVED_BY"])
for one in (clock.SystemClock, clock.StoreClock):
    one._read = lambda self, uptime, read=one._read: read(self, uptime) + int(by.read_text())
"""


class Place:
    """A deployment whose servers, and whose operator's commands, go by a moved clock."""

    def __init__(self, directory: Path, **variables: str) -> None:
        self._directory = directory
        by = str(directory / "moved")
        moving = {"PYTHONPATH": str(directory / "moving"), "CLOCK_MOVED_BY": by}
        self._variables = variables | moving
        (directory / "moving").mkdir()
        (directory / "moving" / "sitecustomize.py").write_text(MOVING)
        self.move(0)

    def move(self, by: int) -> None:
        """Set the clock of this place, also of what runs already."""
        (self._directory / "moving.new").write_text(str(by))
        (self._directory / "moving.new").rename(self._directory / "moved")

    def serving(self) -> AbstractContextManager[Served]:
        return serving(self._directory / "one", **self._variables)

    def accept(self) -> None:
        one = str(self._directory / "one")
        done = run("clock", "accept", "--data", one, **self._variables)
        assert done.returncode == 0, done.stderr


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "sqlite":
        init(tmp_path / "one", PUBLIC)
        yield Place(tmp_path)
        return
    with request.getfixturevalue("postgres").database() as url:
        init(tmp_path / "one", PUBLIC, "--store", url.reveal())
        yield Place(tmp_path, TOKENHOUSE_STORE=url.reveal())


class Family:
    """A client's family of three, of which the last one was not redeemed."""

    def __init__(self, node: Served, *, public: bool = False) -> None:
        self.app = App(node, public=public)
        self.given = [self.app.sign_in(node)]
        for _ in range(2):
            self.given.append(self.app.refresh(node.url, self._text(-1)))

    def _text(self, place: int) -> str:
        text: str = self.given[place]["refresh_token"]
        return text

    def is_refused(self, node: Served, place: int) -> bool:
        return self.app.is_refused(node.url, self._text(place))

    def is_undecided(self, node: Served) -> bool:
        """Whether each of its tokens is answered 503 with a time to wait."""
        asked = [self.app.ask(node.url, **_refresh(self._text(place))) for place in range(3)]
        told = {(one.status_code, "retry-after" in one.headers) for one in asked}
        return told == {(503, True)}

    def goes_on(self, node: Served) -> None:
        """The same again for the predecessor, and then from its end."""
        again = self.app.refresh(node.url, self._text(1))
        assert again["refresh_token"] == self._text(2)
        assert is_good(node, again["access_token"])
        following = self.app.refresh(node.url, self._text(2))
        assert self.app.refresh(node.url, following["refresh_token"])


def _refresh(text: str) -> dict[str, str]:
    return {"grant_type": "refresh_token", "refresh_token": text}


def families(place: Place) -> tuple[Family, Family]:
    """Of a client with a secret and of a public one, at a server that is killed then."""
    with place.serving() as node:
        both = Family(node), Family(node, public=True)
        assert node.stop(signal.SIGKILL) == -signal.SIGKILL
    return both


def test_a_clock_that_is_a_little_back_after_a_kill_changes_nothing(place: Place):
    both = families(place)
    place.move(-30 * SECOND)
    with place.serving() as node:
        for family in both:
            assert family.is_refused(node, 0), "a slow tab, which ends nothing"
            family.goes_on(node)


def test_a_clock_far_back_after_a_kill_decides_nothing_until_it_is_accepted(place: Place):
    both = families(place)
    place.move(-HOUR)
    with place.serving() as node:
        assert all(family.is_undecided(node) for family in both)
    with place.serving() as node:
        assert all(family.is_undecided(node) for family in both)
        place.accept()
        until = time.monotonic() + PATIENCE_SECONDS
        while node.status("/readyz") != 200:
            assert time.monotonic() < until
        for family in both:
            assert family.is_refused(node, 0)
            family.goes_on(node)


def test_a_clock_that_is_ahead_after_a_kill_is_time_that_passed(place: Place):
    """Nobody saw it jump: so it is as if nothing had run for as long."""
    secret, public = families(place)
    place.move(5 * MINUTE)
    with place.serving() as node:
        other = Family(node)
        secret.goes_on(node)
        for family, late in ((public, 1), (secret, 0)):
            assert family.is_refused(node, late)
            assert all(family.is_refused(node, which) for which in range(3)), "the family is over"
        other.goes_on(node)


def test_past_the_end_of_the_families_nothing_is_lost_that_is_not_once_it_is_set_right(
    place: Place,
):
    secret, public = families(place)
    place.move(31 * DAY)
    with place.serving() as node:
        assert secret.is_refused(node, 2)
        assert secret.is_refused(node, 1)
        assert public.is_refused(node, 2)
        node.sign_in()
        assert node.stop(signal.SIGKILL) == -signal.SIGKILL
    place.move(0)
    with place.serving() as node:
        assert all(family.is_undecided(node) for family in (secret, public))
        place.accept()
        until = time.monotonic() + PATIENCE_SECONDS
        while node.status("/readyz") != 200:
            assert time.monotonic() < until
        secret.goes_on(node)
        assert public.app.refresh(node.url, public.given[2]["refresh_token"])
