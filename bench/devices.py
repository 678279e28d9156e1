"""Devices under test: tokens that are issued for them, and those that they renew themselves."""

import base64
import json
import urllib.request
from typing import Any, Final
from urllib.parse import urlencode

from bench.chains import each_once
from bench.load import Request, quoted
from bench.posting import FORM, JSON, post

DEVICES: Final = 512
"""More than there are connections, so that two never ask for the same device at the same time."""
_CPU_ID: Final = "0000000012345678"
_UUID: Final = "7d444840-9dc0-41d1-8245-5ffdce74fad2"

_IN_TURN: Final = """
local paths, place = {%s}, 0
request = function()
  place = place %% #paths + 1
  return wrk.format(nil, paths[place])
end
"""

_BODIES: Final = """
local bodies, place = {%s}, 0
request = function()
  place = place %% #bodies + 1
  return wrk.format(nil, nil, nil, bodies[place])
end
"""


class Fleet:
    """Devices of one deployment, made by somebody who may manage them; `client` may ask."""

    def __init__(self, url: str, by: dict[str, str], client: dict[str, str]) -> None:
        self._url = url
        pair = f"{client['client_id']}:{client['client_secret']}".encode()
        self._broker = {"Authorization": f"Basic {base64.b64encode(pair).decode()}", **FORM}
        self._by = by | JSON
        self._paths: list[str] = []

    def issue(self) -> Request:
        """Somebody asks for the secrets of each in turn, and so issues a token."""
        body = json.dumps({"cpu_id": _CPU_ID})
        return Request("POST", self._url + self._made()[0], self._by, body, self._in_turn)

    def renew(self) -> Request:
        """Each renews the token that it was given last: every one is renewed once."""
        return Request("POST", f"{self._url}/loginDevice", JSON, "", self._each_once)

    def connect(self) -> Request:
        """RabbitMQ asks whether each in turn may connect, who has its token as the password."""
        url = f"{self._url}/v1/broker/rabbitmq/bound/user"
        return Request("POST", url, self._broker, "", lambda: self._connecting(url))

    def _connecting(self, url: str) -> str:
        """With each device asked about once before, so that whatever is not let in is noticed."""
        bodies = []
        for path in self._made():
            token, number = self._equipped(path)
            said = {"username": number, "password": token, "client_id": number, "vhost": "/"}
            bodies.append(urlencode(said))
            asked = urllib.request.Request(url, bodies[-1].encode(), self._broker, method="POST")
            with urllib.request.urlopen(asked) as answer:
                if answer.read() != b"allow":
                    raise ChildProcessError("A device that was made is not let in")
        return _BODIES % ",".join(map(quoted, bodies))

    def _equipped(self, path: str) -> tuple[str, str]:
        told = self._post(path, {"cpu_id": _CPU_ID})
        return told["token"], str(told["number"])

    def _made(self) -> list[str]:
        if not self._paths:
            for place in range(DEVICES):
                said = {"identifier": f"rig-{place}", "cpu_id": _CPU_ID, "uuid": _UUID}
                made = self._post("/v1/devices", said)
                self._paths.append(f"/v1/devices/{made['id']}/secrets")
        return self._paths

    def _in_turn(self) -> str:
        return _IN_TURN % ",".join(map(quoted, self._made()))

    def _each_once(self) -> str:
        """With new tokens: in the run before, those that there were then were renewed already."""
        told = (self._post(path, {"cpu_id": _CPU_ID}) for path in self._made())
        tokens = [one["token"] for one in told]
        body = json.dumps({"cpu_id": _CPU_ID, "uuid": _UUID, "token": ""}).removesuffix('"}')
        return each_once(tokens, body, '"}', "token")

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return post(self._url + path, body, self._by)
