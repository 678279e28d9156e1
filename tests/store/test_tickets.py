"""Callers who come back at once share the next batch; nobody waits for callers who never do."""

from threading import Event, Thread

import pytest

from conformance.world import World
from tokenhouse.operations.changes import Put
from tokenhouse.store import tickets as under_test
from tokenhouse.store.tickets import Ticket, Tickets

FOR_EVER_MS = 60_000


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(under_test, "LONGEST_GATHERING_MS", FOR_EVER_MS)
    monkeypatch.setattr(under_test, "_SHARE", 1e9)


class HandMonotonic:
    """Stands in for `time`: its seconds pass by hand, and it tells that they were read."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.read = Event()

    def monotonic(self) -> float:
        self.read.set()
        return self.seconds


def _ticket(world: World) -> Ticket:
    return Ticket(world.change(Put(world.new_token())))


def _put(tickets: Tickets, *some: Ticket) -> None:
    for ticket in some:
        tickets.put(ticket)


def test_a_batch_waits_for_as_many_as_were_answered_just_before(world: World):
    tickets, batches = Tickets(), []
    _put(tickets, *[_ticket(world) for _ in range(3)])
    assert len(tickets.take()) == 3
    first, *others = [_ticket(world) for _ in range(3)]
    tickets.put(first)
    taker = Thread(target=lambda: batches.append(tickets.take()))
    taker.start()
    _put(tickets, *others)
    taker.join()
    assert batches == [[first, *others]]


def test_how_long_the_first_was_away_is_no_reason_not_to_wait_for_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    clock = HandMonotonic()
    monkeypatch.setattr(under_test, "time", clock)
    tickets, batches = Tickets(), []
    _put(tickets, _ticket(world), _ticket(world))
    assert len(tickets.take()) == 2
    clock.seconds = 1.0  # that is how long the batch took
    clock.read.clear()
    taker = Thread(target=lambda: batches.append(tickets.take()))
    taker.start()
    assert clock.read.wait(30)
    clock.seconds += 2 * FOR_EVER_MS
    first, second = _ticket(world), _ticket(world)
    tickets.put(first)
    taker.join(0.2)
    assert batches == []
    tickets.put(second)
    taker.join()
    assert batches == [[first, second]]


def test_a_caller_who_was_alone_waits_for_nobody(world: World):
    tickets = Tickets()
    for ticket in (_ticket(world), _ticket(world)):
        tickets.put(ticket)
        assert tickets.take() == [ticket]


@pytest.mark.parametrize("bound", ["LONGEST_GATHERING_MS", "_SHARE"])
def test_whoever_does_not_come_back_is_waited_for_no_longer_than_both_bounds(
    world: World, monkeypatch: pytest.MonkeyPatch, bound: str
):
    tickets, last = Tickets(), _ticket(world)
    _put(tickets, _ticket(world), _ticket(world))
    assert len(tickets.take()) == 2
    monkeypatch.setattr(under_test, bound, 0.0)
    tickets.put(last)
    assert tickets.take() == [last]


def test_closing_waits_for_nobody_and_leaves_nobody_behind(world: World):
    tickets, batches = Tickets(), []
    _put(tickets, _ticket(world), _ticket(world))
    assert len(tickets.take()) == 2
    last = _ticket(world)
    tickets.put(last)
    taker = Thread(target=lambda: batches.extend([tickets.take(), tickets.take()]))
    taker.start()
    tickets.close()
    taker.join()
    assert batches == [[last], []]
