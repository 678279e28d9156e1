"""A real nginx that runs the recipe of the documents, and a real API behind it that tells all."""

import http.client
import json
import os
import pwd
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from docs.documents import ROOT
from ports import free_port

RECIPE = ROOT / "docs" / "gateways" / "nginx.conf"
GATEWAY, TOKENHOUSE, API = "127.0.0.1:9000", "127.0.0.1:8080", "127.0.0.1:8000"
READING = ("GET", "HEAD")
CHANGING = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE")
METHODS = (*READING, *CHANGING)
PATIENCE_SECONDS = 30.0


class Seen(NamedTuple):
    """One request as the API saw it; names of headers in lower case."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for known, value in self.headers if known == name]


class Api:
    """The API to protect. It answers 200, or the status that `/answer/{status}` asks for."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self._open: list[socket.socket] = []
        outer = self

        class Answering(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one piece: nobody waits for an acknowledgement

            def setup(self) -> None:
                super().setup()
                outer._open.append(self.connection)

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                named = [(name.lower(), value) for name, value in self.headers.items()]
                outer.seen.append(Seen(self.command, self.path, named, body))
                wanted = self.path.partition("?")[0].removeprefix("/answer/")
                self.send_response(int(wanted) if wanted.isdigit() else 200)
                said = b"the API itself"
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(said)

            def log_message(self, *_: object) -> None:
                pass

        for method in METHODS:
            setattr(Answering, f"do_{method}", Answering.answer)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        for connection in self._open:
            with suppress(OSError):  # it was closed before
                connection.shutdown(socket.SHUT_RDWR)


class Answer(NamedTuple):
    """What the gateway's client got."""

    status: int
    headers: dict[str, str]
    body: bytes


class Gateway:
    """A running nginx between a client and the API, and what each of them saw."""

    def __init__(self, port: int, directory: Path, api: Api) -> None:
        self.port = port
        self.directory = directory
        self.api = api

    def send(
        self,
        method: str = "GET",
        target: str = "/roofs",
        headers: dict[str, str] | list[tuple[str, str]] | None = None,
        body: bytes | None = None,
        connection: http.client.HTTPConnection | None = None,
    ) -> Answer:
        """Send exactly these headers, repeated ones and odd names too, and read the answer."""
        own = connection or self.connection()
        try:
            own.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            listed = list(headers.items() if isinstance(headers, dict) else headers or ())
            if all(name.lower() != "host" for name, _ in listed):
                own.putheader("Host", "api.example")
            for name, value in listed:
                own.putheader(name, value)
            if body is not None:
                own.putheader("Content-Length", str(len(body)))
            own.endheaders(body)
            answer = own.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, named, answer.read())
        finally:
            if connection is None:
                own.close()

    def seen(self, *args: Any, **kwargs: Any) -> Seen:
        """Send a request that has to get through once, and tell what the API saw of it."""
        before = len(self.api.seen)
        answer = self.send(*args, **kwargs)
        assert answer.status == 200, answer
        assert len(self.api.seen) == before + 1
        return self.api.seen[-1]

    def refused(self, *args: Any, **kwargs: Any) -> Answer:
        """Send a request that must not reach the API, and give the answer."""
        before = len(self.api.seen)
        answer = self.send(*args, **kwargs)
        assert answer.status >= 400, answer
        assert len(self.api.seen) == before, self.api.seen[-1]
        return answer

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)

    def logs(self) -> str:
        """All that nginx wrote down."""
        return "".join(path.read_text("utf-8") for path in sorted(self.directory.glob("*.log")))

    def told(self) -> list[dict[str, str]]:
        """The access log, a line each."""
        lines = (self.directory / "access.log").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]


def recipe(gateway: int, tokenhouse: int, api: int) -> str:
    """The recipe with other ports and nothing else changed."""
    text = RECIPE.read_text("utf-8")
    for written, port in ((GATEWAY, gateway), (TOKENHOUSE, tokenhouse), (API, api)):
        assert written in text
        text = text.replace(written, f"127.0.0.1:{port}")
    return text


@contextmanager
def gateway(tokenhouse: str, change: tuple[str, str] = ("", "")) -> Iterator[Gateway]:
    """The recipe in front of an API of its own, as an ordinary user; ended on leaving.

    `tokenhouse`: the address to ask at. `change`: a text of the recipe and what stands there
    instead.
    """
    api, port = Api(), free_port()
    try:
        with tempfile.TemporaryDirectory(prefix="gateway-") as name:
            directory = Path(name)
            text = recipe(port, int(tokenhouse.rpartition(":")[2]), api.port)
            assert change[0] in text
            (directory / "nginx.conf").write_text(text.replace(*change) if change[0] else text)
            with nginx(directory, port):
                yield Gateway(port, directory, api)
    finally:
        api.close()


@contextmanager
def nginx(directory: Path, port: int) -> Iterator[None]:
    """Run nginx over `nginx.conf` in a directory that becomes its own."""
    who = {}
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        for path in (directory, *directory.iterdir()):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}
    command = ["nginx", "-p", str(directory), "-c", "nginx.conf", "-g", "daemon off;"]
    path = f"{os.environ['PATH']}:/usr/sbin"
    process = subprocess.Popen(command, env={"PATH": path}, stderr=subprocess.PIPE, **who)  # type: ignore[call-overload]
    try:
        _await(port, process)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    process.kill()
    raise AssertionError(process.communicate()[1].decode())
