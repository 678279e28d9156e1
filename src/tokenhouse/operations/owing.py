"""What turning a second factor on and off brings with it."""

from typing import TypeAlias, TypeVar
from uuid import UUID

from msgspec.structs import replace

from tokenhouse.core import recovery_code
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Details, Name
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.moment import Moment
from tokenhouse.core.principal import DEPLOYMENT, Person
from tokenhouse.core.second_factor import Factors, RecoveryCodes
from tokenhouse.operations.admit import Actor
from tokenhouse.operations.changes import Change, Drop, Guard, Put, Record, SignInRecord, guard_of
from tokenhouse.operations.decide import Plan
from tokenhouse.operations.everywhere import events_of_person
from tokenhouse.operations.ports import Entropy
from tokenhouse.operations.second_factor import Used

T = TypeVar("T")

Step: TypeAlias = tuple[tuple[Guard, ...], tuple[Put | Drop, ...]]
"""A part of a change: what it relies on, and what it writes."""


def owing(record: SignInRecord, now: Moment) -> Step:
    """The person as he is once he owes a factor.

    His record is written in any case: whoever signs in meanwhile relies on its version. With the
    first factor ends what applications were given for the password alone.
    """
    person = record.person
    mark = person.grants_revoked_before if record.factors.owed else PENDING
    later = replace(person, version=person.version + 1, grants_revoked_before=mark, updated_at=now)
    return (guard_of(person),), (Put(later),)


def leaving(record: SignInRecord, left: Factors, now: Moment) -> Step:
    """The person as he is with the factors that are left to him.

    His record is written, so that two who go do not each count on the other. With the last one go
    the recovery codes, which only stand in for one.
    """
    person, codes = record.person, record.factors.recovery_codes
    later = replace(person, version=person.version + 1, updated_at=now)
    if left.owed or codes is None:
        return (guard_of(person),), (Put(later),)
    return (guard_of(person), guard_of(codes)), (Put(later), Drop(RecoveryCodes, codes.id))


def new_codes(
    record: SignInRecord, entropy: Entropy, now: Moment
) -> tuple[Step, tuple[Secret, ...]]:
    """A set of recovery codes in place of the one before, and the codes themselves."""
    person, kept = record.person, record.factors.recovery_codes
    codes = tuple(
        recovery_code.make(entropy(recovery_code.RANDOM_BYTES))
        for _ in range(recovery_code.IN_A_SET)
    )
    version = 1 if kept is None else kept.version + 1
    written = RecoveryCodes(person.id, version, _digests(person, codes), now)
    guards = () if kept is None else (guard_of(kept),)
    return (guards, (Put(written),)), codes


def first_codes(
    record: SignInRecord, entropy: Entropy, now: Moment
) -> tuple[Step, tuple[Secret, ...]]:
    """The same for whoever has none yet; else nothing."""
    if record.factors.recovery_codes is not None:
        return ((), ()), ()
    return new_codes(record, entropy, now)


def planned(  # noqa: PLR0917 -- what one commit is made of
    actor: Actor,
    record: SignInRecord,
    used: Used,
    name: Name,
    details: Details,
    told: T,
    *steps: Step,
) -> Plan[T]:
    """A change of somebody's factors. What confirmed it may be what it removes or replaces."""
    writes = tuple(write for _, written in steps for write in written)
    changed = {_ref(write) for write in writes}
    guards = (
        *actor.guards,
        *used.guards,
        *(guard for relied_on, _ in steps for guard in relied_on),
    )
    change = Change(
        DEPLOYMENT,
        tuple(dict.fromkeys(guards)),
        (*(write for write in used.writes if _ref(write) not in changed), *writes),
        events_of_person(actor, record, name, details | used.told),
    )
    return Plan(change, lambda _: told)


def _ref(write: Put | Drop) -> tuple[type[Record], UUID]:
    if isinstance(write, Drop):
        return write.record, write.id
    return type(write.record), write.record.id


def _digests(person: Person, codes: tuple[Secret, ...]) -> tuple[str, ...]:
    found = (recovery_code.digest(person.id, code.reveal()) for code in codes)
    return tuple(one for one in found if one is not None)
