"""What a server does by itself goes on whatever happens, and stops what must not go on."""

import os
import signal
from threading import Event

import pytest

from stage import ADMINISTRATOR, Stage, caller
from tokenhouse import housekeeping
from tokenhouse.core.kind import Spelling
from tokenhouse.core.refusal import Refused, Unavailable
from tokenhouse.housekeeping import Housekeeping

PATIENCE_SECONDS = 30


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(housekeeping, "LOOKS_A_ROUND", 1)


def housekeeping_of(stage: Stage) -> Housekeeping:
    parts = stage.parts
    notes, forget_usage = stage.authority.notes, parts.forget_usage()
    return Housekeeping(stage.store, notes, parts.clocks(), stage.clock, forget_usage)


@pytest.mark.parametrize("fault", [Unavailable("busy"), RuntimeError("unforeseen")])
def test_a_round_that_fails_does_not_end_the_later_ones(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, fault: Exception
):
    again = Event()
    rounds: list[int] = []

    def purge(*_: object) -> int:
        rounds.append(1)
        if len(rounds) == 1:
            raise fault
        again.set()
        return 0

    monkeypatch.setattr(stage.store, "purge", purge)
    with housekeeping_of(stage):
        assert again.wait(PATIENCE_SECONDS)


def test_a_process_whose_store_is_broken_is_told_to_stop(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    told = Event()
    signals: list[tuple[int, int]] = []

    def kill(pid: int, number: int) -> None:
        signals.append((pid, number))
        told.set()

    monkeypatch.setattr(housekeeping.os, "kill", kill)
    monkeypatch.setattr(type(stage.store), "broken", OSError("a sync failed"))
    with housekeeping_of(stage):
        assert told.wait(PATIENCE_SECONDS)
    assert signals == [(os.getpid(), signal.SIGTERM)]


def test_what_was_refused_is_told_before_the_server_ends(stage: Stage):
    client = stage.session("carl@nordlicht.example")
    with housekeeping_of(stage):
        with pytest.raises(Refused):
            stage.issue(caller(client.credential, Spelling.BEARER, "AccountTokenWrite"))
        head = stage.store.head()[0]
    names = [event.name for event in stage.store.events(None, head, 10)]
    assert names == ["actor:management:refused"]
    assert stage.verdict(stage.session(ADMINISTRATOR).credential, None, Spelling.BEARER).allowed
