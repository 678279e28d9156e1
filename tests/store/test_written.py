"""A token that this process has just written is known here, and never as something else."""

import os
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from conformance.world import HandClock, World
from engines import opened
from patience import LONGEST_PAUSE
from tokenhouse.clock import uptime
from tokenhouse.core.token import FamilyEnd, Token
from tokenhouse.operations.changes import Guard, Put
from tokenhouse.store.reads import cached
from tokenhouse.store.sqlite import open_sqlite
from tokenhouse.store.sqlite.writer import SqliteWriter

FINGERPRINT = b"f" * 32
LIKE: dict[str, Any] = {"groups": (), "client_id": None}
"""What two tokens of one holder have alike that rest on the same."""


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    clock = HandClock()
    with opened(request.param, tmp_path, clock, request.getfixturevalue, os.urandom) as (store, _):
        yield World(store, clock)


def asked_for(world: World, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the store is asked for from now on, beyond memory."""
    asked: list[object] = []
    read, once = world.store._read, world.store._once  # type: ignore[attr-defined]

    def noted(how: Any) -> Any:
        def ask(what: Any) -> Any:
            asked.append(what)
            return how(what)

        return ask

    monkeypatch.setattr(world.store, "_read", noted(read))
    monkeypatch.setattr(world.store, "_once", noted(once))
    return asked


def known(world: World) -> Token:
    """A token whose like was found before: what it rests on is remembered."""
    first = world.issue(**LIKE)
    assert world.store.find(first.id) is not None
    return first


def truth(world: World, key: Any) -> Any:
    found = world.store.anew(lambda: world.store.find(key))
    return None if found is None else (found.token, found.standing)


def told(world: World, key: Any) -> Any:
    found = world.store.find(key)
    return None if found is None else (found.token, found.standing)


def test_what_was_just_issued_is_found_without_a_look(world: World, monkeypatch):
    known(world)
    issued = world.issue(**LIKE, fingerprint=FINGERPRINT)
    asked = asked_for(world, monkeypatch)
    found = [told(world, key) for key in (issued.id, FINGERPRINT)]
    assert not asked
    assert found == [truth(world, issued.id)] * 2


def test_what_was_just_changed_is_found_as_it_is_now(world: World, monkeypatch):
    token = known(world)
    changed = replace(token, version=2, description="another")
    guards = (Guard(Token, token.id, 1), Guard(FamilyEnd, token.family_id, 0))
    world.commit(Put(changed), guards=guards)
    asked = asked_for(world, monkeypatch)
    (found, _) = told(world, token.id)
    assert not asked
    assert found == changed
    assert told(world, token.id) == truth(world, token.id)


def test_whoever_ends_a_family_with_its_token_leaves_no_living_one_behind(world: World):
    token = known(world)
    ended = FamilyEnd(token.family_id, 1, token.organization_id, 1)
    guards = (Guard(Token, token.id, 1), Guard(FamilyEnd, token.family_id, 0))
    world.commit(Put(replace(token, version=2)), Put(ended), guards=guards)
    (_, standing) = told(world, token.id)
    assert standing.family_end == ended


def test_a_successor_whose_family_nobody_guarded_is_looked_up(world: World):
    token = known(world)
    ended = world.end_family(token.family_id)
    successor = world.issue(**LIKE, family_id=token.family_id)
    (_, standing) = told(world, successor.id)
    assert standing.family_end == ended


def test_nothing_is_kept_of_what_rests_on_records_that_changed_with_it(world: World):
    known(world)
    issued = world.new_token(**LIKE)
    group = replace(world.group, version=world.group.version + 1, name="another")
    world.put(issued, group)
    (_, standing) = told(world, issued.id)
    assert standing.groups == (group,)


def test_where_another_process_committed_unseen_nothing_is_kept(tmp_path: Path):
    clock = HandClock()
    store, other = (open_sqlite(tmp_path, clock, os.urandom) for _ in range(2))
    world = World(store, clock)
    known(world)
    follower = store._follower
    look, confirm = follower._look, follower.followed.confirmed
    follower._look = lambda: confirm(uptime())  # type: ignore[method-assign]
    elsewhere = World.__new__(World)
    elsewhere.__dict__.update(world.__dict__)
    elsewhere.store = other
    suspended = replace(world.membership, version=world.membership.version + 1, suspended=True)
    elsewhere.put(suspended)
    issued = world.issue(**LIKE, fingerprint=FINGERPRINT)
    assert store._tokens._entries.lately[issued.id.int] is None
    follower._look = look  # type: ignore[method-assign]
    until = time.monotonic() + LONGEST_PAUSE
    while follower.followed.sequence < store.head()[0]:
        assert time.monotonic() < until, "it does not catch up"
        time.sleep(0.005)
    (_, standing) = told(world, FINGERPRINT)
    assert standing.membership == suspended
    other.close()
    store.close()


def test_standings_are_bounded_and_read_again(world: World, monkeypatch):
    monkeypatch.setattr(cached, "MOST_CACHED", 3)
    world.store._standings.clear()  # type: ignore[attr-defined]
    tokens = []
    for _ in range(10):
        group = world.new_group()
        world.put(group)
        tokens.append(world.issue(groups=(group.id,), client_id=None))
        assert told(world, tokens[-1].id) == truth(world, tokens[-1].id)
        assert len(world.store._standings) <= 6  # type: ignore[attr-defined]
    assert [told(world, one.id) for one in tokens] == [truth(world, one.id) for one in tokens]


def test_forgetting_nothing_writes_nothing(world: World):
    world.issue(**LIKE)
    writer = world.store._committer._writer  # type: ignore[attr-defined]
    before = _written(writer)
    assert world.store.purge(world.clock.moment, {}, 100) == 0
    assert _written(writer) == before
    world.put(world.new_token(**LIKE, revoked_at=1, kind="odd"))
    before = _written(writer)
    assert world.store.purge(world.clock.moment, {"odd": 0}, 100) == 1
    assert _written(writer) != before


def _written(writer: Any) -> Any:
    """What changes with every transaction that writes: the log's length, or the head's version."""
    if isinstance(writer, SqliteWriter):
        log = Path(f"{writer._connection.filename}-wal")
        return log.stat().st_size, sha256(log.read_bytes()).digest()
    return [*writer._session.rows("SELECT xmin, ctid::text FROM head", {})]


def test_a_token_that_is_over_is_not_kept(world: World, monkeypatch: pytest.MonkeyPatch):
    token = known(world)
    now = world.clock.moment
    over = replace(token, version=2, superseded_at=now, updated_at=now)
    guards = (Guard(Token, token.id, 1), Guard(FamilyEnd, token.family_id, 0))
    world.commit(Put(over), guards=guards)
    asked = asked_for(world, monkeypatch)
    assert told(world, token.id)[0] == over
    assert asked
