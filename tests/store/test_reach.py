"""What another process commits counts here within the reach, or the store is asked."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from conformance.world import HandClock, World
from postgres import Server
from tokenhouse.config import REVOCATION_REACH_MS
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Guard
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.ports import Store
from tokenhouse.store.postgres import open_postgres
from tokenhouse.store.sqlite import open_sqlite

Pair = tuple[World, Store]
REVOCATIONS = 20


@pytest.fixture(params=["sqlite", "postgres"])
def pair(request: pytest.FixtureRequest, postgres: Server, tmp_path: Path) -> Iterator[Pair]:
    """A world on one store, and the same records opened by somebody else."""
    clock = HandClock()
    with ExitStack() as stack:
        opened: Callable[[], Store] = partial(open_sqlite, tmp_path, clock, os.urandom)
        if request.param == "postgres":
            url = postgres.url(postgres.new_database())
            opened = partial(open_postgres, url, clock, os.urandom)
        mine, other = opened(), opened()
        stack.callback(mine.close)
        stack.callback(other.close)
        yield World(mine, clock), other


def revoked(world: World, token: Token) -> None:
    world.put(replace(token, version=token.version + 1, revoked_at=1))


def found_revoked(store: Store, token: Token) -> bool:
    found = store.find(token.id)
    assert found is not None
    return found.token.revoked_at is not None


def stop_following(store: Store) -> None:
    """Let a store see no more of what others commit."""
    follower = store._follower  # type: ignore[attr-defined]
    follower._stopping.set()
    follower._thread.join()


def test_own_changes_count_at_once(pair: Pair):
    world, _ = pair
    for _ in range(REVOCATIONS):
        token = world.issue()
        assert not found_revoked(world.store, token)
        revoked(world, token)
        assert found_revoked(world.store, token)


def test_what_somebody_else_revokes_is_revoked_here_within_the_reach(pair: Pair):
    world, other = pair
    for _ in range(REVOCATIONS):
        token = world.issue()
        assert not found_revoked(other, token)
        revoked(world, token)
        until = (asked := time.monotonic()) + REVOCATION_REACH_MS / 1000
        while not found_revoked(other, token):
            assert asked < until, "a yes after the reach"
            asked = time.monotonic()


def test_who_cannot_follow_asks_the_store_after_the_reach(pair: Pair):
    world, other = pair
    token = world.issue()
    assert not found_revoked(other, token)
    stop_following(other)
    revoked(world, token)
    remembered = not found_revoked(other, token)
    time.sleep(REVOCATION_REACH_MS / 1000)
    assert other.left_ms() == 0
    assert found_revoked(other, token)
    assert remembered, "nothing was taken from memory: this proves nothing"


def test_a_decision_that_went_by_memory_is_made_anew_where_that_was_old(pair: Pair):
    world, other = pair
    token = world.issue()
    assert not found_revoked(other, token)
    stop_following(other)
    revoked(world, token)
    plans: list[bool] = []

    def plan() -> Plan[str] | Settled[str]:
        plans.append(found_revoked(other, token))
        if plans[-1]:
            return Settled("refused")
        guards = (Guard(Token, token.id, token.version),)
        return Plan(world.change(guards=guards), lambda _: "done")

    assert decide(other, plan) == "refused"
    assert plans == [False, True]


def test_who_finds_himself_at_a_store_that_lacks_commits_asks_it_from_then_on(pair: Pair):
    world, other = pair
    token = world.issue()
    assert not found_revoked(other, token)
    followed = other._followed  # type: ignore[attr-defined]
    followed.sequence += 1_000  # as if so many commits had been lost with another server
    world.issue()
    until = (asked := time.monotonic()) + REVOCATION_REACH_MS / 1000
    while other.left_ms():
        assert asked < until, "memory is still trusted"
        asked = time.monotonic()
    revoked(world, token)
    assert found_revoked(other, token)
