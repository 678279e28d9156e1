"""Callers who come back at once share the next batch; nobody waits for callers who never do."""

from threading import Event, Thread

import pytest

from conformance.world import World
from tokenhouse.operations.changes import Conflict, Put
from tokenhouse.sharing import SharedThread
from tokenhouse.store import tickets as under_test
from tokenhouse.store.tickets import Ticket, Tickets

FOR_EVER_MS = 60_000


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(under_test, "LONGEST_GATHERING_MS", FOR_EVER_MS)
    monkeypatch.setattr(under_test, "LONGEST_REST_MS", FOR_EVER_MS)
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


def _answered(tickets: Tickets, number: int) -> list[Ticket]:
    """Take so many as the next batch, and answer it."""
    batch = tickets.take()
    assert len(batch) == number
    tickets.give(batch, [Conflict()] * number)
    return batch


def _taking(tickets: Tickets, batches: list[list[Ticket]]) -> Thread:
    taker = Thread(target=lambda: batches.append(tickets.take()))
    taker.start()
    return taker


def test_a_batch_waits_for_as_many_as_were_answered_just_before(world: World):
    tickets, batches = Tickets(), []
    _put(tickets, *[_ticket(world) for _ in range(3)])
    _answered(tickets, 3)
    first, *others = [_ticket(world) for _ in range(3)]
    tickets.put(first)
    taker = _taking(tickets, batches)
    _put(tickets, *others)
    taker.join()
    assert batches == [[first, *others]]


def test_who_waits_already_waits_for_those_who_were_answered_just_before(world: World):
    tickets, batches = Tickets(), []
    _put(tickets, _ticket(world), _ticket(world))
    batch = tickets.take()
    early, first, second = [_ticket(world) for _ in range(3)]
    tickets.put(early)
    tickets.give(batch, [Conflict()] * 2)
    taker = _taking(tickets, batches)
    tickets.put(first)
    taker.join(0.2)
    assert batches == []
    tickets.put(second)
    taker.join()
    assert batches == [[early, first, second]]


def test_what_a_shared_thread_still_works_at_is_waited_for_though_patience_is_over(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(under_test, "LONGEST_REST_MS", 0)
    tickets, batches, works, ends = Tickets(), list[list[Ticket]](), Event(), Event()
    shared, put = SharedThread("test", 8), list[Ticket]()

    def commit() -> None:
        put.append(_ticket(world))
        tickets.put(put[-1])
        put[-1].wait(30)

    def work() -> None:
        works.set()
        ends.wait(30)

    shared.start(commit, work, commit)
    assert works.wait(30)
    taker = _taking(tickets, batches)
    taker.join(0.2)
    assert batches == []
    ends.set()
    taker.join()
    assert batches == [put]
    assert len(put) == 2
    tickets.give(put, [Conflict()] * 2)
    shared.close(30)


def test_how_long_the_first_was_away_is_no_reason_not_to_wait_for_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    clock = HandMonotonic()
    monkeypatch.setattr(under_test, "time", clock)
    tickets, batches = Tickets(), []
    _put(tickets, _ticket(world), _ticket(world))
    batch = tickets.take()
    clock.seconds = 1.0  # that is how long the batch took
    tickets.give(batch, [Conflict()] * 2)
    clock.read.clear()
    taker = _taking(tickets, batches)
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
        assert _answered(tickets, 1) == [ticket]


@pytest.mark.parametrize("bound", ["LONGEST_GATHERING_MS", "LONGEST_REST_MS", "_SHARE"])
def test_whoever_does_not_come_back_is_waited_for_no_longer_than_each_bound(
    world: World, monkeypatch: pytest.MonkeyPatch, bound: str
):
    tickets, last = Tickets(), _ticket(world)
    _put(tickets, _ticket(world), _ticket(world))
    _answered(tickets, 2)
    monkeypatch.setattr(under_test, bound, 0.0)
    tickets.put(last)
    assert tickets.take() == [last]


def test_closing_waits_for_nobody_and_leaves_nobody_behind(world: World):
    tickets, batches = Tickets(), []
    _put(tickets, _ticket(world), _ticket(world))
    _answered(tickets, 2)
    last = _ticket(world)
    tickets.put(last)
    taker = Thread(target=lambda: batches.extend([tickets.take(), tickets.take()]))
    taker.start()
    tickets.close()
    taker.join()
    assert batches == [[last], []]
