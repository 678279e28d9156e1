"""What Spoke Zone's clients do: a device is made, reports, fetches updates and renews its token."""

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from tokenhouse.demo.walk.guide import Guide
from tokenhouse.demo.walk.line import Line, Name
from tokenhouse.demo.walk.mqtt import REFUSED
from tokenhouse.demo.walk.request import Request
from tokenhouse.demo.walk.told import Told

TITLE: Final = "A machine and its own token, as Spoke Zone spells it"

_DEVICES: Final = "/api/v2/devices"
_DISABLED: Final = 3
_ACTIVE: Final = 1
_LOG: Final = b"voltage dropped\n"


class _Device(msgspec.Struct, frozen=True):
    """A device that was made on the way, as it knows itself."""

    path: str
    cpu_id: str
    uuid: str
    prefix: str
    """Of its topics."""
    token: str

    @property
    def header(self) -> str:
        return f"x-access-token: {self.token}"

    @property
    def number(self) -> str:
        return self.path.rpartition("/")[2]


def walk(guide: Guide, told: Told) -> None:
    """From a new device to one that is no more."""
    anna = told.person("Administrator")
    user = guide(
        "Sign in for a user token: a JWT that tells who signed in, and what he may do.",
        Request.of_json("POST", "/login", {"username": anna.email, "password": anna.password}),
        200,
    )
    by = f"x-access-token: {user['token']}"
    device = _make(guide, told, by)
    _use(guide, device)
    _send_and_fetch(guide, device)
    renewed = _renew(guide, device)
    _secrets(guide, renewed, by)
    with _connected(guide, told, renewed, user["token"]) as line:
        _disable(guide, renewed, by, line)
    _revoke(guide, told, renewed, user["token"])
    for says, path in (
        ("Tidy up: remove the machine,", renewed.path),
        ("and sign out.", "/v1/sessions/current"),
    ):
        guide(says, Request.plain("DELETE", path, by), 204)
    guide("What is removed opens nothing.", _itself(renewed), 401)


def _make(guide: Guide, told: Told, by: str) -> _Device:
    cpu_id = secrets.token_hex(8)
    guide.keep_secret(cpu_id)
    identifier = f"roof-{secrets.token_hex(3)}"
    said = {
        "identifier": identifier,
        "organizationId": told.organization.id,
        "cpuId": cpu_id,
    }
    made = guide(
        "Make a device. Its token, and what proves it, are written into the machine.",
        Request.of_json("POST", _DEVICES, said, by),
        200,
        identifier=identifier,
        statusId=_ACTIVE,
    )
    return _Device(
        f"{_DEVICES}/{made['id']}", cpu_id, made["uuid"], made["mqttPrefix"], made["token"]
    )


def _use(guide: Guide, device: _Device) -> None:
    guide("From here on the machine asks: what is known of it?", _itself(device), 200)
    shown = guide(
        "Of all the devices it sees none but itself,",
        Request.plain("GET", _DEVICES, device.header),
        200,
    )
    guide.see(len(shown) == 1, "one device")
    guide(
        "and it manages nothing.",
        Request.of_json("POST", _DEVICES, {"identifier": "another"}, device.header),
        403,
    )


def _send_and_fetch(guide: Guide, device: _Device) -> None:
    """The machine sends a file, and fetches an update."""
    sent = guide(
        "It sends a file: first what it is,",
        Request.of_json("POST", "/api/v2/data-files", {"type": "log"}, device.header),
        200,
        type="log",
    )
    guide(
        "then the file itself.",
        Request.of_file(f"/api/v2/data-files/{sent['id']}/file", "roof.log", _LOG, device.header),
        200,
        size=len(_LOG),
    )
    updates = guide(
        "It looks for an update,",
        Request.plain("GET", "/api/v2/ota-files?module=gateway&isActive=true", device.header),
        200,
    )
    guide.see(len(updates) > 0, "at least one update")
    guide(
        "and fetches it.",
        Request.plain("GET", f"/api/v2/ota-files/{updates[0]['id']}/file", device.header),
        200,
    )


def _renew(guide: Guide, device: _Device) -> _Device:
    """The machine gets a new token for the old one."""
    said = {"cpu_id": device.cpu_id, "uuid": device.uuid, "token": device.token}
    guide(
        "It renews its token, which it may until 12 hours after the expiry.",
        Request.of_json("POST", "/loginDevice", said),
        200,
    )
    again = guide(
        "Did power fail before the new one was written? The old one renews again.",
        Request.of_json("POST", "/loginDevice", said),
        200,
    )
    guide(
        "With a token and a wrong number nobody renews anything.",
        Request.of_json("POST", "/loginDevice", said | {"cpu_id": "0000000000000000"}),
        401,
    )
    return msgspec.structs.replace(device, token=again["token"])


def _secrets(guide: Guide, device: _Device, by: str) -> None:
    """Somebody brings back a machine that was off for too long."""
    guide(
        "It was off for too long? Whoever knows the machine is told what to write into it.",
        Request.plain("GET", f"{device.path}/secrets", by, f"cpuId: {device.cpu_id}"),
        200,
        uuid=device.uuid,
    )
    guide(
        "Whoever does not, learns nothing of it.",
        Request.plain("GET", f"{device.path}/secrets", by, "cpuId: 0000000000000000"),
        404,
    )


@contextmanager
def _connected(guide: Guide, told: Told, device: _Device, user_token: str) -> Iterator[Line | None]:
    """The machine at the MQTT broker, where there is one, and Anna, who hears what it says."""
    if told.mqtt is None:
        yield None
        return
    own, others = device.prefix, told.device.mqtt_prefix
    with Line(guide, told.mqtt) as line, Line(guide, told.mqtt) as hers:
        line.connect(
            "It connects to an MQTT broker, too: its token is the user name.",
            Name(device.number, device.token),
        )
        line.subscribe("It listens to its own topics,", own)
        line.publish("and hears what is published there.", own, line, arrives=True)
        line.subscribe("To another machine it may not listen.", others, REFUSED)
        hers.connect(
            "Whoever signed in may: she connects by her user token,", Name("anna", user_token)
        )
        hers.subscribe("and listens to one machine", own)
        hers.subscribe("and the other.", others)
        line.publish("What the machine publishes reaches her,", own, hers, arrives=True)
        line.publish("but not in the name of the other.", others, hers, arrives=False)
        yield line


def _disable(guide: Guide, device: _Device, by: str, line: Line | None) -> None:
    guide(
        "It was stolen? Disable it:",
        Request.of_json("PATCH", device.path, {"statusId": _DISABLED}, by),
        200,
        statusId=_DISABLED,
    )
    refused: Any = guide(
        "its tokens are good no longer, though they have not expired.", _itself(device), 401
    )
    guide.see(refused["errors"][0]["type"] == "unauthorized", "the type unauthorized")
    if line is not None:
        line.is_ended("Disabled, it is thrown off the broker as well, within two seconds.")
    guide(
        "It was found again.",
        Request.of_json("PATCH", device.path, {"statusId": _ACTIVE}, by),
        200,
        statusId=_ACTIVE,
    )
    guide("It goes on.", _itself(device), 200)


def _revoke(guide: Guide, told: Told, device: _Device, user_token: str) -> None:
    """What somebody else has read is ended for good."""
    by = f"Authorization: Bearer {user_token}"
    revoking = Request.plain("POST", f"/v1/devices/{_id_in(device.token)}/revoke", by)
    if told.mqtt is None:
        guide("Its token leaked? Revoke it.", revoking, 204)
        return
    with Line(guide, told.mqtt) as line:
        line.connect("To the broker it comes back as well.", Name(device.number, device.token))
        guide("Its token leaked? Revoke it:", revoking, 204)
        line.is_ended("the connection that it opened is ended, too.")


def _id_in(token: str) -> str:
    """The device's id, which anybody reads in its token."""
    payload = token.split(".")[1]
    return msgspec.json.decode(
        base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=_Claims
    ).sub


class _Claims(msgspec.Struct):
    sub: str


def _itself(device: _Device) -> Request:
    return Request.plain("GET", device.path, device.header)
