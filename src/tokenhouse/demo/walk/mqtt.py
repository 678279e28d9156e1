"""Just enough of an MQTT client (3.1.1) for a walk: a connection on which nothing is in a hurry."""

import socket
from time import monotonic
from typing import Final

import msgspec

REFUSED: Final = 0x80
"""What a subscription is answered that may not be."""
_CONNECT: Final = 0x10
_CONNACK: Final = 0x20
_PUBLISH: Final = 0x30
_SUBSCRIBE: Final = 0x82
_SUBACK: Final = 0x90
_PROTOCOL: Final = b"\x00\x04MQTT\x04"
_NEW_WITH_A_NAME: Final = 0x82
"""Flags of a CONNECT: nothing is remembered of an earlier one, and a user name comes with it."""
_PATIENCE_SECONDS: Final = 30


class Message(msgspec.Struct, frozen=True):
    """Something that was published."""

    topic: str
    payload: bytes


class Connection:
    """A connection to a broker, at quality of service 0.

    Whatever is not answered in time, or not as MQTT says, is an OSError.
    """

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), _PATIENCE_SECONDS)
        self._packets = 0

    def connect(self, client_id: str, user_name: str) -> int:
        """Say who it is; give the broker's code, 0 for a yes."""
        flags = bytes((_NEW_WITH_A_NAME, 0, 0))
        self._send(_CONNECT, _PROTOCOL + flags + _text(client_id) + _text(user_name))
        return self._answer(_CONNACK)

    def subscribe(self, topics: str) -> int:
        """Listen to what a filter names; give the broker's code."""
        self._packets += 1
        self._send(_SUBSCRIBE, self._packets.to_bytes(2) + _text(topics) + b"\x00")
        return self._answer(_SUBACK)

    def publish(self, message: Message) -> None:
        """Send something, which is not answered."""
        self._send(_PUBLISH, _text(message.topic) + message.payload)

    def message(self, seconds: float = _PATIENCE_SECONDS) -> Message | None:
        """The next one that comes within this time; None where there was none."""
        self._socket.settimeout(seconds)
        try:
            kind, body = self._receive()
        except TimeoutError:
            return None
        finally:
            self._socket.settimeout(_PATIENCE_SECONDS)
        if kind & 0xF0 != _PUBLISH:
            raise OSError(f"a packet of the type {kind >> 4} came")
        length = 2 + int.from_bytes(body[:2])
        return Message(body[2:length].decode(), body[length:])

    def ends_within(self, seconds: float) -> bool:
        """Whether the broker ends it within this time, if it did not yet."""
        until = monotonic() + seconds
        try:
            while (left := until - monotonic()) > 0:
                self._socket.settimeout(left)
                if not self._socket.recv(4096):
                    return True
        except ConnectionError:
            return True
        except TimeoutError:
            pass
        return False

    def close(self) -> None:
        """End it, without a word."""
        self._socket.close()

    def _send(self, kind: int, body: bytes) -> None:
        self._socket.sendall(bytes((kind,)) + _length(len(body)) + body)

    def _answer(self, kind: int) -> int:
        came, body = self._receive()
        if came != kind or not body:
            raise OSError(f"a packet of the type {came >> 4} came")
        return body[-1]

    def _receive(self) -> tuple[int, bytes]:
        (kind,) = self._read(1)
        size, shift = 0, 0
        while True:
            (part,) = self._read(1)
            size |= (part & 0x7F) << shift
            shift += 7
            if part < 0x80:
                return kind, self._read(size)

    def _read(self, size: int) -> bytes:
        read = b""
        while len(read) < size:
            more = self._socket.recv(size - len(read))
            if not more:
                raise ConnectionResetError("the broker ended the connection")
            read += more
        return read


def _text(text: str) -> bytes:
    written = text.encode()
    return len(written).to_bytes(2) + written


def _length(size: int) -> bytes:
    parts = bytearray()
    while size > 0x7F:
        parts.append(size & 0x7F | 0x80)
        size >>= 7
    parts.append(size)
    return bytes(parts)
