"""An application that becomes another one: when it looks, and what it serves meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable

from tokenhouse.serving.turning import Turning


class Named:
    """Says its name to whoever asks."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.closed = False

    async def __call__(self, _scope, _receive, send) -> None:
        await send({"said": self.name})

    def close(self) -> None:
        self.closed = True


class Place:
    """Where the second application turns up, and how often somebody looked."""

    def __init__(self) -> None:
        self.there: Named | None = None
        self.looks = 0
        self.fault: Exception | None = None

    def look(self) -> Named | None:
        self.looks += 1
        if self.fault is not None:
            raise self.fault
        return self.there


def within(work: Callable[[Turning, Place], Awaitable[None]]) -> tuple[Named, Place]:
    first, place = Named("first"), Place()

    async def run() -> None:
        await work(Turning(first, place.look), place)

    asyncio.run(run())
    return first, place


async def ask(turning: Turning) -> str:
    said: list[str] = []

    async def send(message) -> None:
        said.append(message["said"])

    async def receive() -> None:
        return None

    await turning({"type": "http"}, receive, send)
    return said[0]


def test_many_requests_are_one_look() -> None:
    async def work(turning: Turning, place: Place) -> None:
        asked = await asyncio.gather(*(ask(turning) for _ in range(50)))
        assert set(asked) == {"first"}
        assert place.looks == 1

    within(work)


def test_what_is_told_to_look_does_so_before_the_next_answer_and_never_again() -> None:
    async def work(turning: Turning, place: Place) -> None:
        assert await ask(turning) == "first"
        place.there = Named("then")
        assert await ask(turning) == "first"
        turning.look_now()
        asked = await asyncio.gather(*(ask(turning) for _ in range(50)))
        assert set(asked) == {"then"}
        assert place.looks == 2
        turning.look_now()
        assert await ask(turning) == "then"
        assert place.looks == 2

    within(work)


def test_a_look_that_fails_changes_nothing() -> None:
    async def work(turning: Turning, place: Place) -> None:
        place.fault = RuntimeError("unforeseen")
        assert await ask(turning) == "first"
        place.fault, place.there = None, Named("then")
        turning.look_now()
        assert await ask(turning) == "then"

    within(work)


def test_both_are_closed_at_the_end() -> None:
    async def work(turning: Turning, place: Place) -> None:
        place.there = Named("then")
        assert await ask(turning) == "then"
        messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
        sent: list[str] = []

        async def receive() -> dict[str, str]:
            return next(messages)

        async def send(message) -> None:
            sent.append(message["type"])

        await turning({"type": "lifespan"}, receive, send)
        assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]

    first, place = within(work)
    assert first.closed
    assert place.there is not None
    assert place.there.closed
