"""Asks the native API in somebody's name, without sockets; answers are read as JSON."""

import json
from typing import Any, NamedTuple

from conformance.house import Credential, House
from conformance.wire import Reply


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
        body: dict[str, Any] | None = None,
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
