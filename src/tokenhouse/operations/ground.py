"""What a decision taken from memory rested on, so that it can be told whether it still stands."""

from collections.abc import Hashable
from typing import Protocol, TypeAlias

from tokenhouse.core.moment import Moment


class NotRemembered(Exception):  # noqa: N818 -- named for what is the case
    """It is not in memory, and whoever asks may not go beyond that."""


class Memory(Protocol):
    """What is remembered of one sort."""

    def get(self, key: Hashable) -> object | None:
        """What is kept under a key and still stands."""


Relied: TypeAlias = tuple[tuple[Memory, Hashable, object], ...]
"""What was taken from memory: where, by which key, and what it was."""


class Ground:
    """What a decision rested on. It is the same from `since` until before `until`.

    `version` is that of the memory in which the looks were last made, and found the same.
    `left_ns`: for how long memory could be asked on, when it was last asked whether this stands.
    """

    __slots__ = ("left_ns", "relied", "since", "until", "version")

    def __init__(self, relied: Relied, since: Moment, until: Moment) -> None:
        self.relied = relied
        self.since = since
        self.until = until
        self.version = -1
        self.left_ns = 0
