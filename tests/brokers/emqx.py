"""EMQX, as its documentation and its source have it (5.8 and later).

`Emqx` does what EMQX does with the recipe and with our answers: the order in which it looks at
rules and sources, how a rule matches, and what it takes for no answer at all.
"""

import json
import re
from typing import Any, Final, NamedTuple

from brokers.hall import Hall
from brokers.recipes import basic, hocon, path_of, recipe
from conformance.wire import Reply
from tokenhouse.core.mqtt import Action

NEXT: Final = "next"


def matches(topic: str, rule: str) -> bool:
    """`emqx_topic:match`, and `eq `."""
    if rule.startswith("eq "):
        return topic == rule.removeprefix("eq ")
    names, filters = topic.split("/"), rule.split("/")
    if names[0].startswith("$") and filters[0] in {"+", "#"}:
        return False
    for place, level in enumerate(filters):
        if level == "#":
            return place == len(filters) - 1
        if place >= len(names) or level not in {"+", names[place]}:
            return False
    return len(names) == len(filters)


class Client(NamedTuple):
    """What EMQX keeps of somebody whom it let in."""

    attrs: dict[str, str]
    acl: list[dict[str, str]] | None
    expire_at: int | None
    asked: list[str]


class Emqx:
    """A broker with the recipe, of the policy that the URLs say."""

    def __init__(self, at: Hall, policy: str = "bound") -> None:
        self._at = at
        said = hocon(basic(at, recipe("emqx", "hocon")).replace("/bound/", f"/{policy}/"))
        (self._authenticator,) = said["authentication"]
        self._authorization = said["authorization"]
        (self.source,) = self._authorization["sources"]

    def connect(self, username: str, password: str, clientid: str) -> Client | str | None:
        """Who is let in; None if refused, NEXT where the next authenticator would be asked."""
        named = {"username": username, "password": password, "clientid": clientid}
        reply = self.ask(self._authenticator, named | {"peerhost": "203.0.113.9"})
        said = result(reply)
        if said != "allow":
            return None if said == "deny" else NEXT
        body = json.loads(reply.body) if reply.status == 200 else {}
        assert body["is_superuser"] is False
        assert all(isinstance(one, str) for pair in body["client_attrs"].items() for one in pair)
        expire_at = body.get("expire_at")
        assert expire_at is None or type(expire_at) is int
        return Client(body["client_attrs"], body.get("acl"), expire_at, [])

    def may(self, client: Client, action: Action, topic: str) -> bool:
        """The rules of the client first, then the source, then `no_match`."""
        if action is Action.SUBSCRIBE and topic.startswith("$share/"):
            topic = topic.split("/", 2)[2]
            if topic.startswith(("$share/", "$queue/")):
                return False  # EMQX calls it malformed
        if topic.startswith("$delayed/"):
            topic = topic.split("/", 2)[2]
        for rule in client.acl or []:
            assert rule["permission"] in {"allow", "deny"}
            if rule["action"] in {"all", action} and matches(topic, rule["topic"]):
                return rule["permission"] == "allow"
        client.asked.append(topic)
        values = {f"client_attrs.{name}": value for name, value in client.attrs.items()}
        reply = self.ask(self.source, values | {"action": str(action), "topic": topic})
        said = result(reply)
        if said in {"allow", "deny"}:
            return said == "allow"
        return bool(self._authorization["no_match"] == "allow")

    def ask(self, of: dict[str, Any], values: dict[str, str]) -> Reply:
        """What is not known is sent as an empty string."""
        body = {
            name: re.sub(r"\$\{([\w.]+)\}", lambda one: values.get(one[1], ""), template)
            for name, template in of["body"].items()
        }
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        method = of["method"].upper()
        return self._at.at.wire(method, path_of(of["url"]), of["headers"].items(), raw)


def result(reply: Reply) -> str:
    """What EMQX makes of an answer; anything that it does not know is `ignore`."""
    if reply.status == 204:
        return "allow"
    if reply.status != 200:
        return "ignore"
    assert (reply.header("content-type") or "").startswith("application/json")
    said = json.loads(reply.body).get("result", "ignore")
    return said if said in {"allow", "deny"} else "ignore"
