"""How devices are spelled."""

from collections.abc import Mapping
from typing import Final, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from tokenhouse.boundary import Answer, Object, Query, Request, Time, answered, time
from tokenhouse.boundary.cursor import SLICE, Slice, link
from tokenhouse.boundary.error_list import Missing, Number, read_number
from tokenhouse.boundary.media import JSON
from tokenhouse.boundary.sorts import Id, SecretText, Sort, Text, When
from tokenhouse.core import device as core
from tokenhouse.core.credential import Secret
from tokenhouse.core.device import topic_prefix
from tokenhouse.core.moment import Moment
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.faces.fleet.wire.refusals import DEVICE
from tokenhouse.faces.fleet.wire.sorts import ACTIVE, DISABLED, StatusId
from tokenhouse.operations.device_terms import MAX_PROOF, MAX_WORDS, DeviceTerms
from tokenhouse.operations.device_tokens import Equipped
from tokenhouse.operations.register_device import DeviceDraft
from tokenhouse.operations.sliced import Sliced

RENEWS_NOTHING: Final = "The device has no cpuId, without which it renews no token by itself."


class Sought(Slice, frozen=True):
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
    customer: UUID | None = None,
) -> DeviceDraft:
    if None not in {organization, customer} and organization != customer:
        problem = Problem("customerId", "is another organization than organizationId")
        raise Refused(Code.MALFORMED, "The body has faults.", (problem,))
    terms = _terms(identifier, serial_number, model_id, cpu_id, uuid, suspended, manufactured_at)
    return DeviceDraft(terms, organization or customer)


def _proof(cpu_id: Secret | None = None) -> Secret | None:
    return cpu_id if cpu_id is not None and cpu_id.reveal() else None


_TERMS: Final[Mapping[str, Sort]] = {
    "identifier": Text(MAX_WORDS, empty=False),
    "serialNumber": Text(MAX_WORDS),
    "modelId": Text(MAX_WORDS),
    "cpuId": SecretText(MAX_PROOF),
    "uuid": SecretText(MAX_PROOF),
    "statusId": StatusId(),
    "manufactureDate": When(),
}
_INTO: Final = {
    "serialNumber": "serial_number",
    "modelId": "model_id",
    "cpuId": "cpu_id",
    "statusId": "suspended",
    "manufactureDate": "manufactured_at",
}
_PROOF: Final[Mapping[str, Sort]] = {"cpuId": SecretText(MAX_PROOF)}
NEW: Final = Object(
    _draft,
    {**_TERMS, "organizationId": Id(), "customerId": Id()},
    required=("identifier",),
    into={**_INTO, "organizationId": "organization", "customerId": "customer"},
)
EDIT: Final = Object(_terms, _TERMS, into=_INTO)
PROOF: Final = Query(_proof, _PROOF, into=_INTO)
_SENT_PROOF: Final = Object(_proof, _PROOF, into=_INTO)
SOUGHT: Final = Query(
    Sought,
    {**SLICE, "organizationId": Id()},
    into={"cursor": "after", "organizationId": "organization_id"},
)


class Device(msgspec.Struct, frozen=True, rename="camel"):
    """A machine of an organization. `statusId` is 1 while it is active, 3 once it is disabled.

    `cpuId` and `uuid` prove it: they are told to Super, to itself, and with its `token` to whoever
    makes it. `lastOnline` is when a token of it was good last, or renewed, and null before that;
    it comes some seconds late. `warnings` stand where somebody should know something.
    """

    id: Number
    identifier: str
    serial_number: str
    model_id: str
    organization_id: UUID
    status_id: Literal[1, 3]
    mqtt_prefix: str
    last_online: Time | None
    created_date: Time
    manufacture_date: Time | None
    cpu_id: str | UnsetType | None = UNSET
    uuid: str | UnsetType = UNSET
    token: str | UnsetType = UNSET
    warnings: list[str] | UnsetType = UNSET


class Secrets(msgspec.Struct, frozen=True, rename="camel"):
    """What proves a device, with a token beside the one that it has."""

    cpu_id: str | None
    uuid: str
    token: str


def read_device(request: Request) -> int:
    """The number of the device that the path names; raises Refused(NOT_FOUND) for what is none."""
    number = read_number(request, DEVICE)
    if number is None:
        raise Missing(DEVICE, number)
    return number


def read_proof(request: Request) -> Secret | None:
    """The `cpuId` from the body, the query or a header of that name: proxies drop bodies of GET.

    Raises Refused(MALFORMED) where they differ.
    """
    sent = [PROOF.read_at_once(request)]
    if request.body:
        sent.append(_SENT_PROOF.read(request))
    header = request.header("cpuid")
    if header is not None:
        sent.append(_SENT_PROOF.of({"cpuId": header}))
    said = {one.reveal() for one in sent if one is not None}
    if len(said) > 1:
        problem = Problem("cpuId", "is said twice, and not the same")
        raise Refused(Code.MALFORMED, "The request has faults.", (problem,))
    return Secret(said.pop()) if said else None


def write_device(brand: str, device: core.Device, online: Moment | None, *, proofs: bool) -> Answer:
    """One device."""
    return answered(200, _shown(brand, device, online, proofs=proofs))


def write_made(brand: str, made: Equipped) -> Answer:
    """A new device with what proves it, and with its token."""
    told = replace(_shown(brand, made.device, None, proofs=True), token=made.secret.reveal())
    if made.device.cpu_id is None:
        told = replace(told, warnings=[RENEWS_NOTHING])
    return answered(200, told)


def write_devices(
    request: Request,
    brand: str,
    listed: Sliced[core.Device],
    online: Mapping[UUID, Moment],
    *,
    proofs: bool,
) -> Answer:
    """A slice of the devices; where there are more, `Link` leads to them."""
    rows = [_shown(brand, one, online.get(one.id), proofs=proofs) for one in listed.rows]
    headers = () if listed.after is None else (link(request, listed.after),)
    return Answer(200, msgspec.json.encode(rows), JSON, headers)


def write_secrets(told: Equipped) -> Answer:
    """What is written into the machine."""
    return answered(200, Secrets(told.device.cpu_id, told.device.uuid, told.secret.reveal()))


def _shown(brand: str, device: core.Device, online: Moment | None, *, proofs: bool) -> Device:
    made = device.manufactured_at
    told = Device(
        id=device.number,
        identifier=device.identifier,
        serial_number=device.serial_number,
        model_id=device.model_id,
        organization_id=device.organization_id,
        status_id=DISABLED if device.suspended else ACTIVE,
        mqtt_prefix=topic_prefix(brand, device),
        last_online=None if online is None else time(online),
        created_date=time(device.created_at),
        manufacture_date=None if made is None else time(made),
    )
    return replace(told, cpu_id=device.cpu_id, uuid=device.uuid) if proofs else told
