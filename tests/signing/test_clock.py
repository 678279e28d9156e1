"""Clocks never go backwards, and refuse to follow one that was set back far."""

import random
import re
import time

import pytest

from tokenhouse.clock import LARGEST_STEP, StoreClock, SystemClock
from tokenhouse.core.moment import SECOND
from tokenhouse.core.refusal import Unavailable


class Machine:
    """The two clocks of the machine, in nanoseconds, as a test sets them."""

    def __init__(self, monkeypatch) -> None:
        self.wall = 1_900_000_000 * 10**9
        self.uptime = 5 * 10**9
        monkeypatch.setattr(time, "time_ns", lambda: self.wall)
        monkeypatch.setattr(time, "clock_gettime_ns", lambda _: self.uptime)

    def set(self, seconds: int) -> None:
        """Set the wall clock ahead of where it stands, or (negative) back."""
        self.wall += seconds * 10**9

    def pass_time(self, seconds: int) -> None:
        self.wall += seconds * 10**9
        self.uptime += seconds * 10**9


@pytest.fixture
def machine(monkeypatch) -> Machine:
    return Machine(monkeypatch)


def test_it_gives_the_machines_clock_in_whole_microseconds(machine):
    machine.wall += 1_999
    assert SystemClock().now() == 1_900_000_000_000_001


def test_a_small_step_backwards_is_not_followed_and_time_goes_on(machine):
    clock = SystemClock()
    before = clock.now()
    machine.set(-60)
    assert clock.now() == before
    machine.pass_time(10)
    assert clock.now() == before + 10_000_000


def test_a_step_forwards_is_followed(machine):
    clock = SystemClock()
    before = clock.now()
    machine.set(3600)
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
    machine.set(-30)
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


def test_a_store_that_committed_a_little_ahead_of_its_clock_is_waited_for(machine):
    clock = StoreClock()
    floor = 1_000_000_000 + LARGEST_STEP
    for _ in range(3):
        clock.measured(1_000_000_000)
        clock.hold_floor(floor)
    assert clock.now() == floor
    machine.pass_time(61)
    assert clock.now() == floor + SECOND


class Followed:
    """One of the two clocks, and the clock that it goes by, which a test sets."""

    def __init__(self, machine: Machine, store: bool) -> None:
        self.machine = machine
        self.clock = StoreClock() if store else SystemClock()
        self.measure()

    def measure(self) -> None:
        if isinstance(self.clock, StoreClock):
            self.clock.measured(self.machine.wall // 1000)

    def step(self, seconds: int) -> None:
        self.machine.set(seconds)
        self.measure()

    def refuses(self) -> int:
        """The seconds by which the clock is told to stand behind."""
        with pytest.raises(Unavailable, match="tokenhouse clock accept") as refused:
            self.clock.now()
        (seconds,) = re.findall(r"stands (\d+) seconds behind", str(refused.value))
        return int(seconds)


@pytest.fixture(params=[False, True], ids=["machine's", "store's"])
def followed(request, machine) -> Followed:
    return Followed(machine, store=request.param)


def test_a_large_step_backwards_is_refused_until_it_is_undone(followed, machine):
    before = followed.clock.now()
    followed.step(-61)
    assert followed.refuses() == 61
    machine.pass_time(1000)
    assert followed.refuses() == 61, "the boot clock goes on as well"
    followed.step(61)
    assert followed.clock.now() == before + 1000 * SECOND


def test_small_steps_backwards_add_up(followed):
    followed.clock.now()
    followed.step(-40)
    followed.clock.now()
    followed.step(-40)
    assert followed.refuses() == 80


def test_a_clock_far_behind_the_last_commit_is_refused_from_the_start_until_it_catches_up(
    followed, machine
):
    floor = machine.wall // 1000 + 3600 * SECOND
    followed.clock.hold_floor(floor, 3)
    assert followed.refuses() == 3600
    machine.pass_time(3539)
    assert followed.refuses() == 61
    machine.pass_time(1)
    assert followed.clock.now() == floor
    assert followed.clock.jump() is None, "a step that nobody saw is none"


def test_a_commit_far_ahead_of_a_running_clock_has_it_refused(followed):
    followed.clock.hold_floor(followed.clock.now(), 3)
    followed.clock.hold_floor(followed.clock.now() + 100 * SECOND, 3)
    assert followed.refuses() == 100


def test_after_an_acceptance_the_floor_counts_anew(followed, machine):
    followed.clock.hold_floor(followed.clock.now(), 3)
    followed.step(-3600)
    assert followed.refuses() == 3600
    back = machine.wall // 1000
    followed.clock.hold_floor(back, 8)
    assert followed.clock.now() == back
    assert followed.clock.jump() is None
    followed.clock.hold_floor(back + 3600 * SECOND, 3)
    assert followed.clock.now() == back, "what was looked up before the acceptance is over"


def test_a_step_backwards_tells_what_was_expected_and_what_was_read(followed, machine):
    followed.clock.now()
    machine.pass_time(5)
    expected = machine.wall // 1000
    followed.step(-3600)
    assert followed.clock.jump() == (expected, expected - 3600 * SECOND)


@pytest.mark.parametrize(("seconds", "told"), [(60, False), (61, True)])
def test_a_large_step_forwards_is_followed_and_remembered_until_it_is_accepted(
    followed, machine, seconds, told
):
    followed.clock.hold_floor(followed.clock.now(), 0)
    expected = machine.wall // 1000
    followed.step(seconds)
    read = expected + seconds * SECOND
    assert followed.clock.now() == read
    machine.pass_time(100)
    assert followed.clock.jump() == ((expected, read) if told else None)
    followed.clock.hold_floor(read, 5)
    assert followed.clock.jump() is None


def test_what_the_clock_says_is_read_though_it_be_refused(followed, machine):
    followed.clock.now()
    followed.step(-3600)
    assert followed.clock.unjudged() == machine.wall // 1000


@pytest.mark.parametrize("seconds", [2, 60, 61, 3600])
def test_what_it_skipped_is_known_until_an_acceptance(followed, machine, seconds):
    followed.clock.hold_floor(followed.clock.now(), 3)
    machine.pass_time(5)
    expected = machine.wall // 1000
    followed.step(seconds)
    assert followed.clock.skipped() == (expected, expected + seconds * SECOND)
    machine.pass_time(1000)
    assert followed.clock.skipped() == (expected, expected + seconds * SECOND)
    followed.clock.hold_floor(followed.clock.now(), 8)
    assert followed.clock.skipped() is None


def test_time_that_passes_skips_nothing_nor_does_a_step_of_a_second_or_one_back(followed, machine):
    followed.clock.now()
    machine.pass_time(1000)
    assert followed.clock.skipped() is None
    for seconds in (1, -30, -3600):
        followed.step(seconds)
        assert followed.clock.skipped() is None


def test_the_short_way_to_the_moment_gives_what_the_long_one_gives(machine):
    """Two clocks of one machine, of which one always takes the long way."""
    chance, refused = random.Random(8), 0
    for sort in (SystemClock, StoreClock):
        longer = type("Longer", (sort,), {"_bridged": -1})
        clocks = sort(), longer()
        for step in range(4000):
            machine.uptime += chance.randrange(3_000_000)
            machine.wall += chance.choice([0, 1_000, 3_000_000, -1_000_000, 500_000_000])
            if chance.random() < 0.02:
                machine.set(chance.choice([-70, -50, -2, 2, 70, 5]))
            if chance.random() < 0.05:
                floor = machine.wall // 1000 + chance.randrange(-SECOND, 10 * SECOND)
                accepted = chance.choice([0, step])
                for clock in clocks:
                    clock.hold_floor(floor, accepted)
            if sort is StoreClock and (step == 0 or chance.random() < 0.1):
                for clock in clocks:
                    clock.measured(machine.wall // 1000)
            told = [_told(clock.now) for clock in clocks]
            assert told[0] == told[1]
            refused += told[0] is None
            assert clocks[0].jump() == clocks[1].jump()
            assert clocks[0].skipped() == clocks[1].skipped()
    assert 0 < refused < 4000


def _told(now):
    try:
        return now()
    except Unavailable:
        return None
