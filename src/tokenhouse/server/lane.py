"""HTTP/1.1 with a lane past the queue: what memory can answer is answered as soon as it was read.

Only where nothing on the connection waits for an answer, so that order needs no thought, and only
for a request that has come in whole with what was read. Any other is started a moment later as if
nobody had looked at it, and meets the bounds that hold for all.

Where the next byte begins a request, all that came in is first looked up as it is: once it was
parsed as one request and nothing else, and the lane answered, it need not be parsed again. Where
they came twice in a row a connection keeps them: the same again need no digest to be looked up by.
"""

import asyncio
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.server import ServerState

from tokenhouse.server.application import Lane
from tokenhouse.server.protocol import KEEP_ALIVE_SECONDS, BoundedProtocol

MAX_LANE_BODY: Final = 8 * 1024
"""Bytes of a body; with a longer one a request goes the way of all others."""

MAX_LANE_REQUEST: Final = 16 * 1024
"""Bytes of a whole request; a longer one is not known again by them."""

MAX_NAMED_REQUEST: Final = 4 * 1024
"""Bytes of the one request that a connection itself keeps; a longer one is named each time."""

_GOOD: Final = b"HTTP/1.1 200 OK\r\n"


class LaneProtocol(BoundedProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._lane: Lane | None = getattr(self.app, "lane", None)
        self._asks_memory = True
        """The last request was one that the lane may have an answer to, as the next will be."""
        self._held_back = False
        """A head has come in, and the request was not started."""
        self._body = b""
        self._answered = False
        """The lane answered, and nothing has come in since."""
        self._now = self.loop.time
        self._idle_since = 0.0
        self._idle_timer: asyncio.TimerHandle | None = None
        self._fields: tuple[object, bytes, bytes] = (None, b"", b"")
        """Of which list they were made, how a 200 begins with them, and they alone."""
        self._peer = b""
        self._name = b""
        """That of the last request that was known by its bytes."""
        self._named: dict[bytes, bytes] = {}
        """The last request that was known so twice in a row, and its name.

        A look into it compares keyed hashes first: how alike other bytes are takes no time to tell.
        """
        self._heard = 0
        """Requests that began in what came in last."""
        self._kept: Any = None
        """What the lane keeps of what it answered to the last of them."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._lane is not None:
            self._peer = self._lane.from_peer(self.client[0] if self.client else "")

    def data_received(self, data: bytes) -> None:
        lane = self._lane
        if lane is None or len(data) > MAX_LANE_REQUEST or not self._is_between():
            self._named.clear()
            self._parse(data)
            return
        named = self._named.get(data) if self._named else None
        name = named or (lane.name(self._peer + data) if self._asks_memory else None)
        if name is not None and (said := lane.again(name)) is not None:
            self._say_good(said)
            if name != self._name:
                self._name = name
            elif named is None:
                self._keep_name(data, name)
            if self._idle_timer is None or self._head_timer or self.timeout_keep_alive_task:
                self._keep_alive()
            self._idle_since = self._now()
            return
        self._named.clear()
        self._heard, self._kept = 0, None
        self._parse(data)
        if self._heard == 1 and self._kept is not None and self._is_between():
            lane.learn(name or lane.name(self._peer + data), self._kept)

    def _is_between(self) -> bool:
        """Whether the next byte begins a request, and nothing waits before it for its answer."""
        return (
            self._in_head
            and not (self._begun or self._unanswered or self._deaf)
            and not (self.flow.write_paused or self.transport.is_closing())
        )

    def _keep_name(self, data: bytes, name: bytes) -> None:
        self._named.clear()
        if len(data) <= MAX_NAMED_REQUEST:
            self._named[data] = name

    def _parse(self, data: bytes) -> None:
        self._answered = False
        super().data_received(data)
        if self._held_back and not self._deaf:
            self._start()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        super().connection_lost(exc)

    # The parser

    def on_message_begin(self) -> None:
        self._answered = False
        self._heard += 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._asks_memory = self._lane is not None and self.url.startswith(self._lane.paths)
        if not self._is_held_back():
            super().on_headers_complete()
            return
        self._held_back = True
        self._body = b""
        self._head_ended()

    def on_body(self, body: bytes) -> None:
        if self._held_back and len(self._body) + len(body) > MAX_LANE_BODY:
            self._start()
        if self._held_back:
            self._body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._held_back and self._serve():
            self._held_back = False
            self._message_ended()
            return
        if self._held_back:
            self._start()
        super().on_message_complete()

    def _serve(self) -> bool:
        """Whether what was held back needs not be started, now that all of it has come in."""
        return self._answer()

    def _is_held_back(self) -> bool:
        return self._asks_memory and self._is_plain()

    def _is_plain(self) -> bool:
        """Whether a request can be read in one way only, and answered as soon as it is."""
        return (
            not self._unanswered
            and self._fault is None
            and b"#" not in self.url
            and not self.expect_100_continue
            and not self.flow.write_paused
            and self.parser.should_keep_alive()
            and not self.parser.should_upgrade()
            and self.parser.get_http_version() == "1.1"
        )

    def _start(self) -> None:
        """Start what was held back, with as much of its body as there is."""
        self._held_back = False
        super().on_headers_complete()
        if self._body:
            super().on_body(self._body)

    # Answers

    def _answer(self) -> bool:
        assert self._lane is not None
        peer = self.client[0] if self.client else ""
        method = self.parser.get_method()
        answered = self._lane.answer(method, self.url, self.headers, self._body, peer)
        if answered is None:
            return False
        said, self._kept = answered
        self._say_good(said)
        return True

    def _say_good(self, said: bytes) -> None:
        if self._fields[0] is not self.server_state.default_headers:
            self._write_fields()
        self.transport.write(self._fields[1] + said)
        self._answered = True

    def _write_fields(self) -> None:
        """What a server adds to each answer: another list each second."""
        added = self.server_state.default_headers
        fields = b"".join(b"%b: %b\r\n" % field for field in added)
        self._fields = (added, _GOOD + fields, fields)

    # Time

    def _keep_alive(self) -> None:
        """What else begins and ends with a request that is parsed."""
        self._await_no_head()
        self._unset_keepalive_if_required()
        self._await_head()

    def _await_head(self) -> None:
        """After an answer of the lane the next head may be long in coming: one timer for many."""
        if not self._answered:
            super()._await_head()
            return
        self._idle_since = self.loop.time()
        if self._idle_timer is None:
            self._look_again_in(KEEP_ALIVE_SECONDS)

    def _look_again_in(self, seconds: float) -> None:
        self._idle_timer = self.loop.call_later(seconds, self._look_whether_idle)

    def _look_whether_idle(self) -> None:
        left = KEEP_ALIVE_SECONDS - (self.loop.time() - self._idle_since)
        timed = self._head_timer is not None or self.timeout_keep_alive_task is not None
        if self._unanswered or timed:
            self._look_again_in(KEEP_ALIVE_SECONDS)
        elif left > 0:
            self._look_again_in(left)
        else:
            self.transport.abort()
