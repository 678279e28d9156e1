"""Whose devices an actor reaches: his organization's, and as an operator every one's."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.device import Device
from tokenhouse.core.identifier import NUMBERS_END
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.admit import Actor
from tokenhouse.operations.finding import no_organization
from tokenhouse.operations.ports import Store

READS_ALL: Final = "AllDevicesRead"
WRITES_ALL: Final = "AllDevicesWrite"
"""Who holds these reaches the devices of every organization."""


class Reach(msgspec.Struct, frozen=True):
    """`organization_id` None: everywhere. A device that asks reaches `itself` and no other one."""

    organization_id: UUID | None
    itself: Device | None = None

    def within(self, named: UUID | None) -> UUID | None:
        """The organization that is meant; raise Refused(NOT_FOUND) for one that is not reached."""
        if named is None or named == self.organization_id:
            return self.organization_id
        if self.organization_id is not None:
            raise no_organization()
        return named

    def device(self, store: Store, named: UUID | int) -> Device | None:
        """The device of this id or number, where it is reached.

        Raises Refused(FORBIDDEN) for a device that asks for another, as if there were one.
        """
        if self.itself is not None:
            if named not in {self.itself.id, self.itself.number}:
                raise Refused(Code.FORBIDDEN, "A device is shown nothing but itself.")
            return self.itself
        if isinstance(named, UUID):
            return store.one_device(self.organization_id, named)
        if not 0 < named < NUMBERS_END:
            return None
        return store.numbered_device(self.organization_id, named)


def reach(actor: Actor, everywhere: str) -> Reach:
    """How far an actor reaches who may hold this operators' permission.

    At the machine it is the organization that was named, or all.
    """
    if actor.found is None:
        return Reach(None if actor.organization_id == DEPLOYMENT else actor.organization_id)
    own = actor.found.standing.device
    if own is not None:
        return Reach(own.organization_id, own)
    return Reach(None if everywhere in actor.permissions else actor.organization_id)
