"""Callers who wait for a commit, and how many of them are taken at once. Knows no engine."""

import time
from collections import defaultdict, deque
from collections.abc import Iterable
from threading import Condition
from typing import Final

import msgspec

from tokenhouse.core.refusal import Unavailable
from tokenhouse.operations.changes import Change, Conflict, Put
from tokenhouse.sharing import Pause, SharedThread, Work, end_all
from tokenhouse.store.settle import Outcome

BATCH_CHANGES: Final = 256
BATCH_BYTES: Final = 1_000_000
WAITING: Final = 4096
"""So many changes may wait; more are refused at once."""
LONGEST_GATHERING_MS: Final = 20
"""A batch waits no longer than this for callers who are likely to come."""
LONGEST_REST_MS: Final = 5
"""And no longer than this while nothing is done for them that is known of."""

_SHARE: Final = 0.25
"""Nor longer than this part of what the last batch took."""


class Ticket:
    """One caller's change and its answer, and what may be done for him until then."""

    __slots__ = ("abandoned", "answer", "answered", "change", "meanwhile", "pause")

    def __init__(self, change: Change, meanwhile: Work | None = None) -> None:
        self.change = change
        self.meanwhile = meanwhile
        self.answer: Outcome | Exception = Conflict()
        self.answered = False
        self.abandoned = False
        self.pause: Final = Pause()

    def give(self, answer: Outcome | Exception) -> None:
        """Answer the caller, once."""
        self.answer = answer
        self.answered = True
        self.pause.end()

    def wait(self, seconds: float) -> bool:
        """Tell whether the answer came in time; the caller alone asks, once."""
        return self.pause.wait(seconds)


def do_meanwhile(batch: list[Ticket]) -> None:
    """Have shared threads do what may be done meanwhile, each all of its own."""
    works = defaultdict[SharedThread, list[Work]](list)
    for ticket in batch:
        if ticket.meanwhile is not None and (shared := ticket.pause.shared) is not None:
            works[shared].append(ticket.meanwhile)
            ticket.meanwhile = None
    for shared, own in works.items():
        shared.do(*own)


class Tickets:
    """Who waits, in the order of arrival. `broken` says why nobody is taken in any more."""

    def __init__(self) -> None:
        self.broken: Exception | None = None
        self._waiting: deque[Ticket] = deque()
        self._changed = Condition()
        self._closing = False
        self._more_come = False
        self._enough = 1
        self._expected = 1
        self._weight = 0
        self._taken_at = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, ticket: Ticket) -> None:
        """Take a caller in; raise Unavailable when that cannot be."""
        with self._changed:
            if self.broken is not None:
                raise Unavailable("the store is broken and has to be opened anew") from self.broken
            if self._closing:
                raise Unavailable("the store is closing")
            if len(self._waiting) >= WAITING:
                raise Unavailable("too many changes wait for the store")
            self._waiting.append(ticket)
            if (shared := ticket.pause.shared) is not None:
                self._more_come = True
                shared.when_at_rest(self._no_more_come)
            if len(self._waiting) >= self._enough:
                self._changed.notify()

    def _no_more_come(self) -> None:
        """A shared thread has done all that it could."""
        with self._changed:
            self._more_come = False
            self._changed.notify()

    def give_up(self, ticket: Ticket) -> None:
        """Take a caller out who waited long enough; whether it was taken is not known to him."""
        with self._changed:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
        ticket.abandoned = True

    def take(self) -> list[Ticket]:
        """Wait for the next batch; an empty one says that there will be none any more.

        Those who were just answered come back, one after the other, so the first of them is not
        served at once, nor who waits already. He would be served alone while all others wait for
        him, then they while he waits, and so on: two syncs where one was enough.
        """
        with self._changed:
            took = time.monotonic() - self._taken_at
            while not self._waiting and not self._closing:
                self._changed.wait()
            self._gather(min(LONGEST_REST_MS / 1000, _SHARE * took))
            self._taken_at = time.monotonic()
            self._weight = 0
            return self._batch(0)

    def more(self, batch: list[Ticket]) -> list[Ticket]:
        """Who came since this batch was taken, as far as there is room in it."""
        with self._changed:
            return self._batch(len(batch))

    def give(self, batch: list[Ticket], outcomes: Iterable[Outcome]) -> None:
        """Answer a batch. They, and who waits now, are those whom the next one waits for."""
        self._expected = len(batch) + len(self._waiting)
        for ticket, outcome in zip(batch, outcomes, strict=True):
            ticket.answer = outcome
        for ticket in batch:
            ticket.answered = True
        end_all([ticket.pause for ticket in batch])

    def _gather(self, patience: float) -> None:
        """Wait for those who are expected, and as long as a shared thread works for others.

        That thread would not go on sooner: whoever commits works on the same interpreter.
        """
        until = time.monotonic() + LONGEST_GATHERING_MS / 1000
        while len(self._waiting) < BATCH_CHANGES and not self._closing:
            now = time.monotonic()
            if works := self._more_come:
                self._enough, left = BATCH_CHANGES, until - now
            else:
                self._enough, left = self._expected, min(until - now, patience)
                if len(self._waiting) >= self._expected:
                    break
            if left <= 0:
                break
            self._changed.wait(left)
            if not works:
                patience -= time.monotonic() - now
        self._enough = 1

    def _batch(self, taken: int) -> list[Ticket]:
        batch: list[Ticket] = []
        while self._waiting and taken + len(batch) < BATCH_CHANGES:
            weight = self._weight + _weight(self._waiting[0].change)
            if taken + len(batch) and weight > BATCH_BYTES:
                break
            self._weight = weight
            batch.append(self._waiting.popleft())
        return batch

    def close(self) -> None:
        """Take nobody in any more; who waits is still taken."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def stop(self, cause: Exception) -> list[Ticket]:
        """Take nobody in any more; give those who waited in vain."""
        with self._changed:
            self.broken = self.broken or cause
            refused = list(self._waiting)
            self._waiting.clear()
        return refused


def _weight(change: Change) -> int:
    """How many bytes it writes, or nearly."""
    records = [write.record for write in change.writes if isinstance(write, Put)]
    return len(msgspec.msgpack.encode((records, change.events)))
