"""The store in memory: the reference model that the other engines are compared with."""

from collections.abc import Mapping
from uuid import UUID

from tokenhouse.core.events import SALT_BYTES
from tokenhouse.core.moment import Moment
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.operations.changes import Change, Committed, Conflict, KeptAnswer
from tokenhouse.operations.ports import Clock, Entropy
from tokenhouse.sharing import Work
from tokenhouse.store.head import moment_of
from tokenhouse.store.memory.clients import ClientReads
from tokenhouse.store.memory.devices import DeviceReads
from tokenhouse.store.memory.events import EventReads
from tokenhouse.store.memory.people import PeopleReads
from tokenhouse.store.memory.purge import purge
from tokenhouse.store.memory.tokens import TokenReads
from tokenhouse.store.settle import Known, Stamp, settle
from tokenhouse.store.shape import check, organization_of, refs_of


class MemoryStore(TokenReads, PeopleReads, ClientReads, DeviceReads, EventReads):
    """Fulfils `Store` with dictionaries under one lock; it is as durable as its process."""

    def __init__(self, clock: Clock, entropy: Entropy) -> None:
        super().__init__()
        self._clock = clock
        self._entropy = entropy

    broken: Exception | None = None
    """Nothing here can fail to be durable."""

    def close(self) -> None:
        """Nothing waits, and nothing is held."""

    def commit(
        self,
        change: Change,
        meanwhile: Work | None = None,  # noqa: ARG002 -- nothing is waited for
    ) -> Committed | Conflict:
        """Settle a change alone and keep what it writes."""
        check(change)
        with self._lock:
            refs = refs_of([change])
            known = {
                ref: Known(kept.version, organization_of(kept))
                for ref in refs
                if (kept := self._kept.get(ref)) is not None
            }
            salts = self._entropy(SALT_BYTES * len(change.events))
            stamp = Stamp(moment_of([change], self._clock), salts, UUID(bytes=self._entropy(16)))
            settled = settle([change], self._kept.head, known, stamp)
            if not self._kept.claimable(settled.writes):
                return Conflict()
            self._kept.apply(settled)
            return settled.outcomes[0]

    def find_kept_answer(self, answer_id: UUID) -> KeptAnswer | None:
        """What an idempotency key already did."""
        with self._lock:
            return self._kept.one(KeptAnswer, answer_id)

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """All signing keys, oldest first."""
        with self._lock:
            return tuple(sorted(self._kept.all(SigningKey), key=lambda k: (k.created_at, k.id.int)))

    def purge(self, now: Moment, kept: Mapping[str, int], limit: int) -> int:
        """Forget what outlived its term, at most `limit` of each sort."""
        with self._lock:
            return purge(self._kept, now, kept, limit)
