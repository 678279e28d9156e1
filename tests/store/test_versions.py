"""What a committer still knows of a record is what is kept of it, whoever wrote meanwhile."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from conformance.world import HandClock, World, filled
from tokenhouse.core.events import Event, Name
from tokenhouse.core.moment import DAY, HOUR
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.token import FamilyEnd, Token
from tokenhouse.operations.changes import Change, Committed, Conflict, Guard, KeptAnswer, Put
from tokenhouse.store import versions
from tokenhouse.store.sqlite import SqliteStore, open_sqlite


@pytest.fixture
def other(world: World, tmp_path: Path, clock: HandClock) -> Iterator[World]:
    """The same records as another process has them."""
    store = open_sqlite(tmp_path, clock, os.urandom)
    there = World.__new__(World)
    there.__dict__ |= vars(world) | {"store": store}
    yield there
    store.close()


def looked_up(opened: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, int]]:
    """What the committer looks up from now on."""
    seen: list[tuple[object, int]] = []
    writer = opened._committer._writer
    known = writer.known

    def noted(refs):
        seen.extend(refs)
        return known(refs)

    monkeypatch.setattr(writer, "known", noted)
    return seen


def later(token: Token) -> Put:
    return Put(replace(token, version=token.version + 1, description="another"))


def test_what_the_last_batch_wrote_or_looked_up_is_not_looked_up_again(
    world: World, opened: SqliteStore, monkeypatch: pytest.MonkeyPatch
):
    token = world.issue()
    seen = looked_up(opened, monkeypatch)
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
    world: World, opened: SqliteStore, monkeypatch: pytest.MonkeyPatch
):
    token = world.issue()
    same_number = world.new_token(number=token.number)
    assert world.commit(later(token), Put(same_number)) == Conflict()
    seen = looked_up(opened, monkeypatch)
    assert isinstance(world.commit(later(token)), Committed)
    assert seen == [(Token, token.id.int)]


def test_a_change_that_reaches_too_far_leaves_nothing_to_believe(world: World, opened: SqliteStore):
    elsewhere = world.new_token(organization_id=world.person.id)
    event = Event(Name.TOKEN_CHANGED, DEPLOYMENT, None, None, elsewhere.id)
    founded = opened.commit(Change(DEPLOYMENT, (), (Put(elsewhere),), (event,)))
    assert isinstance(founded, Committed)
    token = world.issue()
    foreign = replace(founded.written(Token), version=2, organization_id=world.organization.id)
    with pytest.raises(ValueError, match="within the organization"):
        world.commit(later(token), Put(foreign))
    outcome = world.commit(later(token))
    assert isinstance(outcome, Committed)
    assert outcome.written(Token).version == 2


def test_a_kept_answer_that_another_process_purged_can_come_again(world: World, other: World):
    answer = filled(KeptAnswer, version=1, created_at=world.clock.moment - DAY)
    world.put(answer, within=DEPLOYMENT)
    head = world.store.head()
    assert other.store.purge(world.clock.moment, {}, 100) == 1
    assert world.store.head() == head
    assert isinstance(world.commit(Put(answer), within=DEPLOYMENT), Committed)


def test_what_was_purged_is_believed_for_no_longer_than_a_minute(
    world: World, other: World, monkeypatch: pytest.MonkeyPatch
):
    now = [1000.0]
    monkeypatch.setattr("tokenhouse.store.versions.time.monotonic", lambda: now[0])
    old = world.issue(kind="session", revoked_at=world.clock.moment)
    world.issue(kind="another", revoked_at=world.clock.moment)
    assert other.store.purge(world.clock.moment + HOUR, {"another": HOUR}, 100) == 1
    outcome = world.commit(later(old))
    assert isinstance(outcome, Committed)
    head = world.store.head()
    assert other.store.purge(world.clock.moment + HOUR, {"session": HOUR}, 100) == 1
    assert world.store.head() == head
    now[0] += versions.SECONDS + 1
    assert world.commit(later(outcome.written(Token))) == Conflict()


def test_only_so_many_are_known(world: World, opened: SqliteStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(versions, "MOST", 8)
    for _ in range(40):
        world.issue()
        assert len(opened._committer._versions._known) <= 16
