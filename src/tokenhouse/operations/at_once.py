"""Decide by memory alone, and tell later whether the same would be decided again."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from tokenhouse.core.moment import Moment
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.core.standing import Found, Standing
from tokenhouse.operations.ports import Clock
from tokenhouse.operations.records import NotRemembered, Relied, TokenSource

T = TypeVar("T")


class Ground(NamedTuple):
    """What a decision rested on. It is the same from `since` until before `until`, if that ends."""

    relied: Relied
    since: Moment
    until: Moment | None


class AtOnce:
    """For whoever must not wait: nothing here reads what is kept, takes long or writes."""

    def __init__(self, source: TokenSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock

    def __call__(self, decide: Callable[[], T]) -> tuple[T, Ground]:
        """What is decided, and on what; raise NotRemembered where memory is not enough."""
        now = self._clock.now()
        decided, relied = self._source.from_memory(decide)
        ends = [one for _, _, value in relied for one in _changing(value) if one > now]
        return decided, Ground(relied, now, min(ends, default=None))

    def still(self, ground: Ground) -> tuple[Moment, int] | None:
        """The moment, and how long it may be kept, where the same would be decided now."""
        left = self._source.left_ms()
        if not left:
            return None
        relied, since, until = ground
        for memory, key, value in relied:
            if memory.get(key) is not value:
                return None
        now = self._clock.now()  # after the looks, as everywhere
        if now < since or (until is not None and now >= until):
            return None
        return now, left


def _changing(value: object) -> Iterator[Moment]:
    """The moments at which what was read means something else, though nobody touches it."""
    match value:
        case Found(token=token):
            ends = [token.expires_at, token.superseded_at]
        case Standing():
            ends = []
        case tuple():
            ends = [key.retires_at for key in _keys(value)]
        case _:
            raise NotRemembered
    return (one for one in ends if one is not None)


def _keys(listed: tuple[object, ...]) -> Iterator[SigningKey]:
    for one in listed:
        if not isinstance(one, SigningKey):
            raise NotRemembered
        yield one
