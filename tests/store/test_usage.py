"""What was counted is what is kept, whatever happens on the way; it is bounded, and forgotten."""

import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from conformance.world import HandClock, World, filled, new_id
from engines import ENGINES, opened
from postgres import Server
from tokenhouse.core.judge import Reason
from tokenhouse.core.moment import DAY, HOUR, MINUTE, Moment
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.token import Token
from tokenhouse.core.usage import (
    OUTCOMES,
    RECENT_DAYS,
    Outcome,
    day_of,
    days,
    first_recent,
    hours,
    over_days,
    over_hours,
    recent_days,
)
from tokenhouse.operations import usage as collecting
from tokenhouse.operations.ports import UsageStore
from tokenhouse.operations.token_usage import ForgetUsage
from tokenhouse.operations.usage import Counted, Usage
from tokenhouse.sharing import Pause, SharedThread
from tokenhouse.store.memory import MemoryUsage
from tokenhouse.store.postgres import PostgresUsage, open_postgres
from tokenhouse.store.sqlite import SqliteUsage

NOW: Moment = 1_900_000_000_000_000 // DAY * DAY
ACCEPTED, ENDED = Outcome.ACCEPTED, Outcome.ENDED
Opening = Callable[[], UsageStore]


@pytest.fixture(params=ENGINES)
def another(request: pytest.FixtureRequest, postgres: Server, tmp_path: Path) -> Iterator[Opening]:
    """Opens the same place once more, as another process does."""
    with ExitStack() as stack:
        kept = MemoryUsage()
        url: Any = None
        if request.param == "postgres":
            url = stack.enter_context(postgres.database())
            open_postgres(url, HandClock(), os.urandom).close()  # makes the schema

        def open_one() -> UsageStore:
            if request.param == "memory":
                return kept
            store: UsageStore = PostgresUsage(url) if url else SqliteUsage(tmp_path / "usage.db")
            stack.callback(store.close)
            return store

        yield open_one


@pytest.fixture
def store(another: Opening) -> UsageStore:
    return another()


def token_of(number: int) -> Token:
    holder = HolderKind.ORGANIZATION
    return filled(Token, id=UUID(int=number << 64), holder_kind=holder)


ONE = token_of(1)


def counted(store: UsageStore, *presented: tuple[Token, Outcome, Moment]) -> None:
    """Count in a process of its own, and write."""
    usage = Usage(store, os.urandom)
    for token, outcome, moment in presented:
        usage.count(token, outcome, moment)
    usage.write()


def shown(store: UsageStore, token: Token, now: Moment) -> tuple[Counter, Counter]:
    """Hours and days as people see them."""
    kept = store.usage_of(token.id)
    listed = (hours(kept, now), days(kept, now))
    return tuple(
        Counter({(one.since, outcome): n for one in periods for outcome, n in one.uses.items()})
        for periods in listed
    )


def test_every_reason_but_that_it_is_unknown_counts_as_one_outcome():
    assert OUTCOMES.keys() == {*Reason, None} - {Reason.UNKNOWN}
    assert {*OUTCOMES.values()} == {*Outcome}


def test_processes_add_up_by_outcome_hour_and_day(another: Opening):
    one, other = another(), another()
    counted(one, (ONE, ACCEPTED, NOW), (ONE, ACCEPTED, NOW + 1), (ONE, ENDED, NOW + HOUR))
    counted(other, (ONE, ACCEPTED, NOW + MINUTE), (token_of(2), ACCEPTED, NOW))
    by_hour, by_day = shown(one, ONE, NOW)
    assert by_hour == {(NOW, ACCEPTED): 3, (NOW + HOUR, ENDED): 1}
    assert by_day == {(NOW, ACCEPTED): 3, (NOW, ENDED): 1}


def test_a_refusal_is_no_last_use_and_an_older_use_no_later_one(another: Opening):
    one, other, two = another(), another(), token_of(2)
    counted(one, (ONE, ACCEPTED, NOW + 7), (ONE, ENDED, NOW + 9), (two, ENDED, NOW))
    counted(other, (ONE, ACCEPTED, NOW + 5))
    assert one.last_used((ONE.id, two.id, token_of(3).id)) == {ONE.id: NOW + 7}


def test_a_device_was_used_last_when_any_of_its_tokens_was(store: UsageStore):
    device = token_of(9).id
    old, new = (
        replace(token_of(number), holder_kind=HolderKind.DEVICE, holder_id=device)
        for number in (1, 2)
    )
    counted(store, (new, ACCEPTED, NOW + 2), (old, ACCEPTED, NOW + 5), (new, ENDED, NOW + 8))
    assert store.last_used((device,)) == {device: NOW + 5}


def test_the_last_days_of_several_tokens_are_what_each_shows(store: UsageStore):
    tokens = [token_of(number) for number in range(1, 5)]
    for place, token in enumerate(tokens[:3]):
        for day in range(0, 20, place + 1):
            at = NOW - day * DAY + 5 * HOUR
            counted(store, (token, ACCEPTED, at), (token, ACCEPTED, at + HOUR), (token, ENDED, at))
            counted(store, (token, Outcome.EXPIRED, at))
    ids, first = tuple(tokens[place].id for place in (0, 1, 3)), first_recent(NOW)
    for now in (NOW + HOUR, NOW + DAY - 1):
        while store.roll(now, 1000):
            """Some of it becomes days; today's hours stay."""
        kept = store.days_since(ids, first)
        assert kept.keys() == {tokens[0].id, tokens[1].id}
        for one in (count for counts in kept.values() for count in counts):
            assert one.since >= first
            assert one.since % DAY == 0
        for token in (tokens[0], tokens[1], tokens[3]):
            _, by_day = shown(store, token, now)
            told = recent_days(kept.get(token.id, ()), now)
            assert [day.since for day in told] == [first + n * DAY for n in range(RECENT_DAYS)]
            for day in told:
                refused = by_day[day.since, ENDED] + by_day[day.since, Outcome.EXPIRED]
                assert (day.accepted, day.refused) == (by_day[day.since, ACCEPTED], refused)
    assert sum(day.accepted for day in recent_days(kept[tokens[0].id], NOW)) == 2 * RECENT_DAYS


def test_the_last_uses_of_thousands_of_tokens_are_told_at_once(store: UsageStore):
    tokens = [token_of(number) for number in range(1, 2001)]
    counted(store, *((token, ACCEPTED, NOW + place) for place, token in enumerate(tokens)))
    unused = [UUID(int=(number << 64) + 1) for number in range(18_000)]
    dice, ids = random.Random(0), [*(token.id for token in tokens), *unused]
    dice.shuffle(ids)
    told = store.last_used(tuple(ids))
    assert told == {token.id: NOW + place for place, token in enumerate(tokens)}


class Faulty:
    """A store of which each batch may be lost on the way there, or its answer on the way back."""

    def __init__(self, store: UsageStore, dice: random.Random) -> None:
        self.store = store
        self.dice = dice
        self.faults = 0.0

    def add(self, batch: Any) -> None:
        if self.dice.random() < self.faults:
            raise Unavailable("lost on the way there")
        self.store.add(batch)
        if self.dice.random() < self.faults:
            raise Unavailable("lost on the way back")


class Process:
    """One that counts, and what it has to have written."""

    def __init__(self, store: UsageStore, dice: random.Random) -> None:
        self.faulty = Faulty(store, dice)
        self.usage = Usage(self.faulty, os.urandom)  # type: ignore[arg-type]
        self.unwritten: list[tuple[Token, Outcome, Moment]] = []

    def write(self, *, faults: float) -> list[tuple[Token, Outcome, Moment]]:
        """What is sure to be kept now: all of it, unless something was lost."""
        self.faulty.faults = faults
        try:
            self.usage.write()
        except Unavailable:
            return []
        written, self.unwritten = self.unwritten, []
        return written


@pytest.mark.parametrize("seed", range(3))
def test_the_sum_that_is_shown_is_the_sum_that_was_counted(another: Opening, seed: int):
    """However counts, batches that are lost on either way, days that begin and kills mix."""
    dice = random.Random(seed)
    tokens = [token_of(number) for number in range(1, 4)]
    processes = [Process(another(), dice), Process(another(), dice)]
    reader, kept, now = another(), list[tuple[Token, Outcome, Moment]](), NOW
    for _ in range(300):
        process = dice.choice(processes)
        chance = dice.random()
        if chance < 0.6:
            presented = dice.choice(tokens), dice.choice([*Outcome]), now - dice.randrange(HOUR)
            process.usage.count(*presented)
            process.unwritten.append(presented)
        elif chance < 0.75:
            kept += process.write(faults=0.4)
        elif chance < 0.9:
            now += dice.randrange(5 * HOUR)
            dice.choice([reader, process.faulty.store]).roll(now, dice.choice([1, 3, 500]))
        elif chance < 0.92:
            now += 20 * DAY
        else:
            kept += process.write(faults=0.0)  # so that it is known what a kill takes with it
            process.usage.count(tokens[0], ACCEPTED, now)
            process.usage = Usage(process.faulty, os.urandom)  # type: ignore[arg-type]
    for process in processes:
        kept += process.write(faults=0.0)
    for token in tokens:
        expected = expectation(token, kept, now)
        assert shown(reader, token, now) == expected
        while reader.roll(now, 7):
            assert shown(reader, token, now) == expected
    accepted = [(token.id, at) for token, outcome, at in kept if outcome is ACCEPTED]
    last = {one: max(at for two, at in accepted if two == one) for one, _ in accepted}
    assert reader.last_used(tuple(one.id for one in tokens)) == last


def expectation(
    token: Token, kept: list[tuple[Token, Outcome, Moment]], now: Moment
) -> tuple[Counter, Counter]:
    of = [(outcome, at) for one, outcome, at in kept if one is token]
    by_hour = Counter((at - at % HOUR, outcome) for outcome, at in of)
    by_day = Counter((day_of(at), outcome) for outcome, at in of)
    return (
        Counter({key: uses for key, uses in by_hour.items() if key[0] > over_hours(now)}),
        Counter({key: uses for key, uses in by_day.items() if key[0] > over_days(now)}),
    )


def test_what_is_over_is_kept_no_longer(store: UsageStore):
    counted(store, (ONE, ACCEPTED, NOW), (ONE, ACCEPTED, NOW + 5 * HOUR))
    assert store.roll(NOW + 48 * HOUR, 500) == 0
    assert store.roll(NOW + 49 * HOUR, 500) == 1
    kept = store.usage_of(ONE.id)
    assert (len(kept.hours), len(kept.days)) == (1, 1)
    assert store.roll(NOW + 91 * DAY - 1, 500) == 1
    assert len(store.usage_of(ONE.id).days) == 1
    assert store.roll(NOW + 91 * DAY, 500) == 1
    assert store.usage_of(ONE.id).days == ()


def test_of_tokens_and_devices_that_are_gone_nothing_is_kept(
    request: pytest.FixtureRequest, tmp_path: Path, another: Opening
):
    engine, clock = request.node.callspec.params["another"], HandClock()
    with opened(engine, tmp_path / "records", clock, request.getfixturevalue) as (records, _):
        world, usage = World(records, clock), another()
        device = world.new_device()
        world.put(device)
        there, gone = world.issue(), [token_of(number) for number in range(1, 6)]
        of_device = replace(token_of(6), holder_kind=HolderKind.DEVICE, holder_id=device.id)
        counted(usage, *((one, ACCEPTED, NOW) for one in (there, of_device, *gone)))
        forget = ForgetUsage(records, usage)
        assert forget(NOW, 500) == len(gone) + 1
        assert {*usage.used_after(None, 500)} == {there.id, device.id}
        assert usage.usage_of(gone[0].id).hours == ()
        assert len(usage.usage_of(there.id).hours) == 1
        assert forget(NOW, 500) == 0
        assert records.existing((new_id(),)) == frozenset()


def test_all_are_looked_at_by_and_by(store: UsageStore, monkeypatch: pytest.MonkeyPatch):
    class Nothing:
        def existing(self, _: object) -> frozenset[UUID]:
            return frozenset()

    monkeypatch.setattr("tokenhouse.operations.token_usage.LOOKED_AT", 2)
    counted(store, *((token_of(number), ACCEPTED, NOW) for number in range(1, 6)))
    forget = ForgetUsage(Nothing(), store)  # type: ignore[arg-type]
    assert [forget(NOW, 500) for _ in range(4)] == [2, 2, 1, 0]


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("again", [False, True])
def test_threads_that_count_while_batches_are_written_lose_nothing(again: bool):
    store = MemoryUsage()
    usage, tokens = Usage(store, os.urandom), [token_of(number) for number in range(1, 8)]

    counted = [Counted(one, ACCEPTED) for one in tokens]

    def count() -> None:
        for number in range(20_000):
            if again:
                usage.again(counted[number % 7], NOW + number)
            else:
                usage.count(tokens[number % 7], ACCEPTED, NOW + number)

    threads = [Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        usage.write()
    usage.write()
    assert sum(sum(shown(store, one, NOW)[1].values()) for one in tokens) == 80_000


def test_only_so_much_is_counted_at_once_and_the_rest_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(collecting, "MOST_COUNTED", 10)
    store = MemoryUsage()
    usage = Usage(store, os.urandom)
    for number in range(1, 15):
        assert usage.due.is_set() == (number > 5)
        usage.count(token_of(number), ACCEPTED, NOW)
    usage.count(token_of(1), ACCEPTED, NOW)  # costs no memory, so it is counted
    assert usage.write() == 4
    assert not usage.due.is_set()
    assert len(store.used_after(None, 500)) == 10
    assert shown(store, token_of(1), NOW)[0] == {(NOW, ACCEPTED): 2}
    usage.count(token_of(14), ACCEPTED, NOW)
    assert usage.write() == 0


def test_what_a_store_does_not_take_for_long_costs_bounded_memory(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(collecting, "MOST_COUNTED", 10)
    dice = random.Random(1)
    process = Process(MemoryUsage(), dice)
    process.faulty.faults = 1.0
    for number in range(1, 200):
        process.usage.count(token_of(number), ACCEPTED, NOW)
        with suppress(Unavailable):
            process.usage.write()
    process.faulty.faults = 0.0
    process.usage.write()
    assert len(process.faulty.store.used_after(None, 500)) <= 20


def test_a_token_that_is_judged_several_times_in_one_request_is_counted_once_as_at_last():
    usage = Usage(MemoryUsage(), os.urandom)

    def request() -> None:
        usage.count(ONE, ACCEPTED, NOW)
        usage.count(token_of(2), ACCEPTED, NOW)
        usage.count(ONE, ENDED, NOW + 1)
        raise KeyError

    with pytest.raises(KeyError):
        usage.once(request)
    usage.write()
    assert shown(usage.store, ONE, NOW)[0] == {(NOW, ENDED): 1}
    assert shown(usage.store, token_of(2), NOW)[0] == {(NOW, ACCEPTED): 1}


def test_what_is_judged_for_somebody_who_may_not_answer_is_his_to_count():
    usage = Usage(MemoryUsage(), os.urandom)

    def fails() -> None:
        usage.count(ONE, ACCEPTED, NOW)
        raise KeyError

    with pytest.raises(KeyError):
        usage.uncounted(fails)
    done, presented = usage.uncounted(lambda: usage.once(lambda: usage.count(ONE, ENDED, NOW)))
    assert done is None
    assert [(counted.token, counted.outcome) for counted in presented] == [(ONE, ENDED)]
    usage.write()
    assert usage.store.usage_of(ONE.id).hours == ()
    for counted in presented:
        usage.again(counted, NOW)
    usage.write()
    assert shown(usage.store, ONE, NOW)[0] == {(NOW, ENDED): 1}


def test_of_those_who_share_a_thread_each_is_counted_by_himself():
    usage, pauses = Usage(MemoryUsage(), os.urandom), list[Pause]()
    told: dict[str, object] = {}

    def judged_twice() -> None:
        usage.count(ONE, ACCEPTED, NOW)
        pauses.append(Pause())
        pauses[0].wait(10)
        usage.count(ONE, ENDED, NOW)

    def uncounted() -> None:
        told["uncounted"], presented = usage.uncounted(
            lambda: usage.count(ONE, Outcome.EXPIRED, NOW)
        )
        told["presented"] = [one.outcome for one in presented]

    def counts() -> None:
        usage.count(ONE, ACCEPTED, NOW)
        pauses[0].end()

    shared = SharedThread("shared in a test", 3)
    for work in (lambda: usage.once(judged_twice), uncounted, counts):
        shared.start(work)
    shared.close(10)
    usage.write()
    assert told == {"uncounted": None, "presented": [Outcome.EXPIRED]}
    assert shown(usage.store, ONE, NOW)[0] == {(NOW, ACCEPTED): 1, (NOW, ENDED): 1}


def test_a_spoiled_file_begins_anew_and_is_its_owners_alone(tmp_path: Path):
    path = tmp_path / "usage.db"
    path.write_bytes(b"no database" * 1000)
    path.chmod(0o600)
    store = SqliteUsage(path)
    counted(store, (ONE, ACCEPTED, NOW))
    assert store.last_used((ONE.id,)) == {ONE.id: NOW}
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    store.close()


def test_whoever_reads_never_waits_for_a_batch(tmp_path: Path):
    one, other = SqliteUsage(tmp_path / "usage.db"), SqliteUsage(tmp_path / "usage.db")
    counted(one, (ONE, ACCEPTED, NOW))
    other._connection.execute("BEGIN IMMEDIATE")
    assert one.last_used((ONE.id,)) == {ONE.id: NOW}
    assert shown(one, ONE, NOW)[0] == {(NOW, ACCEPTED): 1}
    other._connection.execute("ROLLBACK")
    one.close()
    other.close()
