"""Readiness: the closed causes, and that asking costs no more than it has to."""

import os
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from stage import MovedClock, Stage
from tokenhouse.core.moment import SECOND
from tokenhouse.core.refusal import Unavailable
from tokenhouse.operations.ready import Ready, Unready
from tokenhouse.signing.keys import Smith
from tokenhouse.signing.master_keys import MasterKeys
from tokenhouse.signing.places import KeyFile
from tokenhouse.store.memory import MemoryStore


class Store(MemoryStore):
    """Counts how often it is looked at, and fails when it is told to."""

    def __init__(self) -> None:
        super().__init__(MovedClock(), os.urandom)
        self.looks = 0
        self.fault: Exception | None = None
        self.held = threading.Event()
        self.held.set()

    def deployment(self):
        self.looks += 1
        self.held.wait()
        if self.fault is not None:
            raise self.fault
        return super().deployment()


def able() -> None:
    """Nothing to complain of."""


def unable() -> None:
    raise Unavailable("the master key is not there")


def test_a_deployment_with_its_keys_is_ready(stage: Stage):
    assert stage.parts.ready()() is None


def test_before_the_set_up_it_is_not():
    assert Ready(MemoryStore(MovedClock(), os.urandom), able, MovedClock())() is Unready.NOT_SET_UP


def test_without_a_key_that_opens_it_is_not(stage: Stage, tmp_path: Path):
    assert Ready(stage.store, unable, stage.clock)() is Unready.KEYS
    (tmp_path / "master.key").unlink()
    assert stage.parts.ready()() is None, "a process that has its key goes on signing"
    place = KeyFile(tmp_path / "master.key", os.urandom)
    started = replace(stage.parts, smith=Smith(MasterKeys(place).find, os.urandom))
    assert started.ready()() is Unready.KEYS


def test_a_store_that_fails_or_is_broken_is_not(monkeypatch: pytest.MonkeyPatch):
    store = Store()
    store.fault = Unavailable("gone")
    assert Ready(store, able, MovedClock())() is Unready.STORE
    store.fault = None
    monkeypatch.setattr(Store, "broken", OSError("sync"), raising=False)
    assert Ready(store, able, MovedClock())() is Unready.STORE


def test_one_look_counts_for_a_second_however_often_it_is_asked():
    store, clock = Store(), MovedClock()
    ready = Ready(store, able, clock)
    for _ in range(1000):
        assert ready() is Unready.NOT_SET_UP
    assert store.looks == 1
    clock.moment += SECOND
    store.fault = Unavailable("gone")
    assert ready() is Unready.STORE
    assert store.looks == 2


def test_it_looks_again_when_something_is_known_to_have_changed():
    store = Store()
    ready = Ready(store, able, MovedClock())
    ready()
    ready.look_again()
    ready()
    assert store.looks == 2


def test_nobody_waits_for_another_ones_look():
    store, clock = Store(), MovedClock()
    ready = Ready(store, able, clock)
    assert ready() is Unready.NOT_SET_UP
    clock.moment += SECOND
    store.held.clear()
    waiting = threading.Thread(target=ready)
    waiting.start()
    while store.looks < 2:
        pass
    assert ready() is Unready.NOT_SET_UP
    store.held.set()
    waiting.join()


def test_who_stops_is_not_ready_whatever_was_seen(stage: Stage):
    ready = stage.parts.ready()
    assert ready() is None
    ready.stop()
    assert ready() is Unready.STOPPING
