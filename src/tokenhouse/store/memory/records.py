"""What the store in memory holds: records with what they claim, events, and the feed."""

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core.events import RecordedEvent
from tokenhouse.core.token import MADE_WITH, Token
from tokenhouse.operations.changes import Drop, FeedEntry, Put, Record
from tokenhouse.store.head import Head
from tokenhouse.store.settle import Settlement
from tokenhouse.store.shape import Ref, ref_of
from tokenhouse.store.unique import Claim, claims

R = TypeVar("R", bound=Record)


class Records:
    """Everything kept, unguarded: who holds it takes care of turns."""

    def __init__(self) -> None:
        self.head = Head()
        self.swept = 0
        """Behind which family, by its number, the next purge looks on."""
        self.claims: dict[Claim, Ref] = {}
        self.events: list[RecordedEvent] = []
        self.feed: list[FeedEntry] = []
        self._records: dict[tuple[object, int], Record] = {}

    def get(self, ref: Ref) -> Record | None:
        """The record that is referred to."""
        return self._records.get(ref)

    def claimable(self, writes: Iterable[Put | Drop]) -> bool:
        """Tell whether what these writes claim is free, or freed by one before."""
        freed: set[Claim] = set()
        taken: set[Claim] = set()
        for write in writes:
            kept = self._records.get(ref_of(write))
            if kept is not None:
                if isinstance(write, Put) and write.record.version == 1:
                    return False
                freed.update(claims(kept))
            if isinstance(write, Put):
                for claim in claims(write.record):
                    if claim in taken or (claim in self.claims and claim not in freed):
                        return False
                    taken.add(claim)
        return True

    def apply(self, settled: Settlement) -> None:
        """Carry a settlement out."""
        for write in settled.writes:
            kept = self.forget(ref_of(write))
            if isinstance(write, Put):
                self._keep(ref_of(write), _as_made(kept, write.record))
        self.events.extend(settled.events)
        self.feed.extend(settled.entries)
        self.head = settled.head

    def _keep(self, ref: Ref, record: Record) -> None:
        self._records[ref] = record
        self.claims.update(dict.fromkeys(claims(record), ref))

    def forget(self, ref: Ref) -> Record | None:
        """Remove a record, which is given back, and free what it claimed."""
        kept = self._records.pop(ref, None)
        for claim in claims(kept) if kept is not None else ():
            self.claims.pop(claim, None)
        return kept

    def all(self, record: type[R]) -> list[R]:
        """Every record of a type."""
        return [kept for kept in self._records.values() if isinstance(kept, record)]

    def claimed(self, record: type[R], claim: Claim) -> R | None:
        """The record of this type that claims this."""
        ref = self.claims.get(claim)
        kept = None if ref is None else self._records.get(ref)
        return kept if isinstance(kept, record) else None

    def one(self, record: type[R], record_id: UUID) -> R | None:
        """The record of this type and id."""
        kept = self._records.get((record, record_id.int))
        return kept if isinstance(kept, record) else None


def _as_made(kept: Record | None, record: Record) -> Record:
    """A record with what the one before was made with."""
    if not isinstance(kept, Token) or not isinstance(record, Token):
        return record
    return replace(record, **{name: getattr(kept, name) for name in MADE_WITH})
