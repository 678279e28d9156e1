"""What the threads of operations promise to whoever waits for one of them."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import pytest

from tokenhouse.boundary import pool as pools
from tokenhouse.boundary.bridge import TOLD_AT_ONCE
from tokenhouse.boundary.pool import Busy, Pool
from tokenhouse.core.refusal import Unavailable

T = TypeVar("T")


def within(pool: Pool, task: Callable[[], Awaitable[T]]) -> T:
    async def run() -> T:
        try:
            return await task()
        finally:
            pool.close()

    return asyncio.run(run())


def test_the_outcome_comes_back() -> None:
    pool = Pool(1, 0)
    assert within(pool, lambda: pool.run(threading.get_ident)) != threading.get_ident()


@pytest.mark.parametrize("fault", [KeyError, SystemExit, StopIteration])
def test_a_fault_comes_back_and_the_thread_goes_on(fault: type[BaseException]) -> None:
    pool = Pool(1, 0)

    def fail() -> None:
        raise fault

    async def both() -> str:
        with pytest.raises((fault, RuntimeError)):
            await pool.run(fail)
        return await pool.run(lambda: "served")

    assert within(pool, both) == "served"


def test_there_are_only_as_many_threads_as_work_and_never_more_than_allowed() -> None:
    pool = Pool(2, 8)

    async def one_by_one() -> set[int]:
        return {await pool.run(threading.get_ident) for _ in range(5)}

    async def at_once() -> set[int]:
        return set(await asyncio.gather(*(pool.run(threading.get_ident) for _ in range(10))))

    async def both() -> tuple[set[int], set[int]]:
        return await one_by_one(), await at_once()

    first, then = within(pool, both)
    assert len(first) == 1
    assert len(first | then) <= 2


def test_closing_ends_the_threads_after_what_was_taken_and_takes_no_more() -> None:
    pool, done = Pool(1, 5), list[int]()
    before = threading.active_count()

    async def work() -> None:
        taken = [asyncio.create_task(pool.run(lambda: done.append(1))) for _ in range(5)]
        await asyncio.sleep(0)
        pool.close()
        await asyncio.gather(*taken)
        with pytest.raises(Unavailable):
            await pool.run(lambda: None)

    asyncio.run(work())
    assert len(done) == 5
    assert threading.active_count() == before


def test_closing_waits_only_a_moment_for_work_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "CLOSE_SECONDS", 0.1)
    pool, gate = Pool(1, 0), threading.Event()

    async def work() -> None:
        hanging = asyncio.create_task(pool.run(gate.wait))
        await asyncio.sleep(0)
        pool.close()
        assert not hanging.done()
        gate.set()
        assert await hanging

    asyncio.run(work())


def test_work_whose_caller_went_away_before_it_began_is_not_done() -> None:
    pool, gate, done = Pool(1, 1), threading.Event(), list[int]()

    async def work() -> None:
        first = asyncio.create_task(pool.run(gate.wait))
        second = asyncio.create_task(pool.run(lambda: done.append(1)))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        gate.set()
        await first
        await pool.run(lambda: None)

    within(pool, work)
    assert done == []


def test_a_loop_that_ended_does_not_end_the_thread() -> None:
    pool, gate = Pool(1, 1), threading.Event()

    async def leave() -> None:
        task = asyncio.create_task(pool.run(gate.wait))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(leave())
    gate.set()
    assert within(pool, lambda: pool.run(lambda: "served")) == "served"


def test_nobody_stands_behind_one_who_has_waited_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, gate, done = Pool(1, 9), threading.Event(), list[str]()

    async def work() -> None:
        under_way = [asyncio.create_task(pool.run(gate.wait)) for _ in range(2)]
        await asyncio.sleep(0.05)
        monkeypatch.setattr(pools, "WAIT_SECONDS", 0.0)
        with pytest.raises(Busy):
            await pool.run(lambda: done.append("behind"))
        monkeypatch.setattr(pools, "WAIT_SECONDS", 60.0)
        gate.set()
        assert all(await asyncio.gather(*under_way))
        await pool.run(lambda: done.append("later"))

    within(pool, work)
    assert done == ["later"]


def test_who_waited_too_long_is_refused_and_nothing_was_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool, gate, done = Pool(1, 9), threading.Event(), list[str]()

    async def work() -> None:
        first = asyncio.create_task(pool.run(gate.wait))
        second = asyncio.create_task(pool.run(lambda: done.append("late")))
        await asyncio.sleep(0.05)
        monkeypatch.setattr(pools, "WAIT_SECONDS", 0.0)
        gate.set()
        assert await first
        with pytest.raises(Busy):
            await second
        monkeypatch.setattr(pools, "WAIT_SECONDS", 60.0)
        await pool.run(lambda: done.append("in time"))

    within(pool, work)
    assert done == ["in time"]


def test_who_is_done_is_told_though_the_shared_thread_never_comes_to_rest() -> None:
    pool, ended = Pool(4, 2 * TOLD_AT_ONCE, shares=True), threading.Event()

    async def all_told() -> None:
        left, told = [*range(TOLD_AT_ONCE)], asyncio.Event()

        def tell(_: None, __: BaseException | None) -> None:
            left.pop()
            if not left:
                told.set()

        for _ in range(TOLD_AT_ONCE):
            pool.begin(lambda: None, tell, brief=True)
        shared = pool._shared
        assert shared is not None

        def without_rest() -> None:
            if not ended.is_set():
                shared.start(without_rest)

        shared.start(without_rest)
        try:
            await asyncio.wait_for(told.wait(), 10)
        finally:
            ended.set()

    within(pool, all_told)


def test_what_came_just_before_closing_is_done_and_told() -> None:
    pool = Pool(4, 4, shares=True)

    async def close_at_once() -> str | None:
        told: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        pool.begin(lambda: "done", lambda outcome, _: told.set_result(outcome), brief=True)
        pool.close()
        return await asyncio.wait_for(told, 10)

    assert within(pool, close_at_once) == "done"


def test_what_came_at_once_is_begun_together_and_told_with_one_wake() -> None:
    pool, wakes, begun = Pool(16, 16, shares=True), list[object](), list[int]()

    async def at_once() -> None:
        loop, told = asyncio.get_running_loop(), asyncio.Event()
        wake = loop.call_soon_threadsafe

        def counted(callback: Callable[..., object], *given: object) -> asyncio.Handle:
            wakes.append(callback)
            return wake(callback, *given)

        loop.call_soon_threadsafe = counted  # type: ignore[method-assign, assignment]

        def work(number: int) -> None:
            begun.append(number)
            time.sleep(0.005)  # so that the loop would have its turn

        for number in range(10):
            pool.begin(partial(work, number), lambda *_: told.set(), brief=True)
        time.sleep(0.05)  # noqa: ASYNC251 -- as if more was read meanwhile
        assert begun == []
        await asyncio.wait_for(told.wait(), 10)

    within(pool, at_once)
    assert begun == [*range(10)]
    assert len(wakes) == 1
