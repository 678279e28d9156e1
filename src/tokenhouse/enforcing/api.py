"""A broker's management over HTTP: asked by name and password, with bounds on time and size."""

import base64
import ssl
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Final
from urllib.parse import unquote, urlsplit

from tokenhouse.core.credential import Secret

ANSWER_SECONDS: Final = 5.0
"""So long a broker may stay silent, and nearly so long take to say all of an answer."""
MAX_ANSWER: Final = 32 * 1024 * 1024
_PIECE: Final = 4 * 1024


class Unreachable(Exception):  # noqa: N818 -- an answer: try again later
    """The management gave no answer that can be used. Says why, without anything that was sent."""


class Api:
    """One line to a broker's management, kept open between requests. For one thread."""

    def __init__(self, url: Secret) -> None:
        parts = urlsplit(url.reveal())
        credential = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        encoded = base64.b64encode(credential.encode()).decode()
        self._headers = Secret(f"Basic {encoded}")
        self._is_tls = parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port
        self._line: HTTPConnection | None = None

    def get(self, target: str) -> bytes:
        """What it answers with 200; raises Unreachable."""
        status, body = self.ask("GET", target)
        if status != 200:
            raise Unreachable(f"answered {status}")
        return body

    def ask(self, method: str, target: str) -> tuple[int, bytes]:
        """Ask once, or twice where the line was closed meanwhile; raises Unreachable.

        What was asked is in no message: a name may stand in it that is somebody's secret.
        """
        was_open = self._line is not None
        try:
            return self._ask(method, target)
        except (HTTPException, OSError) as cause:
            self.close()
            if was_open and isinstance(cause, ConnectionError):
                return self.ask(method, target)
            raise Unreachable(_why(cause)) from None

    def close(self) -> None:
        """Give the line back."""
        if self._line is not None:
            self._line.close()
        self._line = None

    def _ask(self, method: str, target: str) -> tuple[int, bytes]:
        if self._line is None:
            self._line = self._open()
        until = time.monotonic() + ANSWER_SECONDS
        self._line.request(method, target, headers={"Authorization": self._headers.reveal()})
        answer = self._line.getresponse()
        with answer:
            body = _read(answer, until)
        if answer.will_close:
            self.close()
        return answer.status, body

    def _open(self) -> HTTPConnection:
        if not self._is_tls:
            return HTTPConnection(self._host, self._port, timeout=ANSWER_SECONDS)
        context = ssl.create_default_context()
        return HTTPSConnection(self._host, self._port, timeout=ANSWER_SECONDS, context=context)


def _read(answer: HTTPResponse, until: float) -> bytes:
    """All of an answer; raises OSError where it is too long or too slow."""
    pieces, length = [], 0
    while piece := answer.read(_PIECE):
        pieces.append(piece)
        length += len(piece)
        if length > MAX_ANSWER:
            raise OSError("too much")
        if time.monotonic() > until:
            raise TimeoutError("too slow")
    return b"".join(pieces)


def _why(cause: Exception) -> str:
    """What went wrong, by its kind: what a broker sent may hold what we sent."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not believed: {cause.verify_message}"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return type(cause).__name__
