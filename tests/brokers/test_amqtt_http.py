"""Our plugin for amqtt takes for an answer what is one, and nothing else."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from certifying import certificate
from tokenhouse.plugins.amqtt.authority import Authority, Credential, Refusal
from tokenhouse.plugins.amqtt.http import SECONDS, Http, Reply, UnansweredError

SILENCE = b"silence"
HEAD = b"HTTP/1.1 200 OK\r\ndate: Thu, 26 Nov 2026 20:44:00 GMT\r\n"
T = TypeVar("T")
WHO = Credential("user", "pass", "17", "127.0.0.1")


def whole(body: bytes, head: bytes = HEAD) -> bytes:
    return head + f"content-length: {len(body)}\r\n\r\n".encode() + body


def asked(
    said: list[bytes], ask: Callable[[str], Awaitable[T]], tls: ssl.SSLContext | None = None
) -> T:
    """Ask a server that says this to its questions, one after the other, then closes its lines.

    An empty answer closes the line where a question was heard.
    """

    async def run() -> T:
        left, lines = list(said), []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            lines.append(writer)
            while left and await reader.readuntil(b"\r\n\r\n"):
                answer = left.pop(0)
                if not answer:
                    break
                if answer is SILENCE:
                    await asyncio.Event().wait()
                writer.write(answer)
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) as server:
            port = server.sockets[0].getsockname()[1]
            try:
                at = "https://localhost" if tls else "http://127.0.0.1"
                return await ask(f"{at}:{port}")
            finally:
                for line in lines:
                    line.transport.abort()

    return asyncio.run(run())


async def one(url: str) -> Reply:
    http = Http(url, "Basic x", 1)
    try:
        return await http.ask("GET", "/")
    finally:
        http.close()


def test_an_answer_is_read():
    assert asked([whole(b"{}")], one).body == b"{}"


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"nonsense\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 abc\r\ncontent-length: 0\r\n\r\n",
        HEAD + b"\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"content-length: -1\r\n\r\n",
        HEAD + b"content-length: 99999999999\r\n\r\n",
        whole(b" " * (5 << 20)),
        HEAD + b"content-length: 10\r\n\r\n{}",
        HEAD + b"x: " + b"y" * 100_000 + b"\r\ncontent-length: 0\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_none(said: bytes):
    with pytest.raises(UnansweredError):
        asked([said], one)


def test_a_server_is_believed_whose_certificate_is_trusted_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    chain, key = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain, key)
    with pytest.raises(UnansweredError):
        asked([whole(b"{}")], one, tls)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    assert asked([whole(b"{}")], one, tls).status == 200


def test_a_kept_line_that_was_closed_meanwhile_is_no_outage():
    async def two(url: str) -> list[int]:
        http = Http(url, "Basic x", 1)
        found = [(await http.ask("GET", "/")).status for _ in range(2)]
        http.close()
        return found

    assert asked([whole(b"{}"), b"", whole(b"{}")], two) == [200, 200]


def test_silence_is_waited_for_no_longer_than_told_and_the_next_one_does_not_wait():
    async def silent(url: str) -> None:
        http = Http(url, "Basic x", 1)
        begun = time.monotonic()
        for least, most in ((SECONDS, SECONDS + 1), (0.0, 0.3)):
            with pytest.raises(UnansweredError):
                await http.ask("GET", "/")
            assert least <= time.monotonic() - begun <= most
            begun = time.monotonic()

    asked([SILENCE], silent)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"true",
        b"[]",
        b'{"allowed":"true","subject":"s","rests_on":[],"expires_at":null}',
        b'{"allowed":1,"subject":"s","rests_on":[],"expires_at":null}',
        b'{"allowed":true}',
        b'{"allowed":true,"subject":"s","rests_on":"all","expires_at":null}',
        b'{"allowed":true,"subject":"s","rests_on":[],"expires_at":"soon"}',
        b'{"allowed":true,"subject":"s","rests_on":[],"expires_at":"2026-11-26T21:00:00"}',
    ],
)
def test_what_is_no_clear_yes_lets_nobody_in(body: bytes):
    async def connect(url: str) -> object:
        authority = Authority(url, "id", "secret", "bound")
        try:
            return await authority.connect(WHO)
        except UnansweredError:
            return Refusal("unanswered")
        finally:
            authority.close()

    assert isinstance(asked([whole(body)], connect), Refusal)


@pytest.mark.parametrize("status", [b"201", b"204", b"302", b"401", b"403", b"404", b"503"])
def test_a_yes_with_another_status_is_none(status: bytes):
    yes = b'{"allowed":true,"subject":"s","rests_on":[],"expires_at":null,"fresh_ms":1000}'

    async def topic(url: str) -> None:
        authority = Authority(url, "id", "secret", "bound")
        try:
            await authority.topic(WHO, "publish", "th/d/17/up")
        finally:
            authority.close()

    with pytest.raises(UnansweredError):
        asked([whole(yes, HEAD.replace(b"200", status))], topic)


def test_time_that_is_left_is_counted_by_the_authoritys_clock():
    said = b'{"allowed":true,"subject":"s","rests_on":[],"expires_at":"2026-11-26T20:44:30Z"}'

    async def connect(url: str) -> object:
        authority = Authority(url, "id", "secret", "bound")
        try:
            return await authority.connect(WHO)
        finally:
            authority.close()

    told = asked([whole(said)], connect)
    assert not isinstance(told, Refusal)
    assert told.left == 30


def test_what_somebody_connected_with_is_not_shown():
    assert "user" not in repr(WHO).replace("user_name", "")
    assert "pass" not in repr(WHO)
