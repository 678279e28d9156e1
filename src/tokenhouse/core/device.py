"""Devices: machines with an identity of their own, which they prove by two numbers in them."""

import hmac
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.credential import Secret, fingerprint
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.moment import Moment

COUNTER: Final = "device"
"""Under which name the numbers of devices are counted."""


class Device(msgspec.Struct, frozen=True):
    """A machine of an organization, which presents the tokens of one family at a time.

    `number` is the integer by which it is named in its dialect and on its topics; never given out
    again. `identifier` is unique within the organization. `cpu_id` and `uuid` prove that it is this
    machine that asks, so no `repr` shows them; without a `cpu_id` it renews nothing by itself.
    `family_id` is the family of its tokens that goes on, `revoked_before` the feed sequence of the
    mark that ended all before it.
    """

    id: UUID
    version: int
    organization_id: UUID
    number: int
    identifier: str
    serial_number: str
    model_id: str
    cpu_id: str | None
    uuid: str
    suspended: bool
    manufactured_at: Moment | None
    family_id: UUID
    revoked_before: int
    created_at: Moment
    updated_at: Moment

    def __repr__(self) -> str:
        return f"Device(id={self.id!r})"


def new_device(organization_id: UUID, id_: UUID, uuid: str, now: Moment) -> Device:
    """The record that a device begins with, without an identifier and a family of tokens."""
    return Device(
        id=id_,
        version=1,
        organization_id=organization_id,
        number=PENDING,
        identifier="",
        serial_number="",
        model_id="",
        cpu_id=None,
        uuid=uuid,
        suspended=False,
        manufactured_at=None,
        family_id=id_,
        revoked_before=0,
        created_at=now,
        updated_at=now,
    )


def is_proven(device: Device | None, cpu_id: Secret, uuid: Secret) -> bool:
    """Tell whether both are the device's; which is not, or that there is no device, no time tells.

    A device without a `cpu_id` proves nothing.
    """
    kept = (None, None) if device is None else (device.cpu_id, device.uuid)
    alike = [is_same(mine, sent) for mine, sent in zip(kept, (cpu_id, uuid), strict=True)]
    return all(alike)


def is_same(kept: str | None, presented: Secret) -> bool:
    """Tell whether these are the same; how much of them is, no time tells. None is like nothing."""
    # by their hashes, so that not even the length of what is kept is told
    alike = hmac.compare_digest(fingerprint(kept or ""), fingerprint(presented.reveal()))
    return alike and kept is not None


def topic_prefix(brand: str, device: Device) -> str:
    """What the topics begin with on which a device publishes and receives."""
    return f"{brand}/d/{device.number}/"
