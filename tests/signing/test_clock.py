"""Clocks never go backwards, and do not stand when the one they go by is set back."""

import time

import pytest

from tokenhouse.clock import LARGEST_STEP, StoreClock, SystemClock
from tokenhouse.core.refusal import Unavailable


class Machine:
    """The two clocks of the machine, in nanoseconds, as a test sets them."""

    def __init__(self, monkeypatch) -> None:
        self.wall = 1_900_000_000 * 10**9
        self.uptime = 5 * 10**9
        monkeypatch.setattr(time, "time_ns", lambda: self.wall)
        monkeypatch.setattr(time, "clock_gettime_ns", lambda _: self.uptime)

    def pass_time(self, seconds: int) -> None:
        self.wall += seconds * 10**9
        self.uptime += seconds * 10**9


@pytest.fixture
def machine(monkeypatch) -> Machine:
    return Machine(monkeypatch)


def test_it_gives_the_machines_clock_in_whole_microseconds(machine):
    machine.wall += 1_999
    assert SystemClock().now() == 1_900_000_000_000_001


def test_a_step_backwards_is_not_followed_and_time_goes_on(machine):
    clock = SystemClock()
    before = clock.now()
    machine.wall -= 3600 * 10**9
    assert clock.now() == before
    machine.pass_time(10)
    assert clock.now() == before + 10_000_000


def test_a_step_forwards_is_followed(machine):
    clock = SystemClock()
    before = clock.now()
    machine.wall += 3600 * 10**9
    assert clock.now() == before + 3_600_000_000


def test_it_is_never_before_the_floor_and_goes_on_from_there(machine):
    clock = SystemClock()
    floor = clock.now() + 60_000_000
    clock.hold_floor(floor)
    assert clock.now() == floor
    machine.pass_time(1)
    assert clock.now() == floor + 1_000_000


def test_a_floor_that_has_passed_changes_nothing(machine):
    clock = SystemClock()
    before = clock.now()
    clock.hold_floor(before - 1)
    assert clock.now() == before
    machine.wall -= 3600 * 10**9
    machine.pass_time(2)
    clock.hold_floor(before + 1)
    assert clock.now() == before + 2_000_000


def test_the_stores_clock_counts_and_no_machines_own(machine):
    clock = StoreClock()
    with pytest.raises(Unavailable):
        clock.now()
    clock.measured(1_000_000_000)
    machine.wall += 3600 * 10**9
    assert clock.now() == 1_000_000_000
    machine.pass_time(10)
    assert clock.now() == 1_010_000_000


def test_a_store_whose_clock_is_set_back_a_little_is_waited_for(machine):
    clock = StoreClock()
    clock.measured(1_000_000_000)
    before = clock.now()
    clock.measured(before - 5_000_000)
    assert clock.now() == before
    machine.pass_time(4)
    assert clock.now() == before
    machine.pass_time(2)
    assert clock.now() == before + 1_000_000


def test_a_store_whose_clock_is_set_back_far_is_not_followed_until_it_is_right(machine):
    clock = StoreClock()
    clock.measured(1_000_000_000)
    before = clock.now()
    clock.measured(before - LARGEST_STEP - 1)
    machine.pass_time(10)
    assert clock.now() == before + 10_000_000
    clock.measured(before + 11_000_000)
    assert clock.now() == before + 11_000_000


def test_a_store_that_committed_ahead_of_its_clock_does_not_stop_time(machine):
    clock = StoreClock()
    clock.measured(1_000_000_000)
    floor = 1_000_000_000 + 10 * LARGEST_STEP
    for _ in range(3):
        clock.hold_floor(floor)
        clock.measured(1_000_000_000)
    machine.pass_time(10)
    assert clock.now() == floor + 10_000_000
