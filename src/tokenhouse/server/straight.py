"""HTTP/1.1 with a straight way for every request that has come in whole with what was read.

The application starts it without a task, and gives its answer in one piece. Meanwhile the
connection holds a turn in place of uvicorn's cycle, so that what comes after it waits for it, and
whoever stops the server does too.
"""

import asyncio
import re
from functools import partial
from hmac import compare_digest
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from uvicorn.config import Config
from uvicorn.server import ServerState

from tokenhouse.server.application import Straight
from tokenhouse.server.lane import LaneProtocol

MAX_KNOWN_HEAD: Final = 4 * 1024
"""A longer head is parsed each time; a connection knows one of its heads again."""

_LINES: Final = {
    int(status): b"HTTP/1.1 %d %b\r\n" % (status, status.phrase.encode()) for status in HTTPStatus
}
_PLAIN: Final = re.compile(rb"/[\x21-\x7e]*")
_CLOSE: Final = b"connection: close\r\n"
_END: Final = b"\r\n\r\n"


class _Nobody:
    def set(self) -> None:
        """Nobody waits for a message."""


class _Turn:
    """A request under way: as much of uvicorn's cycle as a connection asks of one."""

    __slots__ = ("disconnected", "keep_alive", "message_event", "response_complete")

    def __init__(self) -> None:
        self.disconnected = False
        self.keep_alive = True
        self.message_event = _Nobody()
        self.response_complete = False

    @property
    def response_started(self) -> bool:
        """It is said in one piece."""
        return self.response_complete


class _Taken(NamedTuple):
    """What was read of a request that was taken from the parser, but for its body."""

    method: str
    url: bytes
    headers: list[tuple[bytes, bytes]]
    body_size: int


class _Known(NamedTuple):
    """A head as it came, how long it is with its body, and what was read of it."""

    head: bytes
    size: int
    taken: _Taken


def _known(taken: _Taken, data: bytes) -> _Known | None:
    """What is known of the only request in what came in, if that was nothing else."""
    end = data.find(_END) + len(_END)
    if end + taken.body_size != len(data) or not len(_END) <= end <= MAX_KNOWN_HEAD:
        return None
    return _Known(data[:end], len(data), taken)


class StraightProtocol(LaneProtocol):
    """One connection.

    Whoever asks again mostly sends the same head before another body of the same length. It is
    parsed once: from the same bytes at the same place the parser would read the same.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._straight: Straight | None = getattr(self.app, "straight", None)
        self._taken: _Taken | None = None
        """Of the last request in what came in last."""
        self._known: _Known | None = None

    def _parse(self, data: bytes) -> None:
        begins = self._straight is not None and self._is_between()
        if begins and self._take_again(data):
            return
        self._forget()
        super()._parse(data)
        if begins and self._heard == 1 and self._taken is not None:
            self._known = _known(self._taken, data)

    def _take_again(self, data: bytes) -> bool:
        """Take what came in, if that is a request that begins as the last one did."""
        known = self._known
        if known is None or known.size != len(data):
            return False
        if not compare_digest(data[: len(known.head)], known.head):  # it holds a credential
            return False
        self._answered = False
        self._await_no_head()
        self._unset_keepalive_if_required()
        method, url, headers, _ = known.taken
        return self._take(method, url, headers, data[len(known.head) :])

    def _forget(self) -> None:
        self._known, self._taken, self._heard = None, None, 0

    def _is_held_back(self) -> bool:
        if self._straight is None:
            return super()._is_held_back()
        return self._is_plain() and _PLAIN.fullmatch(self.url) is not None

    def _serve(self) -> bool:
        if self._asks_memory and self._answer():
            return True
        method, body = self.parser.get_method().decode("ascii"), self._body
        if not self._take(method, self.url, self.headers, body):
            return False
        if not self._asks_memory:
            self._taken = _Taken(method, self.url, self.headers, len(body))
        return True

    def _take(
        self, method: str, url: bytes, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> bool:
        if self._straight is None:
            return False
        before, turn = self.cycle, _Turn()
        self.cycle = turn  # type: ignore[assignment]
        self._unanswered += 1
        self._message_ended()
        peer = self.client
        taken = self._straight.take(
            method,
            url,
            headers,
            body,
            peer[0] if peer else "",
            partial(self._said, turn),
        )
        if not taken:
            self.cycle = before
            self._unanswered -= 1
        return taken

    def _said(self, turn: _Turn, status: int, said: bytes, delay: float) -> None:
        if delay:
            self.loop.call_later(delay, self._say_now, turn, status, said)
        else:
            self._say_now(turn, status, said)

    def _say_now(self, turn: _Turn, status: int, said: bytes) -> None:
        turn.response_complete = True
        if turn.disconnected or self.transport.is_closing():
            return
        if self._fields[0] is not self.server_state.default_headers:
            self._write_fields()
        added = self._fields[2]
        if not turn.keep_alive:
            added += _CLOSE
        self.transport.write(_LINES[status] + added + said)
        if not turn.keep_alive:
            self.transport.close()
        if self._stands_alone():
            self._at_rest()
        else:
            self.on_response_complete()

    def _stands_alone(self) -> bool:
        """Whether nothing has come in behind what was answered, nor is waited for."""
        return (
            self._in_head
            and not (self._begun or self._deaf or self.pipeline)
            and not (self.flow.read_paused or self.transport.is_closing())
        )

    def _at_rest(self) -> None:
        """As `on_response_complete` leaves it, but with one timer for many answers."""
        self._unanswered -= 1
        self._answered = True
        self.server_state.total_requests += 1
        self._keep_alive()
