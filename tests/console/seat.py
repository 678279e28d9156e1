"""Somebody at the console in a browser that runs no scripts: keeps his cookie, sends its forms."""

import html
import os
import re
from pathlib import Path
from urllib.parse import urlencode

from conformance.wire import FORM, Reply, Wire
from stage import ADMINISTRATOR, MovedClock, Stage
from tokenhouse.boundary import Boundary
from tokenhouse.core.credential import Secret
from tokenhouse.core.kind import Spelling
from tokenhouse.faces import console
from tokenhouse.operations.sign_in import SignedIn
from tokenhouse.store.memory import MemoryAttempts, MemoryStore

_FAULT = r'<p class="fault" id="(\w+)-fault" role="alert">(.*?)</p>'


class House:
    """The firm, and its console; close it at the end."""

    def __init__(self, directory: Path) -> None:
        self.clock = MovedClock()
        store = MemoryStore(self.clock, os.urandom)
        self.stage = Stage(store, MemoryAttempts(), self.clock, directory)
        self.wire = Wire(Boundary(self.stage.authority, (console.FACE,)))

    def seat(self, email: str = ADMINISTRATOR) -> "Seat":
        """Somebody who has just signed in."""
        return Seat(self, self.stage.sign_in(email, opaque=True))


class Seat:
    """One sign-in in a browser."""

    def __init__(self, house: House, signed_in: SignedIn) -> None:
        self.house = house
        self.token = signed_in.token
        self.secret: Secret = signed_in.secret

    def look(self, path: str, **headers: str) -> Reply:
        return self._ask("GET", path, headers)

    def send(self, path: str, /, *, headers: dict[str, str] | None = None, **typed: str) -> Reply:
        """Send a form, with what every form of this sign-in carries."""
        browsing = self.house.stage.authority.browsing
        fields = {"form_token": browsing.form_token(self.secret)} | typed
        return self._ask("POST", path, headers or {}, urlencode(fields).encode())

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Reply:
        sealed = self.house.stage.authority.browsing.seal(self.secret)
        sent = [("cookie", f"{Spelling.COOKIE.value}{sealed}"), *headers.items()]
        return self.house.wire(method, path, [*sent, FORM] if body else sent, body)


def text_of(reply: Reply) -> str:
    """What a page says, its markup and its line breaks aside."""
    without = re.sub(r"<[^>]*>", " ", reply.body.decode())
    return " ".join(html.unescape(without).split())


def faults_of(reply: Reply) -> dict[str, str]:
    """What is wrong, by the field that has to change."""
    found = re.findall(_FAULT, reply.body.decode())
    return {name: html.unescape(sentence) for name, sentence in found}
