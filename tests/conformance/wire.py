"""Asks an ASGI application without sockets: what goes in is what a server would hand over."""

import asyncio
import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from tokenhouse.core.kind import Spelling

Fields = Iterable[tuple[str, str]]
"""Header fields by their names; what is named PARAMETER is none, but stands where parameters do."""

PARAMETER: Final = Spelling.SESSION.value
FORM: Final = ("content-type", "application/x-www-form-urlencoded")


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for known, value in self.headers if known == name)

    def header(self, name: str) -> str | None:
        values = self.all(name)
        assert len(values) < 2, f"{name} stands there twice"
        return values[0] if values else None


def without(reply: Reply, name: str) -> Reply:
    """The same without a header."""
    return reply._replace(headers=tuple(one for one in reply.headers if one[0] != name))


def without_the_asked(reply: Reply) -> Reply:
    """The same without the id that was asked for, where the dialect of the face repeats it."""
    body = re.sub(rb',"entityId":[0-9]+', b"", reply.body)
    length = {"content-length": str(len(body))}
    fields = tuple((name, length.get(name, value)) for name, value in reply.headers)
    return Reply(reply.status, fields, body)


class Wire:
    """One application with an event loop of its own; close it at the end."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._runner = asyncio.Runner()

    def __call__(
        self, method: str, target: str | bytes, headers: Fields = (), body: bytes = b""
    ) -> Reply:
        raw = target.encode() if isinstance(target, str) else target
        # the runner's own `run` sets a handler for a signal and takes it back, each time
        return self._runner.get_loop().run_until_complete(self._ask(method, raw, [*headers], body))

    async def _ask(
        self, method: str, target: bytes, headers: list[tuple[str, str]], body: bytes
    ) -> Reply:
        target, headers, body = _placed(target, headers, body)
        path, _, query = target.partition(b"?")
        listed = [("host", "localhost:8080"), *headers]
        if body:
            listed.append(("content-length", str(len(body))))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path.decode("latin-1"),
            "raw_path": path,
            "query_string": query,
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in listed],
            "client": ("192.0.2.7", 40_000),
            "server": ("127.0.0.1", 8080),
        }
        said: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            said.append(message)

        await self._application(scope, receive, send)
        start, *pieces = said
        assert start["type"] == "http.response.start"
        fields = tuple((n.decode(), v.decode("latin-1")) for n, v in start["headers"])
        return Reply(start["status"], fields, b"".join(piece.get("body", b"") for piece in pieces))

    def close(self) -> None:
        self._runner.close()


def _placed(
    target: bytes, fields: list[tuple[str, str]], body: bytes
) -> tuple[bytes, list[tuple[str, str]], bytes]:
    """Put parameters among the fields of a form, and into the query where there is none."""
    sent = [("session", value) for name, value in fields if name == PARAMETER]
    if not sent:
        return target, fields, body
    encoded, headers = urlencode(sent).encode(), [one for one in fields if one[0] != PARAMETER]
    if FORM in headers:
        return target, headers, b"&".join(filter(None, (body, encoded)))
    return target + (b"&" if b"?" in target else b"?") + encoded, headers, body
