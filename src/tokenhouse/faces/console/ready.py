"""Commands that use a token, ready to be pasted; its string stands in none of them."""

import json
import shlex
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from tokenhouse.core.mqtt import of_devices

VARIABLE: Final = "API_TOKEN"
"""The environment variable that the commands read."""
PASTE: Final = f"read -rs {VARIABLE} && export {VARIABLE}"
_MQTT, _MQTTS = 1883, 8883


class Command(msgspec.Struct, frozen=True):
    """Something ready to be run, by the name of what runs it."""

    name: str
    text: str


def over_http(url: str, header: str, before: str) -> tuple[Command, ...]:
    """What asks a URL with the token in a header, behind what stands `before` it there."""
    curl = f'curl --header "{header}: {before}${VARIABLE}" {shlex.quote(url)}'
    python = (
        "import os, urllib.request\n\n"
        "request = urllib.request.Request(\n"
        f"    {json.dumps(url)},\n"
        f'    headers={{"{header}": "{before}" + os.environ["{VARIABLE}"]}},\n'
        ")\n"
        "print(urllib.request.urlopen(request).read().decode())"
    )
    return (
        Command("First: run this, paste the token, press Enter", PASTE),
        Command("curl", curl),
        Command("Python", python),
    )


def over_mqtt(issuer: str, brand: str, device: str, person_id: UUID) -> Command:
    """What shows somebody messages of a device, or of all (`+`), from a broker on our host."""
    url = urlsplit(issuer)
    secure = url.scheme == "https"
    where = f"--host {url.hostname} --port {_MQTTS if secure else _MQTT}"
    topic = shlex.quote(f"{of_devices(brand)}{device}/#")
    return Command(
        "MQTT, where the broker runs on the same host",
        f"mosquitto_sub {where}{' --tls-use-os-certs' if secure else ''} \\\n"
        f'  --id-prefix {person_id}- --username "${VARIABLE}" --pw "" --verbose --topic {topic}',
    )
