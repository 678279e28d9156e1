"""What every change has to satisfy whatever the store holds: its own shape."""

from collections.abc import Iterable
from typing import Final, TypeAlias
from uuid import UUID

from tokenhouse.core.events import Name
from tokenhouse.core.principal import DEPLOYMENT, Organization
from tokenhouse.core.token import Token
from tokenhouse.operations.changes import Change, Drop, Put, Record

OF_THE_CLOCK: Final = frozenset({Name.CLOCK_ACCEPTED, Name.CLOCK_JUMPED})
"""Events that are written though the clock be refused."""

Ref: TypeAlias = tuple[type[Record], int]
"""Which record: its type, and its id as a number, which hashes in a fifth of the time."""


def ref_of(write: Put | Drop) -> Ref:
    """Which record a write concerns."""
    return _ref(write.record) if isinstance(write, Put) else (write.record, write.id.int)


def _ref(record: Record) -> Ref:
    return type(record), record.id.int


def refs_of(changes: Iterable[Change]) -> set[Ref]:
    """Every record whose version the settlement of these changes depends on.

    Not that of a token that comes: its id is drawn, so none is there, and an engine that found one
    nevertheless would refuse to write a second.
    """
    refs: set[Ref] = set()
    for change in changes:
        refs.update([(guard.record, guard.id.int) for guard in change.guards])
        refs.update([ref_of(write) for write in change.writes if not _comes_drawn(write)])
    return refs


def _comes_drawn(write: Put | Drop) -> bool:
    return type(write) is Put and type(write.record) is Token and write.record.version == 1


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
    goes_by_reading = change.reading is not None
    for event in change.events:
        if (event.name in OF_THE_CLOCK) is not goes_by_reading:
            raise ValueError("what is said of the clock goes by a reading, and nothing else does")
        check_boundary(change, event.organization_id)
    refs = [ref_of(write) for write in change.writes]
    if len({*refs}) < len(refs):
        raise ValueError("a change writes each record once")
    for ref, write in zip(refs, change.writes, strict=True):
        if isinstance(write, Put):
            check_boundary(change, organization_of(write.record))
            version = write.record.version - 1
            is_guarded = version == 0 or version in _guarded(change, ref)
            before = write.before
            if before is not None and (*_ref(before), before.version) != (*ref, version):
                raise ValueError("what a change replaces is the version before")
        else:
            is_guarded = any(_guarded(change, ref))
        if not is_guarded:
            raise ValueError("a change guards the version that it replaces or removes")


def _guarded(change: Change, ref: Ref) -> list[int]:
    """The versions of a record that a change relies on."""
    record, number = ref
    return [one.version for one in change.guards if one.record is record and one.id.int == number]
