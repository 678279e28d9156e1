"""Asks the native API in somebody's name, without sockets; answers are read as JSON."""

import json
from typing import Any, NamedTuple

from conformance.house import Credential, House
from conformance.wire import Reply
from stage import ADMINISTRATOR


class Answer(NamedTuple):
    """What came back, read."""

    reply: Reply
    body: Any

    @property
    def status(self) -> int:
        return self.reply.status

    @property
    def etag(self) -> str:
        return self.reply.header("etag") or ""

    @property
    def following(self) -> str:
        """The target of the next slice; empty at the end."""
        link = self.reply.header("link") or ""
        return link.partition(">")[0].removeprefix("<")


class Asker:
    """One credential, and the firm that it asks."""

    def __init__(self, at: House, credential: Credential) -> None:
        self._at = at
        self._headers = credential.headers

    def __call__(
        self,
        method: str,
        target: str,
        body: object = None,
        **headers: str,
    ) -> Answer:
        """`headers` are named with `_` for `-`."""
        fields = [*self._headers, *((n.replace("_", "-"), v) for n, v in headers.items())]
        raw = b""
        if body is not None:
            fields.append(("content-type", "application/json"))
            raw = json.dumps(body).encode()
        reply = self._at.wire(method, target, fields, raw)
        is_json = (reply.header("content-type") or "").endswith("json") and reply.body
        is_lines = "ndjson" in (reply.header("content-type") or "")
        return Answer(reply, json.loads(reply.body) if is_json and not is_lines else None)

    def all(self, target: str) -> list[Any]:
        """Every row of a list, slice after slice."""
        rows: list[Any] = []
        while target:
            answer = self("GET", target)
            assert answer.status == 200, answer.body
            rows += answer.body["data"]
            target = answer.following
        return rows


def asker(at: House, whose: str = "the administrator's", kind: str = "session") -> Asker:
    """Somebody of the firm, or of the other one, with a token of this kind."""
    return Asker(at, at.good(kind, whose).credential)


class Asking:
    """One house, asked by people who stay signed in."""

    def __init__(self, at: House) -> None:
        self.at = at

    def __call__(
        self,
        method: str,
        path: str,
        by: str = ADMINISTRATOR,
        body: object = None,
        **headers: str,
    ) -> Reply:
        """Ask by a session of this e-mail; `if_match="*"` becomes that header."""
        return Asker(self.at, self.session(by))(method, path, body, **headers).reply

    def session(self, email: str) -> Credential:
        """A session, which goes on until it is no longer good."""
        kept = self.at._kept
        name = f"asking: {email}"
        if name not in kept or not self.at.is_active(kept[name].credential):
            kept[name] = self.at.make("session", email)
        return kept[name].credential

    def told(self, method: str, path: str, *said: Any, **named: Any) -> Any:
        """What a good answer holds."""
        reply = self(method, path, *said, **named)
        assert reply.status < 300, reply
        return json.loads(reply.body) if reply.body else None

    def edit(self, path: str, by: str = ADMINISTRATOR, **body: object) -> Any:
        """Edit whatever it is, in the version that it has; what it is then."""
        return self.told("PATCH", path, by, body, if_match="*")

    def membership(self, email: str) -> str:
        """The path of somebody's membership."""
        return f"/v1/memberships/{self.at.stage.membership(email).id}"

    def person(self, email: str) -> str:
        """The path of a person."""
        return f"/v1/people/{self.at.stage.person(email).id}"

    def events(self, after: int) -> list[dict[str, Any]]:
        """The bodies of all events behind a sequence."""
        found = self.at.stage.store.events(None, after, 100)
        return [json.loads(event.body) for event in found if event.body is not None]


def fault(reply: Reply, status: int) -> dict[str, str]:
    """The single faults of a refusal, by field; its sentence under an empty name."""
    assert reply.status == status, reply
    body = json.loads(reply.body)
    return {"": body["detail"]} | {one["field"]: one["detail"] for one in body.get("errors", ())}
