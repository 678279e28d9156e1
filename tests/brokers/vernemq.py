"""VerneMQ's webhooks, as its documentation and its source have them."""

import base64
import json
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from brokers.broken import JSON
from brokers.hall import Hall
from brokers.recipes import basic, recipe, settings
from conformance.wire import Reply

KEYS: Final = ("hook", "endpoint", "no_payload")


class VerneMQ:
    """VerneMQ with the recipe, asked by a client that speaks MQTT 3 or 5."""

    def __init__(self, at: Hall, mqtt: int, policy: str = "bound") -> None:
        self._at = at
        self._is_5 = mqtt == 5
        said = settings(basic(at, recipe("vernemq")).replace("/bound/", f"/{policy}/"))
        assert said["plugins.vmq_webhooks"] == "on"
        names = {name.split(".")[1] for name in said if name.startswith("vmq_webhooks.")}
        of = [{key: said.get(f"vmq_webhooks.{one}.{key}") for key in KEYS} for one in names]
        self._hooks = {one["hook"]: one for one in of}

    def register(self, username: str | None, password: str | None, client_id: str) -> bool:
        return self._call(
            "auth_on_register",
            {
                "peer_addr": "203.0.113.9",
                "peer_port": 8888,
                "mountpoint": "",
                "client_id": client_id,
                "username": username,
                "password": password,
                "clean_start" if self._is_5 else "clean_session": True,
                "listener_addr": "0.0.0.0",
                "listener_port": 1883,
                "listener_type": "mqtt",
            },
        )

    def publish(self, username: str | None, client_id: str, topic: str) -> bool:
        who = {"username": username, "mountpoint": "", "client_id": client_id}
        what = {"qos": 1, "topic": topic, "payload": "aGVsbG8=", "retain": False}
        return self._call("auth_on_publish", who | what)

    def subscribe(self, username: str | None, client_id: str, *filters: str) -> bool:
        options = {"no_local": False, "rap": False, "retain_handling": "send_retain"}
        topics = [{"topic": one, "qos": 1} | (options if self._is_5 else {}) for one in filters]
        who = {"username": username, "mountpoint": "", "client_id": client_id}
        return self._call("auth_on_subscribe", who | {"topics": topics})

    def _call(self, hook: str, said: dict[str, Any]) -> bool:
        if self._is_5:
            hook, said = f"{hook}_m5", said | {"properties": {}}
        of = self._hooks[hook]
        if of["no_payload"] == "on":
            said.pop("payload", None)
        url = urlsplit(of["endpoint"] or "")
        pair = f"{unquote(url.username or '')}:{unquote(url.password or '')}"
        headers = [
            ("authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"),
            ("content-type", JSON),
            ("vernemq-hook", hook),
        ]
        body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        return understood(self._at.at.wire("POST", url.path, headers, body)) == "ok"


def understood(reply: Reply) -> str:
    """What VerneMQ makes of an answer: `ok`, `error`, or `next`: somebody else is asked.

    What it does not know crashes the hook, which is an error too.
    """
    assert "max-age" not in (reply.header("cache-control") or "")
    if reply.status != 200:
        return "error"
    said = json.loads(reply.body)
    if isinstance(said["result"], dict):
        return "error"
    assert said["result"] in {"ok", "next"}
    assert set(said) == {"result"}, "something would be changed"
    return str(said["result"])
