"""HTTP/1.1 as uvicorn speaks it, with bounds on what one peer can make us keep or wait for.

uvicorn keeps whatever a head holds, waits for ever for its end, takes trailers for headers, reads
the body of a refused upgrade as the next request, and answers a broken request before earlier ones.
This protocol does none of that; a test fails when the uvicorn methods that it overrides change.
"""

import asyncio
from http import HTTPStatus
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from tokenhouse.boundary.asgi import FAULT, WHOLE, Fault
from tokenhouse.server.words import words

MAX_URL_BYTES: Final = 8 * 1024
MAX_HEADER_BYTES: Final = 32 * 1024
"""Names and values together, with the four characters that HTTP puts around each."""
MAX_HEADERS: Final = 100
MAX_UNREAD_BYTES: Final = 2 * (MAX_URL_BYTES + MAX_HEADER_BYTES)
"""What may come in on top of bodies for one request; more is cut off unread."""
MAX_PIPELINED: Final = 32
"""Requests of one connection that may be unanswered."""
MAX_CONNECTIONS: Final = 2000

HEAD_SECONDS: Final = 10.0
KEEP_ALIVE_SECONDS: Final = 30
WRITE_SECONDS: Final = 30.0
"""How long a peer may leave our answer standing in the buffer."""
LINGER_SECONDS: Final = 2.0
"""For how long a peer that was refused may go on sending into the void."""

_PIECE: Final = 16 * 1024
"""Bytes parsed at once, so that a bound is noticed before much more is kept."""
_FRAMING: Final = 8
"""Bytes of chunk framing allowed for each byte of a body."""
_AROUND: Final = 4
_VERSIONS: Final = frozenset({"1.0", "1.1"})
_FRAMED: Final = frozenset({b"content-length", b"transfer-encoding"})


class _Enough(Exception):  # noqa: N818 -- only ends the parsing
    pass


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._unanswered = 0
        self._unread = 0
        self._in_head = True
        self._begun = False
        self._header_room = MAX_HEADER_BYTES
        self._fault: Fault | None = None
        self._deaf = False
        self._last_words: bytes | None = None

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        if len(self.connections) > MAX_CONNECTIONS:
            self._deaf = True
            self.transport.write(words(HTTPStatus.SERVICE_UNAVAILABLE, []))
            self.transport.close()
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._deaf = True
        _cancel(self._head_timer)
        _cancel(self._write_timer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            if self._deaf or self.transport.is_closing():
                return
            piece = data[start : start + _PIECE]
            super().data_received(piece)
            self._unread += len(piece)
            if self._unread > MAX_UNREAD_BYTES and not self._deaf:
                self._stop(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if self._in_head and not self._unanswered and self._head_timer is None:
            self._await_head()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._abort_within(WRITE_SECONDS)

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing():
            _cancel(self._write_timer)

    def timeout_keep_alive_handler(self) -> None:
        # close() would wait for a peer that does not read
        self.transport.abort()

    # The parser

    def on_message_begin(self) -> None:
        if self._unanswered >= MAX_PIPELINED:
            self._stop(HTTPStatus.SERVICE_UNAVAILABLE)
            raise _Enough
        super().on_message_begin()
        self._begun = True
        self._fault = None
        self._header_room = MAX_HEADER_BYTES

    def on_url(self, url: bytes) -> None:
        room = MAX_URL_BYTES - len(self.url)
        if len(url) > room:
            self._fault = Fault.URL_TOO_LONG
        super().on_url(url[:room])

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head:  # a trailer: it came too late to be a header
            return
        self._header_room -= len(name) + len(value) + _AROUND
        if self._header_room < 0 or len(self.headers) >= MAX_HEADERS:
            self._fault = self._fault or Fault.HEADERS_TOO_LARGE
            return
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()  # what it starts does not run before this method is done
        self._head_ended()
        self._unanswered += 1
        upgrade = self.parser.should_upgrade()
        if upgrade or self.scope["http_version"] != "1.1" or b"#" in self.url:
            self._fault = self._fault or self._ambiguity(upgrade=upgrade)
        if self._fault is not None:
            self.scope[FAULT] = self._fault  # type: ignore[typeddict-unknown-key]
        if self._fault is not None or upgrade:
            # What follows is no HTTP, or nobody knows where it begins
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._unread -= (1 + _FRAMING) * len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._message_ended()
        self.scope[WHOLE] = True  # type: ignore[typeddict-unknown-key]
        super().on_message_complete()

    def _head_ended(self) -> None:
        self._in_head = self._begun = False
        self._await_no_head()

    def _message_ended(self) -> None:
        self._in_head = True
        self._unread = 0

    def _ambiguity(self, *, upgrade: bool) -> Fault | None:
        """What the parser lets pass, though another program may read it differently."""
        version = self.scope["http_version"]
        names = {name for name, _ in self.headers}
        if (
            b"#" in self.url
            or version not in _VERSIONS
            or (version == "1.0" and b"transfer-encoding" in names)
            or (upgrade and names & _FRAMED)
        ):
            return Fault.MALFORMED
        return None

    # Answers

    def on_response_complete(self) -> None:
        self._unanswered -= 1
        if self._last_words is not None and not self._unanswered:
            self._say(self._last_words)
            return
        super().on_response_complete()
        if self.transport.is_closing():
            self._abort_within(WRITE_SECONDS)
        elif self._begun and not self._unanswered:
            self._unset_keepalive_if_required()
            self._await_head()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 -- ours has its own words
        if not self._deaf:
            self._stop(HTTPStatus.BAD_REQUEST)

    def _stop(self, status: HTTPStatus) -> None:
        """Hear nothing more; say so once everything that came earlier is answered."""
        self._deaf = True
        last = words(status, self.server_state.default_headers)
        if not self._in_head and self._unanswered:
            self._forget_newest()
        if self._unanswered:
            self._last_words = last
        elif self.cycle is not None and self.cycle.response_started != self.cycle.response_complete:
            self.transport.close()
        else:
            self._say(last)

    def _forget_newest(self) -> None:
        """Its body is broken: it is not begun, or learns that nobody waits for its answer."""
        self._unanswered -= 1
        self.cycle.disconnected = True
        self.cycle.message_event.set()

    def _say(self, said: bytes) -> None:
        """Write, and drop for a while what still comes in: a reset would swallow the words."""
        if not self.transport.is_closing():
            self.transport.write(said)
            if self.transport.can_write_eof():  # TLS cannot: there the length has to say it
                self.transport.write_eof()
            self._abort_within(LINGER_SECONDS)

    # Time

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _await_no_head(self) -> None:
        _cancel(self._head_timer)
        self._head_timer = None

    def _abort_within(self, seconds: float) -> None:
        if self in self.connections:
            _cancel(self._write_timer)
            self._write_timer = self.loop.call_later(seconds, self.transport.abort)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
