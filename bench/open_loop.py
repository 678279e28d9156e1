"""Sends each request when it is due, whether or not earlier ones were answered.

wrk sends the next request once the last one was answered, so a slow server is asked less. Here the
time of a request counts from the moment at which it was due, also where it had to wait for a
connection. Run as a program, since it has to have a core of its own: it reads what to ask from
standard input and writes what came of it.
"""

import select
import socket
import sys
import time
from collections import deque
from typing import Final

import msgspec

IN_TIME_SECONDS: Final = 1.0
"""A good answer counts while it comes within this."""
UNASKED_SECONDS: Final = 0.1
"""Who finds all peers waiting for answers for so long asks nobody."""

_PIECE: Final = 65536


class Asked(msgspec.Struct, frozen=True):
    """One request as it goes over the wire, and how often it is due in each stretch of seconds."""

    host: str
    port: int
    request: bytes
    stretches: tuple[tuple[float, float], ...]
    connections: int


class Came(msgspec.Struct, frozen=True):
    """An answer: when it was due and sent, when it came, counted from the start; and which."""

    due: float
    sent: float
    came: float
    status: str


class _Sender:
    """Many connections, and which request of which moment is under way on each."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._poll = select.epoll()
        self._links: dict[int, socket.socket] = {}
        self._idle: list[int] = []
        self._under_way: dict[int, tuple[float, float]] = {}
        self._partly: dict[int, bytes] = {}
        self.came: list[Came] = []
        for _ in range(asked.connections):
            self._connect()

    def run(self) -> None:
        """Send what is due when it is due, and take what comes."""
        began, from_start = time.monotonic(), 0.0
        waiting: deque[float] = deque()
        for rate, seconds in self._asked.stretches:
            sent = 0
            end = from_start + seconds
            while (now := time.monotonic() - began) < end:
                if rate:
                    until = int((now - from_start) * rate)
                    waiting.extend(from_start + n / rate for n in range(sent, until))
                    sent = until
                else:
                    waiting.extend([now] * (len(self._idle) - len(waiting)))
                self._send(waiting, now)
                self._take(began, 0.001)
            from_start = end
        last = time.monotonic() + IN_TIME_SECONDS
        while self._under_way and time.monotonic() < last:
            self._take(began, 0.01)
        self.came += [Came(due, sent_at, 0.0, "") for due, sent_at in self._under_way.values()]

    def _send(self, waiting: deque[float], now: float) -> None:
        while waiting and self._idle:
            due = waiting.popleft()
            if now - due > UNASKED_SECONDS:
                self.came.append(Came(due, now, now, ""))
                continue
            number = self._idle.pop()
            self._under_way[number] = due, now
            try:
                self._links[number].send(self._asked.request)
            except OSError:
                self._lost(number, now)

    def _take(self, began: float, patience: float) -> None:
        for number, _ in self._poll.poll(patience):
            try:
                data = self._links[number].recv(_PIECE)
            except OSError:
                data = b""
            now = time.monotonic() - began
            if not data:
                self._lost(number, now)
                continue
            answer = self._partly.pop(number, b"") + data
            if not _whole(answer):
                self._partly[number] = answer
                continue
            due, sent = self._under_way.pop(number)
            self.came.append(Came(due, sent, now, answer[9:12].decode()))
            if b"\r\nconnection: close" in answer:
                self._close(number)
                self._connect()
            else:
                self._idle.append(number)

    def _lost(self, number: int, now: float) -> None:
        if number in self._under_way:
            due, sent = self._under_way.pop(number)
            self.came.append(Came(due, sent, now, "lost"))
        elif number in self._idle:
            self._idle.remove(number)
        self._close(number)
        self._connect()

    def _connect(self) -> None:
        link = socket.create_connection((self._asked.host, self._asked.port), 10)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.setblocking(False)
        self._links[link.fileno()] = link
        self._poll.register(link.fileno(), select.EPOLLIN)
        self._idle.append(link.fileno())

    def _close(self, number: int) -> None:
        self._poll.unregister(number)
        self._partly.pop(number, None)
        self._links.pop(number).close()


def _whole(answer: bytes) -> bool:
    head, ended, body = answer.partition(b"\r\n\r\n")
    if not ended:
        return False
    _, named, rest = head.partition(b"\r\ncontent-length: ")
    return not named or len(body) >= int(rest.partition(b"\r\n")[0])


def _main() -> None:
    sender = _Sender(msgspec.json.decode(sys.stdin.buffer.read(), type=Asked))
    sender.run()
    sys.stdout.buffer.write(msgspec.json.encode(sender.came))


if __name__ == "__main__":
    _main()
