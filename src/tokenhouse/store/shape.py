"""What every change has to satisfy whatever the store holds: its own shape."""

from typing import Final, TypeAlias
from uuid import UUID

from tokenhouse.core.events import Name
from tokenhouse.core.principal import DEPLOYMENT, Organization
from tokenhouse.operations.changes import Change, Drop, Put, Record

OF_THE_CLOCK: Final = frozenset({Name.CLOCK_ACCEPTED, Name.CLOCK_JUMPED})
"""Events that are written though the clock be refused."""

Ref: TypeAlias = tuple[type[Record], int]
"""Which record: its type, and its id as a number, which hashes in a fifth of the time."""


def ref_of(write: Put | Drop) -> Ref:
    """Which record a write concerns."""
    if isinstance(write, Put):
        return type(write.record), write.record.id.int
    return write.record, write.id.int


def organization_of(record: Record) -> UUID | None:
    """The organization that a record belongs to; None for what is the deployment's."""
    if isinstance(record, Organization):
        return record.id
    organization_id: UUID | None = getattr(record, "organization_id", None)
    return organization_id


def check_boundary(change: Change, organization_id: UUID | None) -> None:
    """Raise ValueError where a change reaches into an organization that it does not name."""
    if organization_id is None or change.organization_id in (organization_id, DEPLOYMENT):
        return
    raise ValueError("a change stays within the organization that it names")


def check(change: Change) -> None:
    """Raise ValueError for a change that no state of the store could make right."""
    if not change.events:
        raise ValueError("a change carries the event that it is")
    if any((event.name in OF_THE_CLOCK) != (change.reading is not None) for event in change.events):
        raise ValueError("what is said of the clock goes by a reading, and nothing else does")
    for event in change.events:
        check_boundary(change, event.organization_id)
    guarded = {(guard.record, guard.id.int, guard.version) for guard in change.guards}
    seen: set[Ref] = set()
    for write in change.writes:
        ref = ref_of(write)
        if ref in seen:
            raise ValueError("a change writes each record once")
        seen.add(ref)
        if isinstance(write, Put):
            check_boundary(change, organization_of(write.record))
            version = write.record.version - 1
            is_guarded = version == 0 or (*ref, version) in guarded
        else:
            is_guarded = any(one[:2] == ref and one[2] > 0 for one in guarded)
        if not is_guarded:
            raise ValueError("a change guards the version that it replaces or removes")
