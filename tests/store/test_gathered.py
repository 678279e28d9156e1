"""A batch of many successions takes as few statements as one; where order matters it is kept."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from conformance.world import HandClock, World, new_id
from engines import opened
from tokenhouse.core.events import SALT_BYTES
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Drop, Put
from tokenhouse.store.gathered import gathered
from tokenhouse.store.postgres.bulk import Bulk
from tokenhouse.store.settle import Stamp, settle
from tokenhouse.store.shape import refs_of
from tokenhouse.store.sqlite.writer import SqliteWriter


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    clock = HandClock()
    with opened(request.param, tmp_path, clock, request.getfixturevalue, os.urandom) as (store, _):
        yield World(store, clock)


def _succession(world: World, token: Token) -> tuple[Put, Put]:
    """A token that gives way, and the one that comes."""
    at = world.clock.moment
    old = replace(token, version=2, superseded_at=at, updated_at=at)
    return Put(old), Put(world.new_token(predecessor_id=token.id))


def _statements(world: World, monkeypatch: pytest.MonkeyPatch, successions: int) -> int:
    """How many it takes to write a batch of so many changes."""
    tokens = [world.issue() for _ in range(successions)]
    changes = [world.change(*_succession(world, token)) for token in tokens]
    told: list[object] = []
    writer = world.store._committer._writer  # type: ignore[attr-defined]
    of, name = (SqliteWriter, "_many") if isinstance(writer, SqliteWriter) else (Bulk, "write")
    write = getattr(of, name)

    def counted(*asked: Any) -> None:
        told.append(asked)
        write(*asked)

    head = writer.begin()
    salts = os.urandom(SALT_BYTES * successions)
    stamp = Stamp(world.clock.moment, salts, new_id())
    settled = settle(changes, head, writer.known(refs_of(changes)), stamp)
    with monkeypatch.context() as patched:
        patched.setattr(of, name, counted)
        writer.write(settled)
    writer.rollback()
    assert len(settled.writes) == 2 * successions
    return len(told)


def test_many_successions_are_written_in_as_few_statements_as_one(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    assert _statements(world, monkeypatch, 5) == _statements(world, monkeypatch, 1)


def _writes(world: World) -> list[Put]:
    return [write for _ in range(3) for write in _succession(world, world.new_token())]


def test_what_changes_goes_before_what_comes_and_each_in_its_order(world: World):
    writes = _writes(world)
    assert gathered(tuple(writes)) == [*writes[::2], *writes[1::2]]


def test_where_one_is_written_twice_or_something_else_is_the_order_is_kept(world: World):
    writes = _writes(world)
    twice = (*writes, Put(replace(writes[1].record, version=2)))
    assert [*gathered(twice)] == [*twice]
    for other in (Put(world.membership), Drop(Token, new_id())):
        mixed = (*writes, other)
        assert [*gathered(mixed)] == [*mixed]
