"""What a committer still knows of records that it looked up or wrote.

Whoever commits moves the head. Where it is the one that the last batch left behind, nobody wrote
meanwhile, and what was known then is not looked up again.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from tokenhouse.core.link import Link
from tokenhouse.core.second_factor import SpentChallenge
from tokenhouse.operations.changes import Change, KeptAnswer, Record
from tokenhouse.store.head import Head
from tokenhouse.store.settle import ABSENT, Known
from tokenhouse.store.shape import Ref, refs_of

MOST: Final = 32_768
"""Records known at most; when there are more, all are looked up anew."""
SECONDS: Final = 60.0
"""Nothing is known for longer, since a purge may leave the head as it was. What it takes away had
been over for an hour, and of that nobody is told anything wrong within a minute.
"""

_PURGED_AT_ANY_TIME: Final[frozenset[type[Record]]] = frozenset({KeptAnswer, Link, SpentChallenge})

Look: TypeAlias = Callable[[Iterable[Ref]], dict[Ref, Known]]


class Versions:
    """The versions of records, for one writer: asked and told under the writers' lock."""

    def __init__(self) -> None:
        self._known: dict[Ref, Known] = {}
        self._passing: list[Ref] = []
        self._left: Head | None = None
        self._since = 0.0

    def at(self, head: Head, changes: Sequence[Change], look: Look) -> dict[Ref, Known]:
        """Every ref of `refs_of`, of which `look` is asked for those that are not known.

        Settling brings it up to date. Unless it is said then that it was `left` so, nothing of it
        is believed again.
        """
        now = time.monotonic()
        if head != self._left or now - self._since > SECONDS or len(self._known) > MOST:
            self._known, self._since = {}, now
        self._left = None
        known = self._known
        if unknown := [ref for ref in refs_of(changes) if ref not in known]:
            known.update(dict.fromkeys(unknown, ABSENT))
            known.update(look(unknown))
        self._passing = [ref for ref in unknown if ref[0] in _PURGED_AT_ANY_TIME]
        return known

    def left(self, head: Head) -> None:
        """What was known at last is durable, and this head with it."""
        for ref in self._passing:
            del self._known[ref]
        self._left = head
