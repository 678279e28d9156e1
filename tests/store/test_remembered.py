"""What is remembered of one snapshot is never taken for another's."""

import os
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from conformance.world import HandClock, World
from engines import opened
from tokenhouse.core.principal import HolderKind
from tokenhouse.store.reads import remembered
from tokenhouse.store.reads.remembered import Remembered


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path: Path):
    clock = HandClock()
    with opened(request.param, tmp_path, clock, request.getfixturevalue, os.urandom) as (store, _):
        yield World(store, clock)


def test_a_value_is_had_at_its_own_epoch_alone():
    kept: Remembered[str] = Remembered()
    kept.keep(("a",), 7, "then")
    assert kept.get(("a",), 7) == "then"
    assert kept.get(("a",), 8) is None
    assert kept.get(("b",), 7) is None


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(remembered, "MOST_REMEMBERED", 3)
    kept: Remembered[int] = Remembered()
    for number in range(10):
        kept.keep((number,), 1, number)
        assert kept.get((number,), 1) == number
        assert len(kept._kept) <= 3


def test_groups_that_change_between_two_looks_are_not_taken_for_those_before(
    world: World, monkeypatch
):
    second = world.new_group()
    world.put(second)
    held: dict[str, Any] = {
        "holder_kind": HolderKind.ORGANIZATION,
        "holder_id": world.organization.id,
        "groups": (world.group.id,),
    }
    token, twin = world.issue(**held), world.issue(**held)
    look = world.store._found_whole

    def after_an_edit(*asked: Any) -> Any:
        monkeypatch.undo()
        world.put(replace(token, version=2, groups=(second.id,)))
        return look(*asked)

    monkeypatch.setattr(world.store, "_found_whole", after_an_edit)
    found = world.store.find(token.id)
    assert found is not None
    assert found.standing.groups == (second,)
    found = world.store.find(twin.id)
    assert found is not None
    assert found.standing.groups == (world.group,)
