"""The chain of events: whether it is whole, and what somebody needs to see so himself."""

from typing import Final

import msgspec

from tokenhouse.core.chain import BEGINNING, Line, Place, Walked, line_of, place_of, walk
from tokenhouse.core.events import RecordedEvent
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.admit import Actor, Admit, Asking
from tokenhouse.operations.ports import Store

MAX_EVENTS: Final = 10_000
"""Events that one request looks at."""
MAX_EXPORTED_BYTES: Final = 8 * 1024 * 1024
"""Bytes of bodies behind which an export goes on in the next request."""

_STRETCH: Final = 500
"""Events in memory at once, where they are only looked at."""


class Proven(msgspec.Struct, frozen=True):
    """How far the chain holds. `more`: it goes on, and the rest was not looked at."""

    start: int
    walked: Walked
    more: bool


class Exported(msgspec.Struct, frozen=True):
    """A stretch of the trail, oldest first. `following`: where the next one begins; None: done."""

    lines: tuple[Line, ...]
    following: int | None


class Chain:
    """Verifies the chain of the whole deployment, and gives out what it is made of."""

    def __init__(self, admit: Admit, store: Store) -> None:
        self._admit = admit
        self._store = store

    def verify(self, caller: Asking, after: int = 0, link: bytes | None = None) -> Proven:
        """Follow the chain behind the event `after`, MAX_EVENTS at most.

        `link`: what stood there when the caller kept it; a chain that does not pass through it
        is broken at `after`. Raises Refused(UNPROCESSABLE) where no such event was written yet
        and nobody says that one was.
        """
        self._admit(caller)
        head = self._store.head()[0]
        place = self._place(after)
        if place is None and link is None and after > head:
            raise Refused(Code.UNPROCESSABLE, f"No event {after} was written yet.")
        if place is None or link not in {None, place.link}:
            return Proven(after, Walked(Place(after, link or b""), after), more=False)
        until = min(head, after + MAX_EVENTS)
        walked = self._walk(place, until)
        if walked.broken_at is None and walked.until.sequence < until:
            walked = Walked(walked.until, walked.until.sequence + 1)
        return Proven(after, walked, more=walked.broken_at is None and until < head)

    def export(self, caller: Asking, after: int = 0, limit: int = MAX_EVENTS) -> Exported:
        """The events behind `after`: of other organizations than the caller's only their places.

        So whoever keeps an export can follow the chain through it without us.
        """
        actor = self._admit(caller)
        head = self._store.head()[0]
        lines: list[Line] = []
        size = 0
        while len(lines) < limit and size < MAX_EXPORTED_BYTES:
            wanted = min(limit - len(lines), _STRETCH)
            events = self._store.events(None, after, wanted)
            for event in events:
                after = event.sequence
                lines.append(_line(event, actor))
                size += len(event.body or "")
                if size >= MAX_EXPORTED_BYTES:
                    break
            if len(events) < wanted:
                break
        return Exported(tuple(lines), after if lines and after < head else None)

    def _place(self, after: int) -> Place | None:
        if after == 0:
            return BEGINNING
        for event in self._store.events(None, after - 1, 1):
            if event.sequence == after:
                return Place(after, event.link)
        return None

    def _walk(self, place: Place, until: int) -> Walked:
        walked = Walked(place, None)
        while walked.broken_at is None and walked.until.sequence < until:
            after = walked.until.sequence
            events = self._store.events(None, after, min(until - after, _STRETCH))
            if not events:
                break
            walked = walk(events, walked.until)
        return walked


def _line(event: RecordedEvent, actor: Actor) -> Line:
    may_see = actor.organization_id in {DEPLOYMENT, event.organization_id}
    return line_of(event) if may_see else place_of(event)
