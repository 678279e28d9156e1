"""The store's clock: show it, tell of its jumps, and accept it as it is."""

from typing import Final

import msgspec

from tokenhouse.clock import LARGEST_STEP
from tokenhouse.core.events import Event, Name
from tokenhouse.core.moment import Jump, Moment
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.operations.changes import Change, Floor, Reading
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.ports import Store, WatchedClock


class Shown(msgspec.Struct, frozen=True):
    """What the clock says, and the moment of the last commit."""

    clock: Moment
    head: Moment
    needs_acceptance: bool


class Clocks:
    """What can be done about the clock that all decisions go by. Accepting is the operator's.

    A jump is written down by whoever sees it: so the other processes know of it, and those that
    are started later. Changes name DEPLOYMENT, and their events no actor.
    """

    def __init__(self, store: Store, clock: WatchedClock) -> None:
        self._store = store
        self._clock = clock

    def shown(self) -> Shown:
        """The clock and the head as they are."""
        floor, read = self._store.floor(), self._clock.unjudged()
        return Shown(read, floor.moment, _needs_acceptance(floor, read))

    def accept(self) -> Shown | None:
        """Have time count anew from what the clock says; give what was accepted.

        None where it needs no acceptance.
        """
        return decide(self._store, self._acceptance)

    def watch(self) -> bool:
        """Tell of a jump that this process saw, and say whether one waits to be accepted."""
        floor = self._store.floor()
        self._clock.hold_floor(floor.moment, floor.accepted)
        jump = self._clock.jump()
        if jump is None or _told(floor, *jump) or self._store.deployment() is None:
            return floor.doubted
        decide(self._store, self._telling)
        return self._store.floor().doubted

    def jumps(self) -> tuple[Jump, ...]:
        """The last steps across which short times have to be counted; see `core.redemption`.

        Forwards what this process saw, and what any told of that waits to be accepted; backwards
        what was accepted.
        """
        floor = self._store.floor()
        told = _told_at(self._store, max(floor.jumped, floor.accepted))
        if told is not None and floor.doubted is not (told.read > told.expected):
            told = None
        return tuple(one for one in (self._clock.skipped(), told) if one is not None)

    def _acceptance(self) -> Plan[Shown | None] | Settled[Shown | None]:
        floor, read = self._store.floor(), self._clock.unjudged()
        if not _needs_acceptance(floor, read):
            return Settled(None)
        change = _change(Name.CLOCK_ACCEPTED, Reading(read, floor), floor.moment, read)
        return Plan(change, lambda _: Shown(read, floor.moment, needs_acceptance=False))

    def _telling(self) -> Plan[None] | Settled[None]:
        floor = self._store.floor()
        self._clock.hold_floor(floor.moment, floor.accepted)
        jump = self._clock.jump()
        if jump is None or _told(floor, *jump):
            return Settled(None)
        # By the later of the two: so the head stands before a clock that was set back.
        return Plan(_change(Name.CLOCK_JUMPED, Reading(max(jump), floor), *jump), lambda _: None)


class _Steps(msgspec.Struct, frozen=True):
    """What the events of a clock tell."""

    moment_before: Moment
    moment_after: Moment


class _Body(msgspec.Struct, frozen=True):
    details: _Steps


_READ: Final = msgspec.json.Decoder(_Body)


def _told_at(store: Store, sequence: int) -> Jump | None:
    """What the event of this sequence tells; None where none does any more."""
    events = store.events(None, sequence - 1, 1) if sequence else ()
    if not events or events[0].sequence != sequence or events[0].body is None:
        return None
    try:
        steps = _READ.decode(events[0].body).details
    except msgspec.DecodeError:
        return None  # somebody changed it; the chain tells
    return Jump(steps.moment_before, steps.moment_after)


def _needs_acceptance(floor: Floor, read: Moment) -> bool:
    return floor.doubted or floor.moment - read > LARGEST_STEP


def _told(floor: Floor, expected: Moment, read: Moment) -> bool:
    """Whether the head says all that a later start has to know."""
    return floor.doubted and (read > expected or floor.moment - read > LARGEST_STEP)


def _change(name: Name, reading: Reading, before: Moment, after: Moment) -> Change:
    details = {"moment_before": before, "moment_after": after}
    event = Event(name, DEPLOYMENT, None, None, DEPLOYMENT, {**details})
    return Change(DEPLOYMENT, (), (), (event,), reading)
