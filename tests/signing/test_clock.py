"""Clocks never go backwards, and refuse to follow one that was set back far."""

import random
import re
import time

import pytest

from tokenhouse import clock as module
from tokenhouse.clock import LARGEST_STEP, UNLOOKED_MS, StoreClock, SystemClock
from tokenhouse.core.moment import SECOND
from tokenhouse.core.refusal import Unavailable


class Machine:
    """The two clocks of the machine, in nanoseconds, as a test sets them."""

    def __init__(self, monkeypatch) -> None:
        self.wall = 1_900_000_000 * 10**9
        self.uptime = 5 * 10**9
        monkeypatch.setattr(time, "time_ns", lambda: self.wall)
        monkeypatch.setattr(module, "uptime", lambda: self.uptime)

    def set(self, seconds: int) -> None:
        """Set the wall clock ahead of where it stands, or (negative) back."""
        self.wall += seconds * 10**9

    def pass_time(self, seconds: int) -> None:
        self.wall += seconds * 10**9
        self.uptime += seconds * 10**9


@pytest.fixture
def machine(monkeypatch) -> Machine:
    """Its clocks are looked at each time."""
    monkeypatch.setattr(SystemClock, "_unlooked_ns", 0)
    monkeypatch.setattr(StoreClock, "_unlooked_ns", 0)
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


class Pair:
    """Two clocks of one machine: `seen` looks each time, `shy` may wait for a millisecond."""

    def __init__(self, machine: Machine, sort: type) -> None:
        self.machine = machine
        self.chance = random.Random(8)
        self.shy = sort()
        self.seen = type("Seen", (sort,), {"_unlooked_ns": 0})()
        self.last = 0

    def both(self, method: str, *arguments: int) -> None:
        for clock in (self.shy, self.seen):
            getattr(clock, method)(*arguments)

    def pass_time(self) -> None:
        passed = self.chance.randrange(400_000)
        self.machine.uptime += passed
        self.machine.wall += passed
        if self.chance.random() < 0.02:
            self.machine.set(self.chance.choice([-70, -50, -2, 2, 70, 5]))

    def disturb(self, step: int) -> None:
        """Commit something, and measure the store's clock, from time to time."""
        now = self.machine.wall // 1000
        if self.chance.random() < 0.02:
            accepted = self.chance.choice([0, step])
            if accepted > (self.seen._accepted or 0):
                self.last = 0
            self.both("hold_floor", now + self.chance.randrange(-SECOND, 10 * SECOND), accepted)
        if isinstance(self.shy, StoreClock) and (step == 0 or self.chance.random() < 0.1):
            self.both("measured", now)

    def ask(self) -> tuple[int | None, bool]:
        """What the shy one says, and whether it looked for that."""
        looks, read = [], self.shy._read
        self.shy._read = lambda since_boot: looks.append(1) or read(since_boot)
        told = _told(self.shy.now)
        del self.shy._read
        if told is not None:
            assert told >= max(self.last, self.seen._floor)
            self.last = told
        return told, bool(looks)


@pytest.mark.parametrize("sort", [SystemClock, StoreClock])
def test_between_two_looks_it_goes_as_the_boot_clock_does_and_never_back(monkeypatch, sort):
    machine = Machine(monkeypatch)
    pair, refused, unlooked, looked_at = Pair(machine, sort), 0, 0, 0
    for step in range(20_000):
        pair.pass_time()
        pair.disturb(step)
        told, looked = pair.ask()
        refused += told is None
        if looked:
            looked_at, seen = machine.uptime, _told(pair.seen.now)
            assert (told is None) is (seen is None)
            assert told is None or 0 <= told - seen <= UNLOOKED_MS * 1000
        else:
            assert machine.uptime - looked_at < UNLOOKED_MS * 1_000_000
            unlooked += 1
    assert 0 < refused < 20_000
    assert unlooked > 1000


def _told(now):
    try:
        return now()
    except Unavailable:
        return None
