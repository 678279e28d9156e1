"""Where the store stands, and what becomes of that when something is said of the clock. Pure."""

from collections.abc import Iterable
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.clock import LARGEST_STEP
from tokenhouse.core.events import GENESIS, Name
from tokenhouse.core.identifier import first_id, made_at
from tokenhouse.core.moment import Moment
from tokenhouse.operations.changes import Change, Floor
from tokenhouse.operations.ports import Clock


class Head(msgspec.Struct, frozen=True):
    """Where the store stands; whoever holds its row is the one writer.

    `numbers` is the last number given for each kind, `statuses` how many status indexes were.
    `feed_floor` is the last sequence that the feed forgot, `spent` the greatest id of a token
    that was purged: ids sort by their moment, so none up to it can be a new one. `clock_accepted`
    and `clock_jumped` are the sequences of the last such events.
    """

    sequence: int = 0
    moment: Moment = 0
    link: bytes = GENESIS
    numbers: dict[str, int] = {}
    statuses: int = 0
    feed_floor: int = 0
    spent: UUID = UUID(int=0)
    clock_accepted: int = 0
    clock_jumped: int = 0

    @property
    def floor(self) -> Floor:
        """What it tells of time."""
        return Floor(self.moment, self.clock_accepted, self.clock_jumped)


def moment_of(changes: Iterable[Change], clock: Clock) -> Moment:
    """The clock's moment; what is said of the clock itself does not ask it."""
    return clock.now() if any(change.reading is None for change in changes) else 0


def stands(head: Head, change: Change) -> bool:
    """Whether what a change relies on of the head still holds."""
    reading = change.reading
    if reading is None:
        return True
    told = (reading.floor.accepted, reading.floor.jumped)
    return told == (head.clock_accepted, head.clock_jumped)


def clocked(head: Head, moment: Moment, change: Change, sequence: int) -> Head:
    """The head after a change that goes by a reading, where commits had come to `moment`.

    An acceptance alone lowers the moment, and only by a large step. Ids that are made from then
    on are no longer greater than those of all tokens that were purged.
    """
    assert change.reading is not None
    read = change.reading.moment
    if change.events[0].name is Name.CLOCK_JUMPED:
        return replace(head, moment=max(moment, read), clock_jumped=sequence)
    if moment - read <= LARGEST_STEP:
        return replace(head, moment=max(moment, read), clock_accepted=sequence)
    spent = min(head.spent, first_id(read))
    return replace(head, moment=read, clock_accepted=sequence, spent=spent)


def spent_with(head: Head, purged: Iterable[UUID], now: Moment) -> UUID:
    """`spent` after these tokens are gone.

    One that was made before the clock was accepted may have an id of the future; did it count,
    no token could be made until then.
    """
    return max([head.spent, *(one for one in purged if made_at(one) < now)])
