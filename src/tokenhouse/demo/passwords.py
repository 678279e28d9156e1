"""What proves the demo's people, its client and its devices: made once, shown at every start."""

import base64
import hashlib
import hmac
import os
from pathlib import Path
from typing import Final

from tokenhouse.core.client import RANDOM_BYTES, mint_client_secret, new_client_id
from tokenhouse.core.refusal import Unavailable
from tokenhouse.demo.whole import write_whole
from tokenhouse.operations.blueprint import ClientPlan

FILE: Final = "demo.key"
KEY_BYTES: Final = 32
GROUPS: Final = 4
GROUP_CHARACTERS: Final = 5
CPU_ID_BYTES: Final = 8


class Passwords:
    """Derives passwords and a client's pair from a key kept beside the demo's data (0600)."""

    def __init__(self, directory: Path) -> None:
        """Read the key, or make it where there is none; raises Unavailable for a broken one."""
        path = directory / FILE
        if not path.exists():
            write_whole(path, os.urandom(KEY_BYTES))
        self._key = path.read_bytes()
        if len(self._key) != KEY_BYTES:
            raise Unavailable(f"{path} is broken: its passwords could be guessed.")

    def of(self, email: str) -> str:
        """The password that belongs to this e-mail: 100 bits in four groups."""
        digest = hmac.new(self._key, email.encode(), hashlib.sha256).digest()
        letters = base64.b32encode(digest).decode().lower()
        size = GROUP_CHARACTERS
        return "-".join(letters[i * size : (i + 1) * size] for i in range(GROUPS))

    def pair_of(self, brand: str, label: str) -> ClientPlan:
        """What the client of this label presents itself with."""
        name, secret = (self._random(f"{what} of the client {label}") for what in ("id", "secret"))
        return ClientPlan(label, new_client_id(name), mint_client_secret(brand, secret))

    def cpu_id_of(self, identifier: str) -> str:
        """What stands in the processor of this device: 64 bits."""
        return self._random(f"cpu_id of the device {identifier}")[:CPU_ID_BYTES].hex()

    def _random(self, what: str) -> bytes:
        return hmac.new(self._key, what.encode(), hashlib.sha512).digest()[:RANDOM_BYTES]
