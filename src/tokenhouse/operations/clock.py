"""The store's clock: show it, tell of its jumps, and accept it as it is."""

import msgspec

from tokenhouse.clock import LARGEST_STEP
from tokenhouse.core.events import Event, Name
from tokenhouse.core.moment import Moment
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


def _needs_acceptance(floor: Floor, read: Moment) -> bool:
    return floor.doubted or floor.moment - read > LARGEST_STEP


def _told(floor: Floor, expected: Moment, read: Moment) -> bool:
    """Whether the head says all that a later start has to know."""
    return floor.doubted and (read > expected or floor.moment - read > LARGEST_STEP)


def _change(name: Name, reading: Reading, before: Moment, after: Moment) -> Change:
    details = {"moment_before": before, "moment_after": after}
    event = Event(name, DEPLOYMENT, None, None, DEPLOYMENT, {**details})
    return Change(DEPLOYMENT, (), (), (event,), reading)
