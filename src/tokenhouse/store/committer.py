"""Group commit: the changes of many callers in one transaction. Knows no engine."""

import time
from collections.abc import Iterable
from threading import Thread
from typing import Final, Protocol
from uuid import UUID

from tokenhouse.core.events import SALT_BYTES
from tokenhouse.core.refusal import Unavailable
from tokenhouse.operations.changes import Change, Conflict
from tokenhouse.operations.ports import Clock, Entropy
from tokenhouse.sharing import Work
from tokenhouse.store.followed import Applied
from tokenhouse.store.head import Head, moment_of
from tokenhouse.store.settle import Known, Outcome, Settlement, Stamp, settle
from tokenhouse.store.shape import Ref, check
from tokenhouse.store.tickets import Ticket, Tickets, do_meanwhile
from tokenhouse.store.versions import Versions

PATIENCE: Final = 5.0
"""Seconds that a caller waits."""
PAUSE: Final = 0.05
"""Seconds between two looks for a batch whose fate is unknown."""
RUNS: Final = 3
"""How often a batch is run whose COMMIT left no trace."""


class Taken(Exception):  # noqa: N818 -- an answer about a name
    """A unique name or number is taken."""


class Broken(Exception):  # noqa: N818 -- named for what is the case
    """A sync failed: nobody knows any more what is durable."""


class Unknown(Exception):  # noqa: N818 -- named for what is the case
    """COMMIT was sent and its answer is lost."""


class Writer(Protocol):
    """What the committer needs of an engine: one transaction at a time.

    Methods raise Unavailable when the engine cannot, Taken at a violated uniqueness, and
    ValueError for a record that the schema refuses.
    """

    def begin(self) -> Head:
        """Begin a transaction by taking the head, which is the writers' lock."""

    def undisturbed(self) -> bool:
        """Whether nobody else has written since this was asked before; in a transaction."""

    def known(self, refs: Iterable[Ref]) -> dict[Ref, Known]:
        """What is kept of these records now."""

    def write(self, settled: Settlement) -> None:
        """Carry a settlement out."""

    def commit(self) -> None:
        """Make the transaction durable; raise Broken or Unknown where that is in doubt."""

    def rollback(self) -> None:
        """Leave the transaction without a trace. Never raises; does nothing outside of one."""

    def committed(self, operation_id: UUID, after: int) -> bool:
        """Look for a batch behind a sequence, on a new connection."""

    def tidy(self) -> None:
        """What may be done between batches; raise Broken when a sync failed in it."""

    def close(self) -> None:
        """Give everything back."""


class _Spoiled(Exception):  # noqa: N818 -- carries its cause
    """The transaction failed before COMMIT was sent: a smaller one may not."""

    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause


class Committer:
    """Runs what callers commit, batch by batch, on one thread of its own.

    `broken` says why the store refuses everything from now on: a sync failed, or the program
    did. Who serves must stop then; only opening anew finds out what is durable.
    """

    def __init__(self, writer: Writer, clock: Clock, entropy: Entropy) -> None:
        self.applied: Applied = lambda _: None
        self._writer = writer
        self._clock = clock
        self._entropy = entropy
        self._tickets = Tickets()
        self._versions = Versions()
        self._thread = Thread(target=self._work, name="committer", daemon=True)
        self._thread.start()

    @property
    def broken(self) -> Exception | None:
        """Why the store refuses everything from now on; None while all is well."""
        return self._tickets.broken

    def commit(self, change: Change, meanwhile: Work | None = None) -> Outcome:
        """Wait until a change is durable, or lost.

        A caller on a shared thread has `meanwhile` done there while the engine syncs.

        Raises Unavailable after PATIENCE. A change that still waited then is taken back; one that
        was already under way may yet become durable, and the caller cannot know.
        """
        check(change)
        ticket = Ticket(change, meanwhile)
        self._tickets.put(ticket)
        if not ticket.wait(PATIENCE):
            self._tickets.give_up(ticket)
            raise Unavailable("the store did not commit in time")
        if isinstance(ticket.answer, Exception):
            raise ticket.answer
        return ticket.answer

    def close(self) -> None:
        """Take nothing more, finish what waits, and give the engine back."""
        self._tickets.close()
        self._thread.join()
        self._writer.close()

    def stop(self, cause: Exception) -> None:
        """Refuse everything from now on."""
        for ticket in self._tickets.stop(cause):
            ticket.give(_unavailable(cause))

    def _work(self) -> None:
        while batch := self._tickets.take():
            try:
                self._run(batch)
                self._writer.tidy()
            except Exception as cause:  # noqa: BLE001 -- whatever it is, nobody may go on
                self.stop(cause)
                for ticket in batch:
                    if not ticket.answered:
                        ticket.give(_unavailable(cause))

    def _run(self, batch: list[Ticket], *, again: bool = True) -> None:
        """Run a batch; where the transaction fails, each change alone, so that a bad one does."""
        try:
            outcomes = self._transact(batch, grows=again)
        except _Spoiled as spoiled:
            if again and (len(batch) > 1 or isinstance(spoiled.cause, Unavailable)):
                for ticket in batch:
                    if not ticket.abandoned:
                        self._run([ticket], again=False)
            else:
                batch[0].give(_alone(spoiled.cause))
        except Unavailable as cause:
            for ticket in batch:
                ticket.give(_unavailable(cause))
        else:
            self._tickets.give(batch, outcomes)

    def _transact(self, batch: list[Ticket], *, grows: bool) -> tuple[Outcome, ...]:
        """Commit a batch. One that `grows` takes in who came while it waited for the lock."""
        operation_id = UUID(bytes=self._entropy(16))
        for _ in range(RUNS):
            head = self._writer.begin()
            if grows:
                batch.extend(self._tickets.more(batch))
                grows = False
            settled = self._settled([ticket.change for ticket in batch], head, operation_id)
            if not settled.events:
                self._writer.rollback()
                self._versions.stands()
                return settled.outcomes
            do_meanwhile(batch)
            try:
                self._writer.commit()
            except Unknown:
                self._writer.rollback()
                if not self._found_out(operation_id, head.sequence):
                    continue
            self._versions.stands()
            self.applied(settled.entries)
            return settled.outcomes
        raise Unavailable("the store lost every answer to COMMIT")

    def _found_out(self, operation_id: UUID, after: int) -> bool:
        """Look for a batch as long as its callers wait: a server may be starting again."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return self._writer.committed(operation_id, after)
            except Unavailable:
                if time.monotonic() > until:
                    raise
                time.sleep(PAUSE)

    def _settled(self, changes: list[Change], head: Head, operation_id: UUID) -> Settlement:
        try:
            undisturbed = self._writer.undisturbed()
            known = self._versions.at(changes, self._writer.known, undisturbed=undisturbed)
            salts = self._entropy(SALT_BYTES * sum(len(change.events) for change in changes))
            stamp = Stamp(moment_of(changes, self._clock), salts, operation_id)
            settled = settle(changes, head, known, stamp)
            self._writer.write(settled)
        except Exception as cause:
            self._writer.rollback()
            raise _Spoiled(cause) from cause
        return settled


def _alone(cause: Exception) -> Outcome | Exception:
    return Conflict() if isinstance(cause, Taken) else cause


def _unavailable(cause: Exception) -> Unavailable:
    refused = Unavailable("the store could not commit")
    refused.__cause__ = cause
    return refused
