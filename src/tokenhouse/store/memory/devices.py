"""The reads about devices."""

from uuid import UUID

from tokenhouse.core.device import Device
from tokenhouse.operations.changes import Stretch
from tokenhouse.store.memory.reading import Asked, along
from tokenhouse.store.unique import Claim


class DeviceReads(Asked):
    """Finds and lists devices."""

    def one_device(self, organization_id: UUID | None, device_id: UUID) -> Device | None:
        """A device, by its id; of one organization or (None) of any."""
        with self._lock:
            return _within(organization_id, self._kept.one(Device, device_id))

    def numbered_device(self, organization_id: UUID | None, number: int) -> Device | None:
        """The device that has this number; of one organization or (None) of any."""
        return _within(organization_id, self._claiming(("device number", number)))

    def find_device(self, organization_id: UUID, identifier: str) -> Device | None:
        """The device of an organization that has this identifier."""
        return self._claiming(("identifier", organization_id, identifier))

    def page_devices(self, organization_id: UUID | None, stretch: Stretch) -> tuple[Device, ...]:
        """A stretch of the devices of an organization or (None) of all."""
        with self._lock:
            return along(
                self._kept.all(Device),
                stretch,
                lambda device: organization_id in {None, device.organization_id},
            )

    def _claiming(self, claim: Claim) -> Device | None:
        with self._lock:
            return self._kept.claimed(Device, claim)


def _within(organization_id: UUID | None, device: Device | None) -> Device | None:
    if device is None or organization_id in {None, device.organization_id}:
        return device
    return None
