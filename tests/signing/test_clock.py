"""The clock never goes backwards, and does not stand when the machine's does."""

import time

import pytest

from tokenhouse.clock import SystemClock


class Machine:
    """The two clocks of the machine, in nanoseconds, as a test sets them."""

    def __init__(self, monkeypatch) -> None:
        self.wall = 1_900_000_000 * 10**9
        self.uptime = 5 * 10**9
        monkeypatch.setattr(time, "time_ns", lambda: self.wall)
        monkeypatch.setattr(time, "monotonic_ns", lambda: self.uptime)

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
