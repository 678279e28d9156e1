"""Devices: those of the caller's organization, and for operators those of every one."""

from typing import Final

from tokenhouse.boundary import NO_CONTENT, NOTHING, About, Answer, Asked, Request, Route, Success
from tokenhouse.boundary.cursor import Listed
from tokenhouse.boundary.precondition import expected_version
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door
from tokenhouse.core.refusal import Code
from tokenhouse.faces.native.examples import DEVICE, KEPT, ORGANIZATION
from tokenhouse.faces.native.wire import devices as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.changes import Stretch
from tokenhouse.operations.reaching import READS_ALL, WRITES_ALL

_TAG: Final = "Devices"
_READ: Final = Demand(Door.MANAGEMENT, frozenset({"DevicesRead"}), everywhere=READS_ALL)
_WRITE: Final = Demand(Door.MANAGEMENT, frozenset({"DevicesWrite"}), everywhere=WRITES_ALL)
_ALL: Final = "/v1/devices"
_ONE: Final = "/v1/devices/{device_id}"


def _list(authority: Authority, request: Request, caller: Caller) -> Answer:
    sought = wire.SOUGHT.read(request)
    devices, stretch = authority.devices, Stretch(sought.limit, sought.after)
    listed = devices.page(caller, stretch, sought.organization_id)
    proofs = devices.sees_proofs(caller)
    return wire.write_devices(request, authority.deployment.brand, listed, proofs=proofs)


def _create(authority: Authority, request: Request, caller: Caller) -> Answer:
    made = authority.devices.create(caller, wire.NEW.read(request))
    location = ("location", f"{_ALL}/{made.device.id}")
    return wire.write_equipped(authority.deployment.brand, made, (location,))


def _show(authority: Authority, request: Request, caller: Caller) -> Answer:
    device = authority.devices.one(caller, wire.read_device(request))
    proofs = authority.devices.sees_proofs(caller)
    return wire.write_device(authority.deployment.brand, device, proofs=proofs)


def _edit(authority: Authority, request: Request, caller: Caller) -> Answer:
    named, expected = wire.read_device(request), expected_version(request)
    edited = authority.devices.edit(caller, named, wire.EDIT.read(request), expected)
    return wire.write_device(authority.deployment.brand, edited, proofs=False)


def _remove(authority: Authority, request: Request, caller: Caller) -> Answer:
    authority.devices.remove(caller, wire.read_device(request))
    return NOTHING


def _secrets(authority: Authority, request: Request, caller: Caller) -> Answer:
    named, proof = wire.read_device(request), wire.PROOF.read(request)
    told = authority.devices.secrets(caller, named, proof)
    return wire.write_equipped(authority.deployment.brand, told)


def _revoke(authority: Authority, request: Request, caller: Caller) -> Answer:
    authority.devices.revoke(caller, wire.read_device(request))
    return NOTHING


_PATH: Final = {"device_id": DEVICE}
_SAID: Final = {"identifier": "rig-17", "serial_number": "SN-2209", "model_id": "R2"}
_PROVES: Final = {"cpu_id": "0000000012345678"}
_ANSWER: Final = {
    "id": DEVICE,
    "number": 17,
    "organization": ORGANIZATION,
    **_SAID,
    "suspended": False,
    "renews": True,
    "manufactured_at": None,
    "mqtt_prefix": "th/d/17/",
    **KEPT,
}
_EQUIPPED: Final = _ANSWER | {
    **_PROVES,
    "uuid": "7d444840-9dc0-41d1-8245-5ffdce74fad2",
    "token": "eyJ…",
    "expires_at": "2029-12-08T08:00:00Z",
}
_SHOWN: Final = {200: Success(wire.Device, ("ETag",))}

ROUTES: Final = (
    Route(
        "GET",
        _ALL,
        Asked(_list),
        _READ,
        about=About(
            tag=_TAG,
            summary="List the devices, the oldest first.",
            text="An operator is shown those of every organization, or of the one named.",
            query=wire.SOUGHT,
            answers={200: Success(Listed[wire.Device], ("Link",))},
            refuses=frozenset({Code.NOT_FOUND}),
            answer_example={"data": [_ANSWER]},
        ),
    ),
    Route(
        "POST",
        _ALL,
        Asked(_create),
        _WRITE,
        idempotent=True,
        about=About(
            tag=_TAG,
            summary="Make a device, with its first token.",
            text="`token`, `cpu_id` and `uuid` are for the machine itself: it renews the one with"
            " the other two. A `uuid` that is left out is made; without a `cpu_id` it renews"
            " nothing by itself. Only an operator names another `organization`.",
            body=wire.NEW,
            answers={201: Success(wire.Device, ("Location", "ETag"))},
            refuses=frozenset({Code.ALREADY_DONE, Code.UNPROCESSABLE}),
            body_example=_SAID | _PROVES,
            answer_example=_EQUIPPED,
        ),
    ),
    Route(
        "GET",
        _ONE,
        Asked(_show),
        _READ,
        about=About(
            tag=_TAG,
            summary="Show a device, without what proves it.",
            text="Operators are shown that too.",
            answers=_SHOWN,
            path_example=_PATH,
            answer_example=_ANSWER,
        ),
    ),
    Route(
        "PATCH",
        _ONE,
        Asked(_edit),
        _WRITE,
        precondition=True,
        about=About(
            tag=_TAG,
            summary="Change what is kept of a device, suspend or resume it.",
            text="What is not named stays as it is; an empty `cpu_id` takes it away. A suspended"
            " device's tokens are good nowhere until it is resumed.",
            body=wire.EDIT,
            answers=_SHOWN,
            path_example=_PATH,
            body_example={"suspended": True},
            answer_example=_ANSWER | {"suspended": True},
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
            text="Its number is never given out again, its identifier is free.",
            answers=NO_CONTENT,
            path_example=_PATH,
        ),
    ),
    Route(
        "POST",
        f"{_ONE}/secrets",
        Asked(_secrets),
        _READ,
        idempotent=True,
        brief=True,
        about=About(
            tag=_TAG,
            summary="Tell what proves a device, with a token beside the one that it has.",
            text="Whoever is no operator gives its `cpu_id`; with a wrong one the device is as"
            " unknown as any. Once its tokens were revoked, this begins anew. Each time is told in"
            " the audit trail.",
            body=wire.PROOF,
            answers={201: Success(wire.Device, ("ETag",))},
            refuses=frozenset({Code.ALREADY_DONE, Code.UNPROCESSABLE, Code.TOO_MANY}),
            path_example=_PATH,
            body_example=_PROVES,
            answer_example=_EQUIPPED,
        ),
    ),
    Route(
        "POST",
        f"{_ONE}/revoke",
        Asked(_revoke),
        _WRITE,
        about=About(
            tag=_TAG,
            summary="End all tokens that a device was given before now.",
            text="None of them renews. The device comes back with what its secrets tell.",
            answers=NO_CONTENT,
            path_example=_PATH,
        ),
    ),
)
