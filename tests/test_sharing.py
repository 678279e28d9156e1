"""Pieces of work share a thread: who waits gives way, and nobody is taken for another."""

import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from threading import Event, Thread, get_ident

import pytest

from tokenhouse import sharing
from tokenhouse.sharing import Pause, SharedThread, beside, here, shared_thread

PATIENCE = 10.0


@pytest.fixture
def shared() -> Iterator[SharedThread]:
    thread = SharedThread("shared in a test", 4)
    yield thread
    thread.close(PATIENCE)
    assert not thread._thread.is_alive()


def done(shared: SharedThread, *works: Callable[[], None]) -> None:
    """Have all of it done."""
    left = [Event() for _ in works]

    def piece(work: Callable[[], None], end: Event) -> Callable[[], None]:
        def do() -> None:
            try:
                work()
            finally:
                end.set()

        return do

    for work, end in zip(works, left, strict=True):
        shared.start(piece(work, end))
    for end in left:
        assert end.wait(PATIENCE)


def test_while_one_waits_the_others_go_on_in_the_same_thread(shared: SharedThread) -> None:
    told, pauses = list[tuple[str, int]](), list[Pause]()

    def waits() -> None:
        pauses.append(Pause())
        told.append(("waits", get_ident()))
        assert pauses[0].wait(PATIENCE)
        told.append(("goes on", get_ident()))

    def ends() -> None:
        told.append(("ends it", get_ident()))
        pauses[0].end()

    done(shared, waits, ends)
    assert [what for what, _ in told] == ["waits", "ends it", "goes on"]
    assert len({thread for _, thread in told}) == 1


def test_what_was_ended_before_it_began_to_wait_goes_on(shared: SharedThread) -> None:
    came = list[bool]()

    def waits() -> None:
        pause = Pause()
        other = Thread(target=pause.end)
        other.start()
        other.join()
        came.append(pause.wait(PATIENCE))

    done(shared, waits, waits)
    assert came == [True, True]


def test_who_waited_too_long_goes_on_though_others_never_cease(
    shared: SharedThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "LOOK_SECONDS", 0.05)
    came, late = list[bool](), list[Pause]()

    def waits() -> None:
        late.append(Pause())
        came.append(late[0].wait(0.1))

    def never_ceases() -> None:
        if not came:
            time.sleep(0.001)
            shared.start(never_ceases)

    done(shared, never_ceases, waits)
    assert came == [False]
    late[0].end()  # too late: nobody goes on twice
    done(shared, lambda: None)
    assert came == [False]


def test_a_thread_of_its_own_waits_and_gives_up_as_well() -> None:
    pause = Pause()
    assert pause.shared is None
    assert pause.carrier is None, "a thread that a greenlet is known of takes long to end"
    assert here() == get_ident()
    assert not pause.wait(0.01)
    again = Pause()
    Thread(target=again.end).start()
    assert again.wait(PATIENCE)


def test_no_more_are_under_way_than_may_be(shared: SharedThread) -> None:
    begun, pauses = list[int](), list[Pause]()

    def waits(number: int) -> Callable[[], None]:
        def piece() -> None:
            begun.append(number)
            pauses.append(Pause())
            assert pauses[-1].wait(PATIENCE)

        return piece

    for number in range(10):
        shared.start(waits(number))
    while len(begun) < 4:
        time.sleep(0.001)
    time.sleep(0.05)
    assert begun == [0, 1, 2, 3]
    for place in range(10):
        while len(pauses) <= place:
            time.sleep(0.001)
        pauses[place].end()
    assert begun == list(range(10))


def test_pieces_are_told_apart_and_so_are_threads(shared: SharedThread) -> None:
    names, pauses = list[object](), list[Pause]()

    def waits() -> None:
        names.append(here())
        pauses.append(Pause())
        pauses[-1].wait(PATIENCE)
        assert here() == names[0]

    def other() -> None:
        names.append(here())
        pauses[0].end()

    done(shared, waits, other)
    elsewhere = Thread(target=lambda: names.append(here()))
    elsewhere.start()
    elsewhere.join()
    names.append(here())
    assert len(set(names)) == 4


def test_at_rest_it_does_once_what_was_asked_for(shared: SharedThread) -> None:
    told, pauses, rested = list[str](), list[Pause](), Event()

    def at_rest() -> None:
        told.append("at rest")
        rested.set()

    def asks() -> None:
        shared.when_at_rest(at_rest)
        pauses.append(Pause())
        told.append("waits")
        pauses[0].wait(PATIENCE)
        told.append("goes on")

    shared.start(asks)
    assert rested.wait(PATIENCE)
    pauses[0].end()
    done(shared, lambda: None)
    assert told == ["waits", "at rest", "goes on"]


def test_what_goes_beside_holds_nobody_up_and_its_outcome_and_fault_come_back(
    shared: SharedThread,
) -> None:
    told, gate = list[object](), Event()

    def slow() -> int:
        assert shared_thread() is None
        assert gate.wait(PATIENCE)
        return 7

    def fails() -> None:
        raise KeyError("gone")

    def asks() -> None:
        told.append(beside(slow))
        with pytest.raises(KeyError, match="gone"):
            beside(fails)
        told.append("told")

    def opens() -> None:
        told.append("meanwhile")
        gate.set()

    done(shared, asks, opens)
    assert told == ["meanwhile", 7, "told"]


def test_on_a_thread_of_its_own_nothing_goes_beside() -> None:
    assert beside(get_ident) == get_ident()


def test_closing_lets_everything_come_to_its_end() -> None:
    thread, told, pauses = SharedThread("ends", 2), list[str](), list[Pause]()

    def waits() -> None:
        pauses.append(Pause())
        pauses[0].wait(PATIENCE)
        told.append("ended")

    thread.start(waits)
    while not pauses:
        time.sleep(0.001)
    thread.close(0)
    assert thread._thread.is_alive()
    pauses[0].end()
    thread.close(PATIENCE)
    assert told == ["ended"]
    assert not thread._thread.is_alive()


def test_thousands_that_wait_at_the_same_time_each_go_on_once(shared: SharedThread) -> None:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    came = list[int]()
    enders = threading.Semaphore(0)
    waiting: list[Pause] = []
    over = Event()

    def waits(number: int) -> Callable[[], None]:
        def piece() -> None:
            for _ in range(3):
                pause = Pause()
                waiting.append(pause)
                enders.release()
                assert pause.wait(PATIENCE)
            came.append(number)

        return piece

    def ends() -> None:
        while not over.is_set():
            if enders.acquire(timeout=0.05):
                waiting.pop().end()

    threads = [Thread(target=ends) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        done(shared, *(waits(number) for number in range(2000)))
    finally:
        over.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(before)
    assert sorted(came) == list(range(2000))


def test_a_thread_that_has_nothing_to_do_keeps_no_request(shared: SharedThread) -> None:
    class Request:
        pass

    kept = list[weakref.ref[Request]]()

    def work(request: Request) -> Callable[[], None]:
        def piece() -> None:
            pause = Pause()
            Thread(target=pause.end).start()
            pause.wait(PATIENCE)
            assert request is not None

        return piece

    for _ in range(3):
        request = Request()
        kept.append(weakref.ref(request))
        shared.start(work(request))
    del request
    until = time.monotonic() + PATIENCE
    while any(one() is not None for one in kept) and time.monotonic() < until:
        time.sleep(0.001)
    assert [one() for one in kept] == [None] * 3
