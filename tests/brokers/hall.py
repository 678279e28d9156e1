"""A firm with devices, people and a broker's client, asked as brokers ask."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from conformance.wire import Reply
from faces.desk import Desk, desk
from rigs import enroll, operator
from stage import ADMINISTRATOR, OPERATOR
from tokenhouse.operations.device_tokens import Equipped

AT: Final = "/v1/broker"
EVE: Final = "eve@elsewhere.example"


class Hall:
    """Two devices of one organization, one of another, and a client that may ask about tokens.

    `broker` is the header by which that client presents itself.
    """

    def __init__(self, at: Desk) -> None:
        self.at, self.stage = at, at.stage
        self.me = enroll(self.stage, "me")
        self.other = enroll(self.stage, "other")
        elsewhere = self.stage.found_organization("Elsewhere", EVE)
        self.theirs = enroll(self.stage, "theirs", operator(self.stage), organization_id=elsewhere)
        self.broker = self.client()

    def client(self, by: str = ADMINISTRATOR, **terms: object) -> tuple[str, str]:
        """A new client that may verify, as it presents itself by HTTP Basic."""
        said = {"label": "broker", "permissions": ["TokenVerify"], "grants": [], **terms}
        session = self.stage.sign_in(by).secret.reveal()
        made = self.at.good("POST", "/v1/clients", ("authorization", f"Bearer {session}"), said)
        pair = f"{made['client_id']}:{made['client_secret']}"
        return "authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"

    def session(self, email: str = ADMINISTRATOR) -> str:
        """The JWT of somebody who signed in."""
        return self.stage.sign_in(email).secret.reveal()

    def operators(self) -> str:
        return self.session(OPERATOR)

    @property
    def numbers(self) -> tuple[int, int, int]:
        """Of me, of the other one and of theirs, as the topic table has them."""
        of = (self.me, self.other, self.theirs)
        return of[0].device.number, of[1].device.number, of[2].device.number

    def json(self, path: str, said: object, by: tuple[str, str] | None = None) -> Any:
        """What a broker is answered that speaks JSON, which has to be with 200."""
        reply = self.at("POST", f"{AT}/{path}", by or self.broker, said)
        assert reply.status == 200, reply
        return json.loads(reply.body)

    def form(self, path: str, by: tuple[str, str] | None = None, **said: object) -> Reply:
        """What a broker is answered that sends forms; `__` in a name stands for a dot."""
        fields = {name.replace("__", "."): value for name, value in said.items()}
        headers = [by or self.broker, ("content-type", "application/x-www-form-urlencoded")]
        return self.at.wire("POST", f"{AT}/{path}", headers, urlencode(fields).encode())


def number(equipped: Equipped) -> str:
    return str(equipped.device.number)


def text(equipped: Equipped) -> str:
    return equipped.secret.reveal()


@contextmanager
def hall(directory: Path) -> Iterator[Hall]:
    """A firm of one's own, with its broker."""
    with desk(directory) as at:
        yield Hall(at)
