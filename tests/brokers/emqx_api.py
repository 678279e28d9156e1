"""EMQX's API as its documents have it: the list of clients by pages, and the end of one."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from tokenhouse.core.credential import Secret

KEY: Final = "4f33d24d7b8e448d"
SECRET: Final = "a secret/of@the:tests"
_FIELDS: Final = frozenset(
    {"clientid", "username", "connected", "connected_at", "ip_address", "proto_name"}
)
_MOST: Final = 10_000


class EmqxApi:
    """What it has, and what it was asked. `knows_attributes`: as versions do from 5.8 on."""

    def __init__(self) -> None:
        self.clients: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.knows_attributes = True
        self.url = Secret("")

    def add(self, client_id: str, user_name: str | None = None, **more: object) -> None:
        """Connect a client."""
        known = {
            "clientid": client_id,
            "username": user_name,
            "connected": True,
            "connected_at": "2026-03-10T09:00:05.123+00:00",
            "ip_address": "192.0.2.9",
            "proto_name": "MQTT",
            "proto_ver": 5,
            "node": "emqx@127.0.0.1",
        }
        self.clients.append(known | more)

    @property
    def there(self) -> list[str]:
        return [one["clientid"] for one in self.clients]

    def answer(self, method: str, target: str, credential: str) -> tuple[int, object]:
        """Status and body."""
        self.asked.append(f"{method} {target}")
        expected = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if credential != f"Basic {expected}":
            return 401, {"code": "BAD_API_KEY_OR_SECRET", "message": "Check api_key/api_secret"}
        parts = urlsplit(target)
        if method == "GET" and parts.path == "/api/v5/clients":
            return self._listed({name: one[-1] for name, one in parse_qs(parts.query).items()})
        if method == "DELETE" and parts.path.startswith("/api/v5/clients/"):
            return self._ended(unquote(parts.path.removeprefix("/api/v5/clients/")))
        return 404, {"code": "NOT_FOUND", "message": "Request Path Not Found"}

    def _listed(self, asked: dict[str, str]) -> tuple[int, object]:
        page, limit = int(asked.get("page", 1)), int(asked.get("limit", 100))
        known = _FIELDS | ({"client_attrs"} if self.knows_attributes else frozenset())
        fields = frozenset(asked["fields"].split(",")) if "fields" in asked else None
        if limit > _MOST or (fields is not None and not fields <= known):
            return 400, {"code": "BAD_REQUEST", "message": "unknown"}
        state = asked.get("conn_state")
        fitting = [
            one
            for one in self.clients
            if state is None or one["connected"] == (state == "connected")
        ]
        shown = fitting[(page - 1) * limit : page * limit]
        if fields is not None:
            shown = [{name: one[name] for name in one if name in fields} for one in shown]
        elif not self.knows_attributes:
            shown = [{name: one[name] for name in one if name != "client_attrs"} for one in shown]
        hasnext = page * limit < len(fitting)
        meta = {"page": page, "limit": limit, "count": len(fitting), "hasnext": hasnext}
        return 200, {"data": shown, "meta": meta}

    def _ended(self, client_id: str) -> tuple[int, object]:
        if client_id not in self.there:
            return 404, {"code": "CLIENTID_NOT_FOUND", "message": "Client ID not found"}
        self.clients = [one for one in self.clients if one["clientid"] != client_id]
        return 204, None


@contextmanager
def emqx_api() -> Iterator[EmqxApi]:
    """An API that answers."""
    api = EmqxApi()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            credential = self.headers.get("authorization", "")
            status, body = api.answer(self.command, self.path, credential)
            raw = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            if status != 204:
                self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_DELETE = _answer  # noqa: N815 -- as the library calls them

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    api.url = Secret(
        f"http://{KEY}:a%20secret%2Fof%40the%3Atests@127.0.0.1:{server.server_address[1]}"
    )
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
