"""Whom a change of a person concerns: each of his organizations is told by an event of its own."""

from uuid import UUID

from tokenhouse.core.events import Details, Event, Name
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.operations.admit import Actor
from tokenhouse.operations.changes import SignInRecord


def organizations_of(record: SignInRecord) -> tuple[UUID, ...]:
    """The organizations in which a person has a membership; DEPLOYMENT where there is none."""
    return tuple(one.organization_id for one in record.memberships) or (DEPLOYMENT,)


def events_of_person(
    actor: Actor, record: SignInRecord, name: Name, details: Details
) -> tuple[Event, ...]:
    """One event for each organization of a person, for the deployment where he has none."""
    person_id = record.person.id
    told: Details = {"person": str(person_id), **details}
    return tuple(actor.event(name, place, person_id, told) for place in organizations_of(record))
