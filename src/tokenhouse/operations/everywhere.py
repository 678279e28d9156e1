"""Whom a change of a person concerns: each of his organizations is told by an event of its own."""

from uuid import UUID

from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.operations.changes import SignInRecord


def organizations_of(record: SignInRecord) -> tuple[UUID, ...]:
    """The organizations in which a person has a membership; DEPLOYMENT where there is none."""
    return tuple(one.organization_id for one in record.memberships) or (DEPLOYMENT,)
