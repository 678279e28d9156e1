"""MQTT 3.1.1 as bytes: also what no client library would send, and without a thread for each."""

import socket
import struct
from contextlib import suppress
from typing import Final, NamedTuple

CONNACK, PUBLISH, PUBACK, SUBACK = 2, 3, 4, 9
ACCEPTED: Final = 0
_ID: Final = 7


class Hello(NamedTuple):
    """What a client connects with. `will`: a topic and what is published there once it is gone."""

    client_id: str
    user_name: str | None = None
    password: str | None = None
    will: tuple[str, bytes] | None = None
    clean: bool = True
    retained: bool = False
    version: int = 4

    def packet(self) -> bytes:
        """As CONNECT."""
        body = text(self.client_id)
        flags = 0x02 if self.clean else 0
        if self.will is not None:
            flags |= 0x24 if self.retained else 0x04
            body += text(self.will[0]) + _counted(self.will[1])
        for flag, field in ((0x80, self.user_name), (0x40, self.password)):
            if field is not None:
                flags |= flag
                body += text(field)
        properties = b"\0" if self.version == 5 else b""
        opening = text("MQTT") + bytes([self.version, flags]) + struct.pack(">H", 60)
        return packet(0x10, opening + properties + body)


def text(said: str) -> bytes:
    """A string as MQTT has it; what is no UTF-8 stands in it as surrogates."""
    return _counted(said.encode(errors="surrogateescape"))


def _counted(said: bytes) -> bytes:
    return struct.pack(">H", len(said)) + said


def packet(first: int, body: bytes) -> bytes:
    """One packet, with its length in between."""
    length, left = bytearray(), len(body)
    while True:
        length.append(left % 128 | (0x80 if left > 127 else 0))
        left //= 128
        if not left:
            return bytes([first]) + bytes(length) + body


def publishing(topic: str, payload: bytes = b"x", *, retained: bool = False) -> bytes:
    """A message that has to be acknowledged."""
    first = 0x33 if retained else 0x32
    return packet(first, text(topic) + struct.pack(">H", _ID) + payload)


def subscribing(asked: str, qos: int = 0) -> bytes:
    """A subscription to one filter."""
    return packet(0x82, struct.pack(">H", _ID) + text(asked) + bytes([qos]))


class Line:
    """One connection. `code` is what CONNACK said; None: the broker closed it instead."""

    def __init__(self, port: int, hello: Hello) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._messages: list[tuple[str, bytes]] = []
        self._socket.sendall(hello.packet())
        answer = self._read()
        self.code = None if answer is None else answer[1][1]

    @property
    def accepted(self) -> bool:
        return self.code == ACCEPTED

    def publish(self, topic: str, payload: bytes = b"x", *, retained: bool = False) -> bool:
        """Whether the broker took a message; if not, it ends the connection."""
        return self._asks(publishing(topic, payload, retained=retained), PUBACK) is not None

    def subscribe(self, asked: str, qos: int = 0) -> bool:
        """Whether the broker took a subscription; a no is a code, or the connection's end."""
        told = self._asks(subscribing(asked, qos), SUBACK)
        return told is not None and told[-1] < 0x80

    def message(self, within_s: float = 5) -> tuple[str, bytes] | None:
        """The next message that arrives; None: none, or the connection ended."""
        if not self._messages:
            self._socket.settimeout(within_s)
            try:
                self._read()
            except TimeoutError:
                return None
            finally:
                self._socket.settimeout(20)
        return self._messages.pop(0) if self._messages else None

    def messages(self, within_s: float = 1) -> list[tuple[str, bytes]]:
        """All that arrives until nothing did for a time."""
        found = []
        while (one := self.message(within_s)) is not None:
            found.append(one)
        return found

    def is_over(self, within_s: float) -> bool:
        """Whether the connection ends; False: it is there after that time, or something came."""
        self._socket.settimeout(max(within_s, 0.001))
        try:
            return self._read() is None
        except TimeoutError:
            return False
        finally:
            self._socket.settimeout(20)

    def drop(self) -> None:
        """Be gone without a word."""
        self._socket.close()

    def say(self, said: bytes) -> None:
        """Send a packet, and wait for nothing."""
        with suppress(OSError):
            self._socket.sendall(said)

    def _asks(self, said: bytes, answer: int) -> bytes | None:
        self.say(said)
        while (read := self._read()) is not None:
            if read[0] == answer:
                return read[1]
        return None

    def _read(self) -> tuple[int, bytes] | None:
        """A packet's kind and body; None where the connection ended. Messages are kept."""
        try:
            first = self._exactly(1)[0]
            length, shift = 0, 0
            while True:
                (byte,) = self._exactly(1)
                length |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    break
            body = self._exactly(length)
        except (ConnectionError, EOFError):
            return None
        if first >> 4 == PUBLISH:
            self._messages.append(_message(first, body))
        return first >> 4, body

    def _exactly(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            more = self._socket.recv(count - len(found))
            if not more:
                raise EOFError
            found += more
        return found


def _message(first: int, body: bytes) -> tuple[str, bytes]:
    end = 2 + struct.unpack(">H", body[:2])[0]
    return body[2:end].decode(), body[end + (2 if first & 0x06 else 0) :]
