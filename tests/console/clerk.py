"""Somebody who has signed in to the console, over the wire: looks at pages and sends forms."""

import html
import os
import re
from pathlib import Path
from urllib.parse import urlencode

from conformance.wire import FORM, Fields, Reply, Wire
from stage import ADMINISTRATOR, PASSWORD, MovedClock, Stage
from tokenhouse.boundary import Boundary
from tokenhouse.core.kind import Spelling
from tokenhouse.faces import console
from tokenhouse.store.memory import MemoryAttempts, MemoryStore

TOKEN = re.compile(r"\bth[opl]_[0-9A-Za-z]{36}\b")


class Office:
    """The firm, and its console; close its wire at the end."""

    def __init__(self, directory: Path) -> None:
        self.clock = MovedClock()
        store = MemoryStore(self.clock, os.urandom)
        self.stage = Stage(store, MemoryAttempts(), self.clock, directory)
        self.wire = Wire(Boundary(self.stage.authority, (console.FACE,)))


class Clerk:
    """One sign-in."""

    def __init__(self, office: Office, who: str = ADMINISTRATOR) -> None:
        self.office = office
        browsing = office.stage.authority.browsing
        secret = office.stage.sign_in(who, opaque=True).secret
        self._cookie = ("cookie", f"{Spelling.COOKIE.value}{browsing.seal(secret)}")
        self._form_token = browsing.form_token(secret)

    def look(self, path: str, *headers: tuple[str, str]) -> Reply:
        return self.office.wire("GET", path, [self._cookie, *headers])

    def send(self, path: str, headers: Fields = (), /, **fields: str | list[str]) -> Reply:
        sent = {"form_token": self._form_token} | fields
        body = urlencode(sent, doseq=True).encode()
        return self.office.wire("POST", path, [self._cookie, FORM, *headers], body)

    def confirm(self, path: str, headers: Fields = (), /, **fields: str | list[str]) -> Reply:
        return self.send(path, headers, **({"password": PASSWORD} | fields))


def text_of(reply: Reply) -> str:
    """What a page says, its markup and its line breaks aside."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", reply.body.decode())).split())


def secret_in(reply: Reply) -> str:
    """The one token that an answer reveals."""
    assert reply.status == 201, text_of(reply)
    (found,) = set(TOKEN.findall(reply.body.decode()))
    return found


def id_in(reply: Reply) -> str:
    """The id of the token that an answer reveals."""
    found = re.search(r'data-id="([0-9a-f-]{36})"', reply.body.decode())
    assert found is not None, text_of(reply)
    return found[1]


def hidden(reply: Reply) -> dict[str, str]:
    """The hidden fields of the form about a token."""
    (form,) = re.findall(r'<form id="form".*?</form>', reply.body.decode(), re.DOTALL)
    pattern = r'<input type="hidden" name="(\w+)" value="([^"]*)">'
    found = {name: html.unescape(value) for name, value in re.findall(pattern, form)}
    return {name: value for name, value in found.items() if name not in {"form_token", "passkey"}}


def value_of(reply: Reply, name: str) -> str:
    """What stands in a field."""
    found = re.search(rf'<input id="{name}"[^>]* value="([^"]*)"', reply.body.decode())
    assert found is not None, name
    return html.unescape(found[1])


def checked(reply: Reply, name: str) -> list[str]:
    """Which boxes or which way of a choice are checked."""
    pattern = rf'<input type="\w+" name="{name}" value="([^"]*)"[^>]* checked'
    return [html.unescape(value) for value in re.findall(pattern, reply.body.decode())]


def faults(reply: Reply) -> dict[str, str]:
    """What is said at the fields, by their names."""
    pattern = r'<p class="fault" id="(\w+)-fault"[^>]*>(.*?)</p>'
    return {name: html.unescape(said) for name, said in re.findall(pattern, reply.body.decode())}
