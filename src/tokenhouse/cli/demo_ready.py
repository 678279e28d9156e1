"""What the demo says once it is ready: to people, and in one line to programs."""

import json as json_text
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
from rich.console import Console

from tokenhouse.cli.demo_pairs import good_pair
from tokenhouse.cli.say import aligned
from tokenhouse.core.device import topic_prefix
from tokenhouse.core.principal import Deployment
from tokenhouse.core.refusal import Refused, Unavailable
from tokenhouse.demo import devices, firm
from tokenhouse.demo.broker import Broker, NoBroker
from tokenhouse.demo.environments import page
from tokenhouse.demo.passwords import Passwords
from tokenhouse.demo.tour import broker_steps, steps
from tokenhouse.operations import Authority
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.changes import Page, Stretch
from tokenhouse.operations.register_device import DeviceDraft
from tokenhouse.wiring import Parts

_COMMAND: Final = "tokenhouse demo"


class Running(msgspec.Struct, frozen=True):
    """What there is to say once the demo is ready."""

    directory: Path
    parts: Parts
    authority: Authority
    deployment: Deployment
    passwords: Passwords
    broker: Broker | NoBroker

    @property
    def firm_id(self) -> UUID:
        """The firm is the first organization there was, whatever became of its people."""
        (organization,) = self.parts.store.page_organizations(Stretch(1))
        return organization.id


def equip_systems(running: Running) -> None:
    """Let each of the firm's systems have its device; one that is there stays as it is."""
    here = AtMachine(running.firm_id, _COMMAND)
    for identifier in devices.IDENTIFIERS:
        if running.parts.store.find_device(here.organization_id, identifier) is None:
            draft = DeviceDraft(devices.terms_of(identifier, running.passwords))
            running.authority.devices.create(here, draft)


def say_json(running: Running) -> None:
    """Say all that a program needs, in one line."""
    print(json_text.dumps(ready(running)), flush=True)  # noqa: T201 -- what was asked for


def ready(running: Running) -> dict[str, Any]:
    """All that one needs to use the demo, its secrets too."""
    first = Page("name", descending=False, offset=0, size=100)
    groups = running.parts.store.page_groups(running.firm_id, first)
    catalogue = running.parts.store.catalogue()
    return {
        "url": running.deployment.issuer,
        "environments": running.deployment.issuer + page.PATH,
        "organization": {"id": str(running.firm_id), "name": firm.NAME},
        "people": [
            {
                "email": member.email,
                "password": running.passwords.of(member.email),
                "role": member.role,
            }
            for member in firm.MEMBERS
        ],
        "groups": [
            {
                "id": str(counted.group.id),
                "name": counted.group.name,
                "permissions": sorted(counted.group.holds(catalogue)),
            }
            for counted in groups
        ],
        **_client(running),
        "device": _device(running),
        **_mqtt(running),
    }


def _client(running: Running) -> dict[str, dict[str, str]]:
    """The pair of the firm's client, where it is good for something."""
    pair = good_pair(running.parts, running.passwords, firm.CLIENT)
    if pair is None:
        return {}
    return {"client": {"client_id": pair.client_id, "client_secret": pair.secret.reveal()}}


def _mqtt(running: Running) -> dict[str, dict[str, Any]]:
    """Where the broker lets clients in, where there is one."""
    address = running.broker.address
    return {} if address is None else {"mqtt": msgspec.structs.asdict(address)}


def _device(running: Running) -> dict[str, Any]:
    """The device of the first system, with a new token; None where it cannot have one now."""
    here = AtMachine(running.firm_id, _COMMAND)
    device = running.parts.store.find_device(here.organization_id, devices.IDENTIFIERS[0])
    assert device is not None
    try:
        token = running.authority.devices.secrets(here, device.id).secret.reveal()
    except (Refused, Unavailable):
        token = None
    return {
        "id": device.number,
        "identifier": device.identifier,
        "cpuId": device.cpu_id,
        "uuid": device.uuid,
        "mqttPrefix": topic_prefix(running.deployment.brand, device),
        "token": token,
    }


def say(running: Running, *, kept: bool) -> None:
    """Say to people who can sign in, and what to try."""
    url = running.deployment.issuer
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"\n[bold]Tokenhouse demo[/bold] is ready: open [bold]{url}[/bold]\n")
    people = [
        ("Who can sign in", "E-mail", "Password"),
        *((one.role, one.email, running.passwords.of(one.email)) for one in firm.MEMBERS),
    ]
    for line in aligned(people):
        console.print(line, markup=False)
    console.print("\n[bold]Things to try[/bold], in another shell, from the first to the last:\n")
    administrator = next(one for one in firm.MEMBERS if one.role == "Administrator")
    password = running.passwords.of(administrator.email)
    address = running.broker.address
    connecting = () if address is None else broker_steps(url, address)
    for step in (*steps(url, administrator.email, password), *connecting):
        console.print(f"[dim]# {step.title}[/dim]")
        console.print(step.command + "\n", markup=False)
    console.print(_broker_told(running.broker), markup=False)
    ending = "" if kept else " and removes it; --data names a directory to keep"
    console.print(
        f"Its data is in {running.directory}. Ctrl-C ends the demo{ending}.", markup=False
    )


def _broker_told(broker: Broker | NoBroker) -> str:
    if isinstance(broker, NoBroker):
        return broker.why
    return f"Its MQTT broker is at {broker.address.host}, port {broker.address.port}."
