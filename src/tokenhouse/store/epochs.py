"""Whose epoch a write raises: the organizations whose tokens have to be judged from fresh records.

A token's own record and the end of its family concern that token alone and raise nothing, nor do
new people and groups, on which no token rests yet.
"""

from typing import Final
from uuid import UUID

from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.client import Client
from tokenhouse.core.device import Device
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import DEPLOYMENT, Deployment, Membership, Organization, Person
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.operations.changes import Drop, Put
from tokenhouse.store.shape import ref_of

_OF_ALL: Final = (Deployment, Catalogue, SigningKey)
_OF_ONE: Final = (Organization, Membership, PolicyGroup, Client, Device)


def raised(write: Put | Drop, organization_id: UUID | None) -> UUID | None:
    """The organization that a write concerns, DEPLOYMENT for all of them; None for nobody.

    `organization_id` is where the record belongs. A person's memberships tell his organizations,
    so `person_of` names the person instead.
    """
    kind, _ = ref_of(write)
    if _is_new(write):
        return None
    if kind in _OF_ALL:
        return DEPLOYMENT
    return organization_id if kind in _OF_ONE else None


def person_of(write: Put | Drop) -> UUID | None:
    """The person whose organizations a write concerns."""
    kind, record_id = ref_of(write)
    return record_id if kind is Person and not _is_new(write) else None


def _is_new(write: Put | Drop) -> bool:
    return isinstance(write, Put) and write.record.version == 1
