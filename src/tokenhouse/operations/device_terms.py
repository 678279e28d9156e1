"""What can be said of a device, and what of it an event tells."""

from typing import Final

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from tokenhouse.core.credential import Secret
from tokenhouse.core.device import Device
from tokenhouse.core.events import Details
from tokenhouse.core.moment import Moment, format_moment
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.operations.found import fault_of_name, tidy
from tokenhouse.operations.ports import Store

MAX_WORDS: Final = 100
"""Characters of an identifier, a serial number and a model."""
MAX_PROOF: Final = 200
"""Characters of a `cpu_id` and of a `uuid`."""

_NAMES: Final = ("identifier", "serial_number", "model_id")
_PROOFS: Final = ("cpu_id", "uuid")


class DeviceTerms(msgspec.Struct, frozen=True):
    """What is to be of a device; UNSET stays as it is, or as a new device begins.

    `cpu_id` None: it has none, and renews nothing by itself.
    """

    identifier: str | UnsetType = UNSET
    serial_number: str | UnsetType = UNSET
    model_id: str | UnsetType = UNSET
    cpu_id: Secret | UnsetType | None = UNSET
    uuid: Secret | UnsetType = UNSET
    suspended: bool | UnsetType = UNSET
    manufactured_at: Moment | UnsetType | None = UNSET


def with_terms(device: Device, terms: DeviceTerms) -> Device:
    """The same device on other terms, as they would be kept."""
    said = {name: getattr(terms, name) for name in terms.__struct_fields__}
    named = {name: to for name, to in said.items() if to is not UNSET}
    for name, to in named.items():
        if isinstance(to, Secret):
            named[name] = to.reveal()
        elif name in _NAMES:
            named[name] = tidy(to)
    return replace(device, **named)


def check_device(store: Store, device: Device) -> None:
    """Raise Refused(MALFORMED) with all faults of a device as it would be kept."""
    problems = [
        Problem(name, fault)
        for name, longest, needed in (
            ("identifier", MAX_WORDS, True),
            ("serial_number", MAX_WORDS, False),
            ("model_id", MAX_WORDS, False),
            ("cpu_id", MAX_PROOF, device.cpu_id is not None),
            ("uuid", MAX_PROOF, True),
        )
        if (fault := _fault(getattr(device, name) or "", longest, needed=needed))
    ]
    if not problems and _is_taken(store, device):
        problems = [Problem("identifier", "is taken by another device of this organization")]
    if problems:
        raise Refused(Code.MALFORMED, "The device cannot be so.", tuple(problems))


def _fault(text: str, longest: int, *, needed: bool) -> str | None:
    return fault_of_name(text, longest) if text or needed else None


def _is_taken(store: Store, device: Device) -> bool:
    """Told within the organization alone: others use what identifiers they like."""
    taken = store.find_device(device.organization_id, device.identifier)
    return taken is not None and taken.id != device.id


def device_told(device: Device) -> Details:
    """Everything but what proves the device."""
    made = device.manufactured_at
    return {
        "identifier": device.identifier,
        "serial_number": device.serial_number,
        "model": device.model_id,
        "suspended": device.suspended,
        "manufactured_at": None if made is None else format_moment(made),
        "renews": device.cpu_id is not None,
    }


def device_before_and_after(before: Device, after: Device) -> Details:
    """Each of these that differs, and which proof was replaced, never by what."""
    was, is_ = device_told(before), device_told(after)
    details: Details = {"number": after.number, "identifier": after.identifier}
    for name, old in was.items():
        if old != is_[name]:
            details |= {f"{name}_before": old, f"{name}_after": is_[name]}
    replaced = [name for name in _PROOFS if getattr(before, name) != getattr(after, name)]
    return details | {"proofs_replaced": [*replaced]}
