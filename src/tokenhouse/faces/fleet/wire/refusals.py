"""Refusals in the dialect's form, with our fields in its words."""

from typing import Final

from tokenhouse.boundary import Answer, Request, error_list
from tokenhouse.boundary.error_list import Missing, read_number
from tokenhouse.core.refusal import Code, Refused, Unavailable

DEVICE: Final = "device"
"""What the path of a device names, by its number."""

_SPELLED: Final = {
    "serial_number": "serialNumber",
    "model_id": "modelId",
    "cpu_id": "cpuId",
    "manufactured_at": "manufactureDate",
    "suspended": "statusId",
    "organization": "organizationId",
}
"""Our names of a device's fields where this dialect has another. `/loginDevice` has ours."""


def refuse(request: Request, refused: Refused | Unavailable) -> Answer:
    """A refusal with every fault, or our inability."""
    is_unknown = isinstance(refused, Refused) and refused.code is Code.NOT_FOUND
    if is_unknown and DEVICE in request.parameters:
        refused = Missing(DEVICE, read_number(request, DEVICE))
    spelled = {} if request.path == "/loginDevice" else _SPELLED
    return error_list.refuse(request, refused, spelled)
