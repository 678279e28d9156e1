"""How much disk devices and their organizations have taken, and how much they may."""

from collections import Counter
from threading import Lock
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.boundary.error_list import OverLimit
from tokenhouse.core.refusal import Code

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
MAX_DEVICE_BYTES: Final = 256 * 1024 * 1024
"""Bytes of all files of one device."""
MAX_ORGANIZATION_BYTES: Final = 1024 * 1024 * 1024
MAX_RECORDS: Final = 1_000
"""Records of one organization."""


class Bounds(msgspec.Struct, frozen=True):
    """How much is kept at most: bytes of one file, of a device, of an organization; records."""

    file: int = MAX_FILE_BYTES
    device: int = MAX_DEVICE_BYTES
    organization: int = MAX_ORGANIZATION_BYTES
    records: int = MAX_RECORDS


class Owner(msgspec.Struct, frozen=True):
    """Whose a record is."""

    organization_id: UUID
    device_id: UUID


class Room:
    """What is taken, also by files that are not finished. Every method may be called at once."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._counting = Lock()
        self._bytes: Counter[UUID] = Counter()
        self._records: Counter[UUID] = Counter()

    def take_record(self, owner: Owner) -> None:
        """One more record; raises OverLimit."""
        with self._counting:
            if self._records[owner.organization_id] >= self._bounds.records:
                raise OverLimit(
                    Code.UNPROCESSABLE,
                    f"The organization has {self._bounds.records} records, and may have no more.",
                )
            self._records[owner.organization_id] += 1

    def take(self, owner: Owner, size: int) -> None:
        """So many bytes more; raises OverLimit and takes none where there is no room for them."""
        with self._counting:
            for whose, one, most in (
                ("the device has", owner.device_id, self._bounds.device),
                ("its organization has", owner.organization_id, self._bounds.organization),
            ):
                if self._bytes[one] + size > most:
                    raise OverLimit(
                        Code.TOO_LARGE,
                        f"There is no room for this file: {whose} {most} bytes for all files.",
                    )
            self.hold(owner, size)

    def hold(self, owner: Owner, size: int) -> None:
        """Count what is there already, whatever may be. Called by one thread at a time."""
        for one in (owner.device_id, owner.organization_id):
            self._bytes[one] += size

    def hold_record(self, owner: Owner) -> None:
        """The same of a record."""
        self._records[owner.organization_id] += 1

    def give_record_back(self, owner: Owner) -> None:
        """A record that was taken did not come to be."""
        with self._counting:
            self._records[owner.organization_id] -= 1

    def give_back(self, owner: Owner, size: int) -> None:
        """So many bytes are free again."""
        with self._counting:
            self.hold(owner, -size)
