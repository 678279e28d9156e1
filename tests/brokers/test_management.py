"""A broker's management is asked within bounds, and nothing secret is in what is said of it."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from certifying import certificate
from tokenhouse.core.credential import Secret
from tokenhouse.enforcing import api as bounds
from tokenhouse.enforcing.api import Api, Unreachable

Talk = Callable[[socket.socket], object]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]"


@contextmanager
def saying(talk: Talk, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Somebody who listens, and does this with each line; give his host and port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                with suppress(OSError):
                    line, _ = server.accept()
                    line.settimeout(5)
                    with line if context is None else context.wrap_socket(line, True) as each:
                        talk(each)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def told(at: str, scheme: str = "http") -> bytes:
    with closing(Api(Secret(f"{scheme}://name:password@{at}"))) as api:
        return api.get("/api/connections")


def why(at: str, scheme: str = "http") -> str:
    with pytest.raises(Unreachable) as raised:
        told(at, scheme)
    assert "password" not in repr(raised.value)
    return str(raised.value)


def once(answer: bytes) -> Talk:
    def talk(line: socket.socket) -> None:
        line.recv(65_536)
        line.sendall(answer)

    return talk


def test_an_answer_is_read_to_its_end():
    with saying(once(OK)) as at:
        assert told(at) == b"[]"


def test_a_line_that_was_closed_meanwhile_is_opened_again():
    with saying(once(OK)) as at, closing(Api(Secret(f"http://n:p@{at}"))) as api:
        assert [api.get("/"), api.get("/")] == [b"[]"] * 2


def test_nobody_there_is_said_in_words():
    with socket.create_server(("127.0.0.1", 0)) as server:
        at = f"127.0.0.1:{server.getsockname()[1]}"
    assert why(at) == "Connection refused"


@pytest.mark.parametrize("status", [301, 401, 404, 500])
def test_nothing_but_a_200_is_an_answer_and_nobody_is_followed(status: int):
    head = f"HTTP/1.1 {status} X\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n"
    with saying(once(head.encode())) as at:
        assert why(at) == f"answered {status}"


def test_what_is_no_http_is_not_repeated():
    with saying(once(b"name:password\r\n\r\n")) as at:
        assert why(at) == "BadStatusLine"


def test_an_answer_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bounds, "MAX_ANSWER", 10_000)
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 20_000
    with saying(once(endless)) as at:
        assert why(at) == "OSError"


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"])
def test_silence_is_given_up(monkeypatch: pytest.MonkeyPatch, said: bytes):
    monkeypatch.setattr(bounds, "ANSWER_SECONDS", 0.1)

    def talk(line: socket.socket) -> None:
        line.sendall(said)
        time.sleep(0.4)

    with saying(talk) as at:
        assert why(at) == "TimeoutError"


def test_a_slow_answer_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bounds, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(bounds, "_PIECE", 1)

    def talk(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(10):
            line.sendall(b"x")
            time.sleep(0.1)

    with saying(talk) as at:
        assert why(at) == "TimeoutError"


def test_a_certificate_that_nobody_vouches_for_is_not_believed(tmp_path: Path):
    with saying(once(OK), _tls(tmp_path)) as at:
        assert why(at.replace("127.0.0.1", "localhost"), "https").startswith(
            "its certificate is not believed"
        )


def test_a_certificate_counts_for_its_name_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with saying(once(OK), _tls(tmp_path)) as at:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "tls.pem"))
        assert told(at.replace("127.0.0.1", "localhost"), "https") == b"[]"
        assert "not valid for" in why(at, "https")


def _tls(directory: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(directory))
    return context
