"""Devices on a stage: one is made, it presents what is in it, and its token is judged."""

import base64
import json
from typing import Any, Final

from stage import ADMINISTRATOR, OPERATOR, Stage, caller, with_demand
from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import Demand, Reason
from tokenhouse.core.kind import Door, Spelling
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.device_terms import DeviceTerms
from tokenhouse.operations.device_tokens import Equipped
from tokenhouse.operations.register_device import DeviceDraft
from tokenhouse.operations.renew import Renewal

READ: Final = Demand(Door.MANAGEMENT, frozenset({"DevicesRead"}), everywhere="AllDevicesRead")
WRITE: Final = Demand(Door.MANAGEMENT, frozenset({"DevicesWrite"}), everywhere="AllDevicesWrite")
ITSELF: Final = Demand(
    Door.DEVICES, frozenset({"DevicesRead"}), everywhere="AllDevicesRead", itself=True
)
CPU_ID: Final = "0000000012345678"
ADDRESS: Final = "192.0.2.50"


def reader(stage: Stage, email: str = ADMINISTRATOR) -> Caller:
    return with_demand(stage.session(email), READ)


def writer(stage: Stage, email: str = ADMINISTRATOR) -> Caller:
    return with_demand(stage.session(email), WRITE)


def operator(stage: Stage, demand: Demand = WRITE) -> Caller:
    return with_demand(stage.session(OPERATOR), demand)


def enroll(
    stage: Stage, identifier: str = "rig-1", by: Caller | None = None, **terms: Any
) -> Equipped:
    said = {"identifier": identifier, "cpu_id": Secret(CPU_ID), **terms}
    within = said.pop("organization_id", None)
    draft = DeviceDraft(DeviceTerms(**said), within)
    return stage.authority.devices.create(by or writer(stage), draft)


def subject(text: str) -> str:
    """Whose a signed token is, as it says itself: under this name people connect to brokers."""
    return str(claims(Secret(text))["sub"])


def renew(
    stage: Stage,
    equipped: Equipped,
    cpu_id: str = CPU_ID,
    uuid: str | None = None,
    *,
    address: str = ADDRESS,
) -> Equipped:
    """What the device presents at the renewal of this token."""
    kept = equipped.device.uuid if uuid is None else uuid
    asked = Renewal(Secret(cpu_id), Secret(kept), equipped.secret, address)
    return stage.authority.devices.renew(asked)


def reason(stage: Stage, equipped: Equipped) -> Reason | None:
    """What is wrong with a device's token now."""
    asking = caller(equipped.secret, Spelling.X_ACCESS_TOKEN, demand=Demand(Door.RESOURCE))
    return stage.authority.ask.own(asking).verdict.reason


def claims(secret: Secret) -> dict[str, Any]:
    """What anybody reads in a signed token."""
    payload = secret.reveal().split(".")[1]
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return read
