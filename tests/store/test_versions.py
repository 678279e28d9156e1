"""What a committer still knows of a record is what is kept of it, whoever wrote meanwhile."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from conformance.world import HandClock, World, filled
from tokenhouse.core.events import Event, Name
from tokenhouse.core.moment import DAY, HOUR
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.token import FamilyEnd, Token
from tokenhouse.operations.changes import Change, Committed, Conflict, Guard, KeptAnswer, Put
from tokenhouse.store import versions
from tokenhouse.store.postgres import open_postgres
from tokenhouse.store.sqlite import open_sqlite

Open = Callable[[], Any]


@pytest.fixture(params=["sqlite", "postgres"])
def opens(request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock) -> Iterator[Open]:
    """Opens one and the same store, as each process does."""
    if request.param == "sqlite":
        yield lambda: open_sqlite(tmp_path, clock, os.urandom)
    else:
        with request.getfixturevalue("postgres").database() as url:
            yield lambda: open_postgres(url, clock, os.urandom)


@pytest.fixture
def world(opens: Open, clock: HandClock) -> Iterator[World]:
    store = opens()
    yield World(store, clock)
    store.close()


@pytest.fixture
def other(opens: Open, world: World) -> Iterator[World]:
    """The same records as another process has them."""
    store = opens()
    there = World.__new__(World)
    there.__dict__ |= vars(world) | {"store": store}
    yield there
    store.close()


def looked_up(world: World, monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, int]]:
    """What the committer looks up from now on."""
    seen: list[tuple[object, int]] = []
    writer: Any = world.store._committer._writer  # type: ignore[attr-defined]
    known = writer.known

    def noted(refs):
        seen.extend(refs)
        return known(refs)

    monkeypatch.setattr(writer, "known", noted)
    return seen


def later(token: Token) -> Put:
    return Put(replace(token, version=token.version + 1, description="another"))


def test_what_the_last_batch_wrote_or_looked_up_is_not_looked_up_again(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    token = world.issue()
    seen = looked_up(world, monkeypatch)
    guard = Guard(FamilyEnd, token.family_id, 0)
    for asked in ([(FamilyEnd, token.family_id.int)], []):
        outcome = world.commit(later(token), guards=(guard,))
        assert isinstance(outcome, Committed)
        token = outcome.written(Token)
        assert seen == asked
        seen.clear()
    assert world.commit(later(replace(token, version=2)), guards=(guard,)) == Conflict()
    assert seen == []
    assert isinstance(world.commit(later(token), guards=(guard,)), Committed)
    assert seen == []


def test_what_another_process_wrote_meanwhile_is_a_conflict(world: World, other: World):
    token = world.issue()
    assert isinstance(other.commit(later(token)), Committed)
    assert world.commit(later(token)) == Conflict()
    assert other.commit(later(token)) == Conflict()
    assert isinstance(world.commit(later(replace(token, version=2))), Committed)
    assert other.commit(later(replace(token, version=2))) == Conflict()


def test_nothing_is_believed_after_a_batch_that_failed(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    token = world.issue()
    same_number = world.new_token(number=token.number)
    assert world.commit(later(token), Put(same_number)) == Conflict()
    seen = looked_up(world, monkeypatch)
    assert isinstance(world.commit(later(token)), Committed)
    assert seen == [(Token, token.id.int)]


def test_a_change_that_reaches_too_far_leaves_nothing_to_believe(world: World):
    elsewhere = world.new_token(organization_id=world.person.id)
    event = Event(Name.TOKEN_CHANGED, DEPLOYMENT, None, None, elsewhere.id)
    founded = world.store.commit(Change(DEPLOYMENT, (), (Put(elsewhere),), (event,)))
    assert isinstance(founded, Committed)
    token = world.issue()
    foreign = replace(founded.written(Token), version=2, organization_id=world.organization.id)
    with pytest.raises(ValueError, match="within the organization"):
        world.commit(later(token), Put(foreign))
    outcome = world.commit(later(token))
    assert isinstance(outcome, Committed)
    assert outcome.written(Token).version == 2


def test_what_another_process_purged_is_not_believed_though_the_head_stands(
    world: World, other: World
):
    answer = filled(KeptAnswer, version=1, created_at=world.clock.moment - DAY)
    world.put(answer, within=DEPLOYMENT)
    old = world.issue(kind="session", revoked_at=world.clock.moment)
    world.issue(kind="another", revoked_at=world.clock.moment)
    assert other.store.purge(world.clock.moment + HOUR, {"another": HOUR}, 100) == 2
    outcome = world.commit(later(old))
    assert isinstance(outcome, Committed)
    head = world.store.head()
    assert other.store.purge(world.clock.moment + HOUR, {"session": HOUR}, 100) == 1
    assert world.store.head() == head
    assert world.commit(later(outcome.written(Token))) == Conflict()
    assert isinstance(world.commit(Put(answer), within=DEPLOYMENT), Committed)


def test_what_this_process_purged_is_not_believed_though_the_head_stands(world: World):
    answer = filled(KeptAnswer, version=1, created_at=world.clock.moment - DAY)
    world.put(answer, within=DEPLOYMENT)
    head = world.store.head()
    assert world.store.purge(world.clock.moment, {}, 100) == 1
    assert world.store.head() == head
    assert isinstance(world.commit(Put(answer), within=DEPLOYMENT), Committed)


def test_only_so_many_are_known(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(versions, "MOST", 8)
    for _ in range(40):
        world.issue()
        assert len(world.store._committer._versions._known) <= 16
