"""The few words of ASGI that the boundary speaks (ASGI 3, HTTP 2.3 and lifespan 2.0)."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, TypeAlias

from tokenhouse.boundary.face import Answer

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

FAULT: Final = "tokenhouse.fault"
"""Where in the scope a server puts the Fault for which a request must not be served.

It closes the connection after the answer."""


WHOLE: Final = "tokenhouse.whole"
"""What a server puts into the scope as soon as all of a request has come in.

`receive` waits for nothing then, so nobody needs to look at the clock meanwhile."""


class Fault(StrEnum):
    """What is wrong with a request head, so that it was not kept as it came."""

    URL_TOO_LONG = "The URL is too long."
    HEADERS_TOO_LARGE = "The headers are too large."
    MALFORMED = "The request is malformed."


Headers: TypeAlias = list[tuple[bytes, bytes]]

_NO_BODY: Final = frozenset({204, 304})
_ALWAYS: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
_KEPT_NAMES: Final = 64
_NAME: Final = re.compile(r"[a-z0-9-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")


def head(answer: Answer, request_id: str) -> Headers:
    """The header fields of an answer; raises ValueError for one that HTTP cannot carry."""
    own = [_field(name, value) for name, value in answer.headers]
    if answer.media_type is not None:
        own.append(_field("content-type", answer.media_type))
    said = {name for name, _ in own}
    fields = [field for field in _ALWAYS if field[0] not in said]
    fields.append((b"x-request-id", request_id.encode()))
    fields.extend(own)
    if answer.status not in _NO_BODY:
        length = len(answer.body) if answer.part is None else answer.part.length
        fields.append((b"content-length", b"%d" % length))
    return fields


def _field(name: str, value: str) -> tuple[bytes, bytes]:
    plain = value.isascii() and value.isprintable()  # nearly all are: that spares the expression
    if not plain and _VALUE.fullmatch(value) is None:
        raise _unsendable(name)
    return _name(name), value.encode("latin-1")


@lru_cache(_KEPT_NAMES)
def _name(name: str) -> bytes:
    if _NAME.fullmatch(name) is None:
        raise _unsendable(name)
    return name.encode()


def _unsendable(name: str) -> ValueError:
    return ValueError(f"the header {name!r} of an answer cannot be sent")


async def lifespan(receive: Receive, send: Send, close: Callable[[], None]) -> None:
    """Nothing to prepare; `close` at the end."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            close()
            await send({"type": "lifespan.shutdown.complete"})
            return
