"""What a face really answers is what it says that it can answer, and tells no more."""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

import msgspec

from conformance.dialects import DIALECTS, is_allowed
from conformance.wire import Reply
from tokenhouse.boundary import Face, Route
from tokenhouse.openapi.headers import answered

SHARED: Final = "public, max-age=300"
"""How long whoever passes an answer on may keep it, where it may be kept."""
FOR_EVER: Final = "public, max-age=31536000, immutable"
"""The same of what has another name once it is another."""
_FILES: Final = ("text/css; charset=utf-8", "text/javascript; charset=utf-8", "image/svg+xml")
"""What pages load."""
_WORD: Final = 10
"""Characters of what could be a word of a sentence: every secret is longer."""


def is_described(face: Face, route: Route, reply: Reply, method: str = "") -> None:
    """The status of an answer, its headers, its media type and its body are told of its route."""
    about, refusals = route.about, face.refusals
    if about is None or (method or route.method) == "HEAD":
        return
    assert refusals is not None
    success = about.answers.get(reply.status) if is_allowed(face, reply) else None
    if success is None:
        assert reply.status in refusals.statuses(route), (str(route), reply)
        _is_of(reply, refusals.type, refusals.media_types)
        return
    for name, header in answered(success.headers).items():
        there = reply.header(name.lower()) is not None
        assert there or not header["required"], (str(route), name)
    if success.type is None:
        assert reply.body == b""
    elif success.type is bytes:
        assert reply.header("content-type") in success.media_types
    else:
        _is_of(reply, success.type, success.media_types or face.media_types)


def _is_of(reply: Reply, one: Any, media_types: tuple[str, ...]) -> None:
    media_type = reply.header("content-type")
    assert media_type in media_types
    is_lines = media_type == "application/x-ndjson"
    for text in reply.body.splitlines() if is_lines else [reply.body]:
        read = msgspec.json.decode(text, type=one)
        assert msgspec.json.decode(msgspec.json.encode(read)) == msgspec.json.decode(text)


def keeps_to_itself(face: Face, reply: Reply, sent: Iterable[str]) -> None:
    """Nobody keeps the answer or is told what led to it, and no secret that was sent goes back."""
    media_type = reply.header("content-type") or ""
    policy = DIALECTS[face.name].referrer if media_type.startswith("text/html") else "no-referrer"
    assert reply.header("referrer-policy") == policy, reply
    kept = {FOR_EVER} if media_type in _FILES else {"no-store", SHARED}
    assert reply.header("cache-control") in kept, reply
    told = reply.body.decode(errors="replace") + "\n".join(
        f"{name}: {value}" for name, value in reply.headers
    )
    for secret in sent:
        assert len(secret) <= _WORD or (secret not in told and quote(secret) not in told), reply
