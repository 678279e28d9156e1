"""Asks the native API of a house as somebody, and reads what comes back."""

import json
from typing import Any

from conformance.house import House
from conformance.wire import Reply
from stage import ADMINISTRATOR


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
        sent = list(self.session(by))
        sent += [(name.replace("_", "-"), value) for name, value in headers.items()]
        if body is None:
            return self.at.wire(method, path, sent)
        sent.append(("content-type", "application/json"))
        return self.at.wire(method, path, sent, json.dumps(body).encode())

    def session(self, email: str) -> list[tuple[str, str]]:
        """The header of a session, which goes on until it is no longer good."""
        kept = self.at._kept
        name = f"asking: {email}"
        if name not in kept or not self.at.is_active(kept[name].credential):
            kept[name] = self.at.make("session", email)
        return kept[name].credential.headers

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
