"""Values by key, a bounded number of them: who is asked for stays."""

from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

V = TypeVar("V")


class _Lately(dict[Hashable, V | None]):
    """What was asked for since the rest was put before; and now, of that, what is asked for."""

    def __init__(self, again: Callable[[Hashable], V | None]) -> None:
        super().__init__()
        self._again = again

    def __missing__(self, key: Hashable) -> V | None:
        return self._again(key)


class Kept(Generic[V]):
    """So many of so much together, and as many again of before: what was not asked for meanwhile.

    `lately[key]` is what is kept under a key, or None: without a call where it was asked for since.
    Without a lock: what two threads do at once is done twice, or forgotten, never half.
    """

    def __init__(
        self, most: int, most_together: int = 0, size_of: Callable[[V], int] = lambda _: 0
    ) -> None:
        self._most: Final = most
        self._most_together: Final = most_together
        self._size_of = size_of
        self._together = 0
        self._before: dict[Hashable, V | None] = {}
        self.lately: _Lately[V] = _Lately(self._again)

    def __len__(self) -> int:
        return len(self.lately) + len(self._before)

    def keep(self, key: Hashable, value: V) -> None:
        """Keep a value; what was not asked for lately makes room for it."""
        size = self._size_of(value)
        if len(self.lately) >= self._most or self._together + size > self._most_together:
            self._before, self._together = self.lately, 0
            self.lately = _Lately(self._again)
        self.lately[key] = value
        self._together += size

    def _again(self, key: Hashable) -> V | None:
        value = self._before.pop(key, None)
        if value is not None:
            self.keep(key, value)
        return value
