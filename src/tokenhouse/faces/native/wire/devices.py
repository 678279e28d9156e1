"""How devices are spelled."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from tokenhouse.boundary import Answer, Object, Query, Request, Time, answered, time
from tokenhouse.boundary.answers import Headers
from tokenhouse.boundary.cursor import SLICE, Slice, write_slice
from tokenhouse.boundary.precondition import entity_tag
from tokenhouse.boundary.sorts import Flag, Id, SecretText, Sort, Text, When
from tokenhouse.core import device as core
from tokenhouse.core.credential import Secret
from tokenhouse.core.device import topic_prefix
from tokenhouse.core.moment import Moment
from tokenhouse.faces.native.wire.ids import read_id
from tokenhouse.operations.device_terms import MAX_PROOF, MAX_WORDS, DeviceTerms
from tokenhouse.operations.device_tokens import Equipped
from tokenhouse.operations.register_device import DeviceDraft
from tokenhouse.operations.sliced import Sliced


class DevicesSought(Slice, frozen=True):
    """Which devices a list shows; those of one organization, where it is named."""

    organization_id: UUID | None = None


def _terms(  # noqa: PLR0917 -- called with names
    identifier: str | UnsetType = UNSET,
    serial_number: str | UnsetType = UNSET,
    model_id: str | UnsetType = UNSET,
    cpu_id: Secret | UnsetType = UNSET,
    uuid: Secret | UnsetType = UNSET,
    suspended: bool | UnsetType = UNSET,
    manufactured_at: Moment | UnsetType | None = UNSET,
) -> DeviceTerms:
    kept: Secret | UnsetType | None = cpu_id
    if isinstance(cpu_id, Secret) and not cpu_id.reveal():
        kept = None
    return DeviceTerms(identifier, serial_number, model_id, kept, uuid, suspended, manufactured_at)


def _draft(  # noqa: PLR0917 -- called with names
    identifier: str,
    serial_number: str | UnsetType = UNSET,
    model_id: str | UnsetType = UNSET,
    cpu_id: Secret | UnsetType = UNSET,
    uuid: Secret | UnsetType = UNSET,
    suspended: bool | UnsetType = UNSET,
    manufactured_at: Moment | UnsetType | None = UNSET,
    organization: UUID | None = None,
) -> DeviceDraft:
    terms = _terms(identifier, serial_number, model_id, cpu_id, uuid, suspended, manufactured_at)
    return DeviceDraft(terms, organization)


def _proof(cpu_id: Secret | None = None) -> Secret | None:
    return cpu_id


_TERMS: Final[Mapping[str, Sort]] = {
    "identifier": Text(MAX_WORDS, empty=False),
    "serial_number": Text(MAX_WORDS),
    "model_id": Text(MAX_WORDS),
    "cpu_id": SecretText(MAX_PROOF),
    "uuid": SecretText(MAX_PROOF),
    "suspended": Flag(),
    "manufactured_at": When(),
}
NEW: Final = Object(_draft, {**_TERMS, "organization": Id()}, required=("identifier",))
EDIT: Final = Object(_terms, _TERMS)
PROOF: Final = Object(_proof, {"cpu_id": SecretText(MAX_PROOF)})
SOUGHT: Final = Query(
    DevicesSought,
    {**SLICE, "organization": Id()},
    into={"cursor": "after", "organization": "organization_id"},
)


class Device(msgspec.Struct, frozen=True):
    """A machine of an organization. `number` is what its dialect and its topics call it.

    `renews`: it has a `cpu_id`, without which it renews no token by itself. `cpu_id` and `uuid`
    prove it, and are told to operators alone, and with a `token` to whoever it is made for.
    """

    id: UUID
    number: int
    organization: UUID
    identifier: str
    serial_number: str
    model_id: str
    suspended: bool
    renews: bool
    manufactured_at: Time | None
    mqtt_prefix: str
    created_at: Time
    updated_at: Time
    cpu_id: str | UnsetType | None = UNSET
    uuid: str | UnsetType = UNSET
    token: str | UnsetType = UNSET
    expires_at: Time | UnsetType = UNSET


def read_device(request: Request) -> UUID:
    """The device that the path names, by its id."""
    return read_id(request, "device_id", "device")


def write_device(brand: str, device: core.Device, *, proofs: bool) -> Answer:
    """One device with its version as an entity tag."""
    told = shown(brand, device, proofs=proofs)
    return answered(200, told, (entity_tag(device.version),))


def write_equipped(brand: str, equipped: Equipped, headers: Headers = ()) -> Answer:
    """201 with what proves the device, and with its token."""
    tag = entity_tag(equipped.device.version)
    return answered(201, with_token(brand, equipped), (tag, *headers))


def write_devices(
    request: Request, brand: str, listed: Sliced[core.Device], *, proofs: bool
) -> Answer:
    """A slice of the devices."""
    rows = [shown(brand, one, proofs=proofs) for one in listed.rows]
    return write_slice(request, rows, listed.after)


def with_token(brand: str, equipped: Equipped) -> Device:
    """What is told of a device to whoever writes it into the machine."""
    assert equipped.token.expires_at is not None
    return replace(
        shown(brand, equipped.device, proofs=True),
        token=equipped.secret.reveal(),
        expires_at=time(equipped.token.expires_at),
    )


def shown(brand: str, device: core.Device, *, proofs: bool = False) -> Device:
    """What is told of a device."""
    made = device.manufactured_at
    told = Device(
        id=device.id,
        number=device.number,
        organization=device.organization_id,
        identifier=device.identifier,
        serial_number=device.serial_number,
        model_id=device.model_id,
        suspended=device.suspended,
        renews=device.cpu_id is not None,
        manufactured_at=None if made is None else time(made),
        mqtt_prefix=topic_prefix(brand, device),
        created_at=time(device.created_at),
        updated_at=time(device.updated_at),
    )
    return replace(told, cpu_id=device.cpu_id, uuid=device.uuid) if proofs else told
