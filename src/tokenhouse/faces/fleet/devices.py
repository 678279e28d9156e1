"""Devices: those of one's organization, for operators everyone's, and for a device itself."""

from typing import Final

from tokenhouse.boundary import NO_CONTENT, NOTHING, About, Answer, Asked, Request, Route, Success
from tokenhouse.boundary.fields import REQUIRED
from tokenhouse.core.device import Device
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.faces.fleet.wire import devices as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.changes import Stretch
from tokenhouse.operations.reaching import READS_ALL, WRITES_ALL

ALL: Final = "/api/v2/devices"

_ONE: Final = f"{ALL}/{{device}}"
_TAG: Final = "Fleet"
_READS: Final = frozenset({"DevicesRead"})
_READ: Final = Demand(Door.DEVICES, _READS, everywhere=READS_ALL, itself=True)
_TOLD: Final = Demand(Door.DEVICES, _READS, Asker.PERSON, everywhere=READS_ALL)
_WRITE: Final = Demand(
    Door.DEVICES, frozenset({"DevicesWrite"}), Asker.PERSON, everywhere=WRITES_ALL
)


def _list(authority: Authority, request: Request, caller: Caller) -> Answer:
    sought = wire.SOUGHT.read_at_once(request)
    devices, stretch = authority.devices, Stretch(sought.limit, sought.after)
    listed = devices.page(caller, stretch, sought.organization_id)
    proofs, online = devices.sees_proofs(caller), devices.last_online(*listed.rows)
    return wire.write_devices(request, authority.deployment.brand, listed, online, proofs=proofs)


def _create(authority: Authority, request: Request, caller: Caller) -> Answer:
    made = authority.devices.create(caller, wire.NEW.read(request))
    return wire.write_made(authority.deployment.brand, made)


def _show(authority: Authority, request: Request, caller: Caller) -> Answer:
    device = authority.devices.one(caller, wire.read_device(request))
    proofs = authority.devices.sees_proofs(caller)
    return _written(authority, device, proofs=proofs)


def _written(authority: Authority, device: Device, *, proofs: bool) -> Answer:
    online = authority.devices.last_online(device).get(device.id)
    return wire.write_device(authority.deployment.brand, device, online, proofs=proofs)


def _edit(authority: Authority, request: Request, caller: Caller) -> Answer:
    proofs = authority.devices.sees_proofs(caller)  # first: what is done is not refused
    edited = authority.devices.edit(caller, wire.read_device(request), wire.EDIT.read(request))
    return _written(authority, edited, proofs=proofs)


def _remove(authority: Authority, request: Request, caller: Caller) -> Answer:
    authority.devices.remove(caller, wire.read_device(request))
    return NOTHING


def _secrets(authority: Authority, request: Request, caller: Caller) -> Answer:
    proof = wire.read_proof(request)
    if proof is None and not authority.devices.sees_proofs(caller):
        fault = Problem("cpuId", f"{REQUIRED} of whoever is not Super")
        raise Refused(Code.MALFORMED, "The request has faults.", (fault,))
    return wire.write_secrets(authority.devices.secrets(caller, wire.read_device(request), proof))


_PATH: Final = {"device": "17"}
_SAID: Final = {"identifier": "rig-17", "serialNumber": "SN-2209", "modelId": "R2"}
_CPU_ID: Final = "0000000012345678"
_PROVES: Final = {"cpuId": _CPU_ID, "uuid": "7d444840-9dc0-41d1-8245-5ffdce74fad2"}
_ANSWER: Final = {
    "id": 17,
    **_SAID,
    "organizationId": "018f3c1e-7a44-7d0e-9a5c-2f1b6f0d4c11",
    "statusId": 1,
    "mqttPrefix": "th/d/17/",
    "lastOnline": "2030-01-01T12:00:00Z",
    "createdDate": "2029-12-01T08:00:00Z",
    "manufactureDate": None,
}

ROUTES: Final = (
    Route(
        "GET",
        ALL,
        Asked(_list),
        _READ,
        about=About(
            tag=_TAG,
            summary="List the devices, the oldest first.",
            text="Super is shown those of every organization, or of the one named; a device"
            " nothing but itself. `Link` leads to the next ones, where there are more.",
            query=wire.SOUGHT,
            answers={200: Success(list[wire.Device], ("Link",))},
            refuses=frozenset({Code.NOT_FOUND}),
            answer_example=[_ANSWER],
        ),
    ),
    Route(
        "POST",
        ALL,
        Asked(_create),
        _WRITE,
        idempotent=True,
        about=About(
            tag=_TAG,
            summary="Make a device, with its first token.",
            text="`organizationId` may be called `customerId`; left out, it is one's own. A `uuid`"
            " that is left out is made. Without a `cpuId` the device renews nothing by itself,"
            " of which the answer warns.",
            body=wire.NEW,
            answers={200: Success(wire.Device)},
            refuses=frozenset({Code.ALREADY_DONE, Code.UNPROCESSABLE}),
            body_example=_SAID | {"cpuId": _CPU_ID},
            answer_example=_ANSWER | _PROVES | {"lastOnline": None, "token": "eyJ…"},
        ),
    ),
    Route(
        "GET",
        _ONE,
        Asked(_show),
        _READ,
        about=About(
            tag=_TAG,
            summary="Show a device.",
            text="What proves it is told to Super and to the device itself.",
            answers={200: Success(wire.Device)},
            path_example=_PATH,
            answer_example=_ANSWER,
        ),
    ),
    Route(
        "PATCH",
        _ONE,
        Asked(_edit),
        _WRITE,
        about=About(
            tag=_TAG,
            summary="Change what is kept of a device, disable or enable it.",
            text="What is not named stays as it is; an empty `cpuId` takes it away.",
            body=wire.EDIT,
            answers={200: Success(wire.Device)},
            path_example=_PATH,
            body_example={"statusId": 3},
            answer_example=_ANSWER | {"statusId": 3},
        ),
    ),
    Route(
        "DELETE",
        _ONE,
        Asked(_remove),
        _WRITE,
        about=About(
            tag=_TAG,
            summary="Remove a device for good; its tokens are good no longer.",
            answers=NO_CONTENT,
            path_example=_PATH,
        ),
    ),
    Route(
        "GET",
        f"{_ONE}/secrets",
        Asked(_secrets),
        _TOLD,
        about=About(
            tag=_TAG,
            summary="Tell what proves a device, with a token beside the one that it has.",
            text="Super says nothing else; everybody else says its `cpuId`, in a JSON body, in the"
            " query or in a header of that name. With a wrong one the device is as unknown as any."
            " Each time is told in the audit trail.",
            query=wire.PROOF,
            answers={200: Success(wire.Secrets)},
            refuses=frozenset({Code.MEDIA_TYPE, Code.UNPROCESSABLE, Code.TOO_MANY}),
            path_example=_PATH,
            query_example={"cpuId": _CPU_ID},
            answer_example=_PROVES | {"token": "eyJ…"},
        ),
    ),
)
