"""The server says that a request is whole only when nothing of it is waited for any more."""

from collections.abc import Iterator

import pytest

from boundary.toys import HEAD, Peer
from tokenhouse.boundary.asgi import WHOLE, Receive, Scope, Send, lifespan
from tokenhouse.server import Background

POST = b"POST /" + HEAD


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with Background(tell_whole) as served:
        yield served.port


async def tell_whole(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer each message with whether more comes, and whether the scope had said so before."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send, lambda: None)
        return
    told, more = [], True
    while more:
        said = WHOLE in scope
        more = (await receive())["more_body"]
        told.append(f"{said} {more}")
    body = ", ".join(told).encode()
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /" + HEAD + b"\r\n",
        POST + b"Content-Length: 2\r\n\r\nok",
        POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ],
)
def test_a_request_that_came_in_one_piece_is_whole(port: int, request_: bytes) -> None:
    with Peer(port) as peer:
        peer.send(request_)
        assert peer.reply().body == b"True False"


WAITING = POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"


@pytest.mark.parametrize("before", [b"", POST + b"Content-Length: 2\r\n\r\nok"])
def test_a_request_that_is_still_coming_is_not(port: int, before: bytes) -> None:
    with Peer(port) as peer:
        peer.send(before + WAITING)
        if before:
            assert peer.reply().body == b"True False"
        assert peer.reply().status == 100
        peer.send(b"ok")
        assert peer.reply().body == b"False False"
