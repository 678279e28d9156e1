"""What was counted is written by and by, whatever fails meanwhile, and at the end."""

import os
from collections.abc import Callable
from threading import Event
from uuid import UUID

import pytest

from conformance.world import filled
from stage import Stage
from tokenhouse import flushing, housekeeping
from tokenhouse.core.moment import HOUR
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.token import Token
from tokenhouse.core.usage import Batch, Outcome, day_of
from tokenhouse.flushing import Flushing
from tokenhouse.housekeeping import Housekeeping
from tokenhouse.operations import usage as collecting
from tokenhouse.operations.usage import Usage
from tokenhouse.store.memory import MemoryUsage

NOW = 1_900_000_000_000_000
PATIENCE_SECONDS = 30
ONE = filled(Token, holder_kind=HolderKind.ORGANIZATION)


class Told(MemoryUsage):
    """Tells of each batch, and may refuse some first."""

    def __init__(self, *refusals: Exception) -> None:
        super().__init__()
        self.refusals = list(refusals)
        self.came = Event()

    def add(self, batch: Batch) -> None:
        if self.refusals:
            raise self.refusals.pop()
        super().add(batch)
        self.came.set()


def uses(store: MemoryUsage, token_id: UUID = ONE.id) -> int:
    return sum(count.uses for count in store.usage_of(token_id).hours)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flushing, "FLUSH_SECONDS", 0.01)
    monkeypatch.setattr(flushing, "PAUSE_SECONDS", 0.01)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("fault", [Unavailable("busy"), RuntimeError("unforeseen")])
def test_a_batch_that_fails_is_written_by_and_by(fault: Exception):
    store = Told(fault, fault)
    usage = Usage(store, os.urandom)
    usage.count(ONE, Outcome.ACCEPTED, NOW)
    with Flushing(usage):
        assert store.came.wait(PATIENCE_SECONDS)
    assert uses(store) == 1


def test_what_was_counted_is_written_before_a_server_ends():
    usage = Usage(MemoryUsage(), os.urandom)
    with Flushing(usage):
        usage.count(ONE, Outcome.ACCEPTED, NOW)
    assert uses(usage.store) == 1


def test_when_much_was_counted_it_is_written_before_its_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(collecting, "MOST_COUNTED", 4)
    monkeypatch.setattr(flushing, "FLUSH_SECONDS", 10 * PATIENCE_SECONDS)
    store = Told()
    usage = Usage(store, os.urandom)
    with Flushing(usage):
        for number in range(1, 3):
            usage.count(filled(Token, id=UUID(int=number)), Outcome.ACCEPTED, NOW)
        assert store.came.wait(PATIENCE_SECONDS)


def test_housekeeping_makes_days_of_hours(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(housekeeping, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(housekeeping, "LOOKS_A_ROUND", 1)
    parts, rolled = stage.parts, Event()
    token = stage.sign_in().token
    parts.usage.count(token, Outcome.ACCEPTED, stage.clock.moment - 50 * HOUR)
    parts.usage.write()
    monkeypatch.setattr(stage.store, "purge", _then(stage.store.purge, rolled))
    notes, forget = stage.authority.notes, parts.forget_usage()
    with Housekeeping(stage.store, notes, parts.clocks(), stage.clock, forget):
        assert rolled.wait(PATIENCE_SECONDS)
    kept = parts.usage.store.usage_of(token.id)
    assert kept.hours == ()
    assert [one.since for one in kept.days] == [day_of(stage.clock.moment - 50 * HOUR)]


def _then(purge: Callable[..., int], told: Event) -> Callable[..., int]:
    """Purge, and tell of the second time: then the first round is over."""
    rounds: list[int] = []

    def purged(*asked: object) -> int:
        if rounds:
            told.set()
        rounds.append(1)
        return purge(*asked)

    return purged
