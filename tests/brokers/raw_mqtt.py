"""MQTT 3.1.1 by hand, for what no client library sends."""

import socket
import struct
from contextlib import suppress
from types import TracebackType
from typing import Self

SECONDS = 1.0


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("!H", len(data)) + data


def _packet(kind: int, body: bytes) -> bytes:
    length, left = b"", len(body)
    while True:
        left, digit = divmod(left, 128)
        length += bytes([digit | (128 if left else 0)])
        if not left:
            return bytes([kind]) + length + body


class Raw:
    """A connection; `code` is that of CONNACK, None where the line was closed instead."""

    def __init__(self, port: int, client_id: str, user_name: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), SECONDS)
        body = _text("MQTT") + bytes([4, 0x82, 0, 60]) + _text(client_id) + _text(user_name)
        self._socket.sendall(_packet(0x10, body))
        told = self._read()
        self.code = told[1][1] if told is not None and told[0] == 0x20 else None

    def _read(self) -> tuple[int, bytes] | None:
        """The next packet; None: the line is closed, or nothing comes."""
        with suppress(OSError):
            head = self._socket.recv(2, socket.MSG_WAITALL)
            if len(head) == 2:
                return head[0], self._socket.recv(head[1], socket.MSG_WAITALL)
        return None

    def subscribe(self, topic_filter: str) -> int | None:
        """The code of SUBACK; None: the line is closed, or nothing comes."""
        self._socket.sendall(_packet(0x82, b"\x00\x01" + _text(topic_filter) + b"\x00"))
        told = self._read()
        return told[1][2] if told is not None and told[0] == 0x90 else None

    def publish(self, topic: str, payload: bytes) -> None:
        """At most once: nothing is answered."""
        with suppress(OSError):
            self._socket.sendall(_packet(0x30, _text(topic) + payload))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._socket.close()
