"""Decide by memory, and tell later whether the same would be decided again."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, TypeVar

from tokenhouse.core.moment import Moment
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.core.standing import Found, Standing
from tokenhouse.operations.ground import Ground, NotRemembered, Relied
from tokenhouse.operations.ports import Clock
from tokenhouse.operations.records import TokenSource

T = TypeVar("T")

_NEVER: Final = 1 << 62
"""Behind every moment."""


class AtOnce:
    """What was decided may be kept with its ground, and is good as long as that is."""

    def __init__(self, source: TokenSource, clock: Clock, reach_ms: int) -> None:
        self.left_ms: Final = source.left_ms
        """How long what memory tells now may be kept; 0: it is not to be asked."""
        self.still: Final[Callable[[Ground], Moment | None]] = partial(source.still, clock.at)
        """The moment, where the same would be decided now.

        Raises Unavailable where the clock cannot be judged by.
        """
        self._reach_ms = reach_ms
        self._source = source
        self._clock = clock

    def fresh_ms(self, left_before: int) -> int:
        """How long an answer may be kept, from when it was asked for; `left_ms` before it was.

        Where memory was not to be asked then, it may have been confirmed meanwhile.
        """
        return left_before or self.left_ms() or self._reach_ms

    def alone(self, decide: Callable[[], T]) -> tuple[T, Ground]:
        """Decide without reading what is kept, without writing and without what takes long.

        Raises NotRemembered where memory is not enough.
        """
        since = self._clock.now()
        decided, relied = self._source.from_memory(decide)
        return decided, _ground(relied, since)

    def relying(self, decide: Callable[[], T]) -> tuple[T, Ground | None]:
        """Decide, and on what; no ground where anything but memory was asked."""
        since = self._clock.now()
        decided, relied = self._source.relying(decide)
        try:
            return decided, None if relied is None else _ground(relied, since)
        except NotRemembered:
            return decided, None


def _ground(relied: Relied, since: Moment) -> Ground:
    ends = [one for _, _, value in relied for one in _changing(value) if one > since]
    return Ground(relied, since, min(ends, default=_NEVER))


def _changing(value: object) -> Iterator[Moment]:
    """The moments at which what was read means something else, though nobody touches it.

    Raises NotRemembered for what nobody has thought about here.
    """
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
