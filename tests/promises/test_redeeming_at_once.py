"""However many redeem one refresh token at once, and wherever, it has one successor.

TOKENHOUSE_ROUNDS gives the number of rounds of a longer run.
"""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Final
from uuid import UUID

import pytest

from engines import TWO_NODES, opened
from redeeming import Redeemer
from stage import MovedClock, Stage
from tokenhouse.core.credential import fingerprint
from tokenhouse.core.events import Name

ROUNDS: Final = int(os.environ.get("TOKENHOUSE_ROUNDS", "8"))
THREADS: Final = 64
TABS: Final = 20
TURNS: Final = 6


@pytest.fixture(params=["sqlite", "postgres", TWO_NODES])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    clock = MovedClock()
    with opened(request.param, tmp_path, clock, request.getfixturevalue) as (store, attempts):
        yield Stage(store, attempts, clock, tmp_path)


def at_once(number: int, act: Callable[[], str | None]) -> list[str | None]:
    """What each of so many gets who act at the same moment."""
    barrier = Barrier(number)

    def acting() -> str | None:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(number) as pool:
        return [one.result() for one in [pool.submit(acting) for _ in range(number)]]


def names(stage: Stage) -> list[str]:
    """The names of all events so far."""
    return [event.name for event in stage.store.events(None, 0, 100_000)]


@pytest.mark.parametrize("public", [False, True], ids=["secret", "public"])
def test_64_at_once_get_the_same_successor(stage: Stage, public: bool):
    client = Redeemer(stage, public=public)
    held = client.sign_in()
    for _ in range(ROUNDS):
        given = set(at_once(THREADS, lambda held=held: client.redeem(held)))
        assert len(given) == 1, "each redemption is answered, and all with one string"
        (successor,) = given
        assert successor is not None
        found = stage.store.find(fingerprint(successor))
        assert found is not None
        assert found.token.superseded_at is found.standing.family_end is None
        held = successor
    assert Name.TOKEN_REUSED not in names(stage)


class Browser:
    """Tabs of one application, which share what they stored, without any lock between them."""

    def __init__(self, client: Redeemer) -> None:
        self.client = client
        self.stored = client.sign_in()
        self.given = [self.stored]

    def tab(self) -> None:
        """Refresh a few times with whatever is stored by then."""
        for _ in range(TURNS):
            given = self.client.redeem(self.stored)
            if given is not None:
                self.given.append(given)
                self.stored = given


@pytest.mark.parametrize("public", [False, True], ids=["secret", "public"])
def test_no_family_dies_of_twenty_tabs_that_refresh_at_once(stage: Stage, public: bool):
    browser = Browser(Redeemer(stage, public=public))
    tabs = [threading.Thread(target=browser.tab) for _ in range(TABS)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    found = [stage.store.find(fingerprint(text)) for text in set(browser.given)]
    ends = [one for one in found if one is not None and one.token.superseded_at is None]
    assert len(ends) == 1, "one live end, and whoever redeems it goes on"
    assert all(one is not None and one.standing.family_end is None for one in found)
    assert Name.TOKEN_REUSED not in names(stage)
    (last,) = (one for one in set(browser.given) if _id(stage, one) == ends[0].token.id)
    assert browser.client.redeem(last) is not None


def _id(stage: Stage, text: str) -> UUID:
    found = stage.store.find(fingerprint(text))
    assert found is not None
    return found.token.id


def test_of_redeeming_and_revoking_at_once_nothing_outlives_the_revocation(stage: Stage):
    for _ in range(ROUNDS):
        client = Redeemer(stage)
        first = client.sign_in()
        turns = iter(range(THREADS))

        def act(
            client: Redeemer = client, first: str = first, turns: Iterator[int] = turns
        ) -> str | None:
            if next(turns) % 8:
                return client.redeem(first)
            client.revoke(first)
            return None

        given = {one for one in at_once(THREADS // 4, act) if one is not None}
        assert len(given) <= 1
        for text in (first, *given):
            assert client.redeem(text) is None
