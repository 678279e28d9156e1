"""Our plugin for amqtt follows the changes, also where they cannot be followed."""

import asyncio
from time import monotonic
from typing import Any

import pytest

from tokenhouse.plugins.amqtt import watch as module
from tokenhouse.plugins.amqtt.authority import Admission, Credential, GoneError, Refusal
from tokenhouse.plugins.amqtt.connections import Connection, Connections
from tokenhouse.plugins.amqtt.http import UnansweredError
from tokenhouse.plugins.amqtt.watch import Watch

WHO = Credential("token", "", "17", "")


def admission() -> Admission:
    return Admission("device", frozenset({"a"}), None, monotonic())


class Writer:
    """A line that is open until it is broken."""

    class _writer:  # noqa: N801 -- as amqtt has it
        class transport:  # noqa: N801
            is_closed = False

            @classmethod
            def is_closing(cls) -> bool:
                return cls.is_closed

            @classmethod
            def abort(cls) -> None:
                cls.is_closed = True


class Told:
    """An authority that answers `changes` with what was laid out, then with nothing new."""

    def __init__(self, *changes: Any) -> None:
        self.left = list(changes)
        self.begun = 0
        self.asked: list[Credential] = []
        self.refuses = False

    async def begin(self) -> int:
        self.begun += 1
        return 7

    async def changes(self, after: int) -> tuple[frozenset[str], int, float]:
        told = self.left.pop(0) if self.left else (frozenset(), after, 0.0)
        if isinstance(told, Exception):
            raise told
        return told

    async def again(self, who: Credential) -> Admission | Refusal:
        self.asked.append(who)
        return Refusal("token") if self.refuses else admission()


def followed(told: Any, rounds: int, *, settled: bool = True) -> Connection:
    connections = Connections()
    one = Connection(WHO, admission(), Writer(), None)  # type: ignore[arg-type]
    if settled:
        one.look_at = None
    connections.add("17", one)
    watch = Watch(told, connections)

    async def follow() -> None:
        task = asyncio.create_task(watch._follow())
        await asyncio.sleep(module._PAUSE * (rounds - 0.5))
        task.cancel()

    asyncio.run(follow())
    return one


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSE", 0.02)


def touched(*ids: str, following: int = 8) -> tuple[frozenset[str], int, float]:
    return frozenset(ids), following, 0.0


def test_who_was_let_in_is_asked_about_once_more_and_then_when_touched():
    told = Told()
    followed(told, 4, settled=False)
    assert len(told.asked) == 1
    told = Told(touched(), touched("b"), touched("x", "a"), touched())
    followed(told, 6)
    assert told.begun == 1
    assert len(told.asked) == 2  # where it began, and when it was touched


def test_where_the_feed_is_gone_all_are_asked_about_again():
    told = Told(touched(), GoneError(), touched())
    followed(told, 5)
    assert told.begun == 2
    assert len(told.asked) == 2


def test_after_a_short_silence_it_goes_on_where_it_was_and_after_a_long_one_anew(
    monkeypatch: pytest.MonkeyPatch,
):
    told = Told(touched(), UnansweredError(), touched())
    followed(told, 5)
    assert told.begun == 1
    monkeypatch.setattr(module, "UNCONFIRMED", 0.0)
    told = Told(touched(), UnansweredError(), touched())
    followed(told, 5)
    assert told.begun == 2


def test_where_much_changed_the_rest_is_asked_for_at_once():
    told = Told(touched(following=2_000), touched("a", following=2_001))
    followed(told, 1)
    assert not told.left


def test_a_failure_ends_no_watch():
    told = Told(ValueError("odd"), touched("a"))
    told.refuses = True
    one = followed(told, 4)
    assert one.cause is not None
