"""The master key is changed without a moment at which the signing keys open under none."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from signing.house import House
from signing.test_opening import start
from tokenhouse.core.events import Name
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.signing_key import KeyState
from tokenhouse.signing.master_key import MasterKeyError


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


def killed(*_: object) -> None:
    raise Killed


STEPS = ("open", "unlink", "replace", "fsync")


@contextmanager
def killed_at(house: House, monkeypatch: pytest.MonkeyPatch, step: int) -> Iterator[list[str]]:
    """Let the process end before its step of this number, commits included, and after commits."""
    done: list[str] = []

    def count(name: str) -> None:
        if len(done) == step:
            raise Killed
        done.append(name)

    with monkeypatch.context() as patched:
        for name in STEPS:
            real = getattr(os, name)
            patched.setattr(
                os,
                name,
                lambda *given, _n=name, _r=real, **named: (count(_n), _r(*given, **named))[1],
            )
        commit = house.store.commit

        def counted(*asked: Any) -> object:
            count("commit")
            outcome = commit(*asked)
            count("committed")
            return outcome

        patched.setattr(house.store, "commit", counted)
        yield done


def master_keys_named(house: House) -> set[str]:
    return {key.master_key_id for key in house.store.signing_keys() if key.sealed is not None}


def test_afterwards_every_key_opens_under_the_new_master_key_alone(house):
    text = house.sign()
    old = house.master.id
    house.rewrap()
    (new,) = master_keys_named(house)
    assert new != old
    assert [key.id for key in house.place.read()] == [new]
    start(house)
    for node in (house, house.other_process()):
        assert node.knows(text)
        assert node.knows(node.sign())


def test_the_old_master_key_opens_nothing_any_more(house):
    kept = (house.directory / "master.key").read_bytes()
    house.rewrap()
    (house.directory / "master.key").write_bytes(kept)
    with pytest.raises(MasterKeyError):
        start(house)


def test_keys_without_a_private_part_are_left_as_they_are(house):
    house.rotate()
    (before,) = house.in_state(KeyState.RETIRING)
    resealed = house.rewrap()
    assert len(resealed) == 2
    assert house.in_state(KeyState.RETIRING) == [before]


def test_it_is_one_change_with_an_event_for_each_key(house):
    before = house.store.head()[0]
    resealed = house.rewrap()
    recorded = house.store.events(None, before, 50)
    assert [event.name for event in recorded] == [Name.KEY_REWRAPPED] * 2
    assert all(str(key.id) in event.body for key, event in zip(resealed, recorded, strict=True))
    assert all(house.master.id in event.body for event in recorded)


def test_killed_at_any_step_every_key_opens_and_the_next_run_ends_it(tmp_path, monkeypatch):
    seen: set[str] = set()
    for step in range(100):
        directory = tmp_path / str(step)
        directory.mkdir()
        house = House(directory)
        text = house.sign()
        try:
            with killed_at(house, monkeypatch, step) as done:
                house.rewrap()
        except Killed:
            finished = False
        else:
            finished = True
        seen.update(done)
        start(house)
        assert house.other_process().knows(text)
        assert house.other_process().knows(house.other_process().sign())
        house.other_process().rewrap()
        (new,) = master_keys_named(house)
        assert new != house.master.id
        assert [path.name for path in directory.iterdir()] == ["master.key"]
        start(house)
        if finished:
            break
    assert finished
    assert {"open", "replace", "fsync", "commit", "committed"} <= seen


def test_a_successor_whose_writing_was_cut_short_is_made_again(house):
    for length in (0, 20):
        torn = house.directory / "master.key.new"
        torn.write_text("A" * length)
        torn.chmod(0o600)
        start(house)
        house.rewrap()
        start(house)


def test_a_rotation_between_the_two_steps_seals_under_the_new_master_key(house, monkeypatch):
    house.rotate()
    house.rotate()
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", killed)
        with pytest.raises(Killed):
            house.rewrap()
    (new,) = master_keys_named(house)
    assert new != house.master.id
    house.clock.move(300_000_000)
    house.other_process().turn()
    assert master_keys_named(house) == {new}
    head = house.store.head()
    assert house.other_process().rewrap() == ()
    assert house.store.head() == head
    start(house)


def test_a_successor_that_a_failed_commit_left_harms_nobody(house, monkeypatch):
    def lost(*_: object) -> None:
        raise Unavailable("the disk is away")

    with monkeypatch.context() as patched:
        patched.setattr(house.store, "commit", lost)
        with pytest.raises(Unavailable):
            house.rewrap()
    assert Path(house.directory / "master.key.new").exists()
    start(house)
    house.rotate()
    house.rewrap()
    start(house)
