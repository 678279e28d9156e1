"""Stands between a browser and the demo, and remembers every request that the browser makes."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import urlsplit


class Heard(NamedTuple):
    """One request: its target, and all of it as it came."""

    target: str
    whole: str


class Witness:
    """Another port of the demo. `heard` is every request to it, oldest first."""

    def __init__(self, url: str) -> None:
        self.heard: list[Heard] = []
        outer, port = self, urlsplit(url).port

        class Passing(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.heard.append(Heard(self.path, f"{self.requestline}\n{self.headers}"))
                asked = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                asked.request("GET", self.path, headers=dict(self.headers.items()))
                answer = asked.getresponse()
                body = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                asked.close()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
        self._server.daemon_threads = True
        self.url = f"http://localhost:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def witness(url: str) -> Iterator[Witness]:
    """One that listens while the block lasts."""
    listening = Witness(url)
    yield listening
    listening.close()
