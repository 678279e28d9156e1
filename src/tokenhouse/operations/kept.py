"""Values by key, a bounded number of them: who is asked for stays."""

from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """So many of so much together, and as many again of before: what was not asked for meanwhile.

    Without a lock: what two threads do at once is done twice, or forgotten, never half.
    """

    def __init__(self, most: int, most_together: int = 0) -> None:
        self._most = most
        self._most_together = most_together
        self._lately: dict[Hashable, tuple[V, int]] = {}
        self._before: dict[Hashable, tuple[V, int]] = {}
        self._together = 0

    def __len__(self) -> int:
        return len(self._lately) + len(self._before)

    def get(self, key: Hashable) -> V | None:
        """What is kept under a key."""
        kept = self._lately.get(key)
        if kept is not None:
            return kept[0]
        kept = self._before.pop(key, None)
        if kept is None:
            return None
        self.keep(key, *kept)
        return kept[0]

    def keep(self, key: Hashable, value: V, size: int = 0) -> None:
        """Keep a value; what was not asked for lately makes room for it."""
        if len(self._lately) >= self._most or self._together + size > self._most_together:
            self._before, self._lately, self._together = self._lately, {}, 0
        self._lately[key] = (value, size)
        self._together += size
