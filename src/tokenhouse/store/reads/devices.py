"""The reads about devices."""

from uuid import UUID

from tokenhouse.core.device import Device
from tokenhouse.operations.changes import Stretch
from tokenhouse.store import statements as sql
from tokenhouse.store.columns import Column, Row, uuid_of
from tokenhouse.store.reads.reading import Asked, along, first, rows
from tokenhouse.store.tables import DEVICES


class DeviceReads(Asked):
    """Finds and lists devices."""

    def one_device(self, organization_id: UUID | None, device_id: UUID) -> Device | None:
        """A device, by its id; of one organization or (None) of any."""
        statement = DEVICES.select if organization_id is None else sql.DEVICE_OF
        return self._first(statement, organization_id, id=device_id.bytes)

    def numbered_device(self, organization_id: UUID | None, number: int) -> Device | None:
        """The device that has this number; of one organization or (None) of any."""
        any_ = organization_id is None
        statement = sql.DEVICE_NUMBERED if any_ else sql.DEVICE_NUMBERED_OF
        return self._first(statement, organization_id, number=number)

    def find_device(self, organization_id: UUID, identifier: str) -> Device | None:
        """The device of an organization that has this identifier."""
        return self._first(sql.DEVICE_IDENTIFIED, organization_id, identifier=identifier)

    def page_devices(self, organization_id: UUID | None, stretch: Stretch) -> tuple[Device, ...]:
        """A stretch of the devices of an organization or (None) of all."""
        way, values = along(stretch)
        stretches = sql.ALL_DEVICES_BY_ID if organization_id is None else sql.DEVICES_BY_ID
        return self._rows(stretches[way], organization_id, **values)

    def existing(self, ids: tuple[UUID, ...]) -> frozenset[UUID]:
        """Those of these ids of which there is a record of a token or a device."""
        keys: list[Row] = [{"id": one.bytes} for one in ids]
        found = self._read(lambda reading: reading.executemany(sql.EXISTING, keys))
        return frozenset(uuid_of(one) for (one,) in found)

    def _first(
        self, statement: str, organization_id: UUID | None, **values: Column
    ) -> Device | None:
        return first(self._rows(statement, organization_id, **values))

    def _rows(
        self, statement: str, organization_id: UUID | None, **values: Column
    ) -> tuple[Device, ...]:
        within: Row = values
        if organization_id is not None:
            within = {"organization": organization_id.bytes, **values}
        return self._once(lambda reading: rows(reading, DEVICES, statement, within))
