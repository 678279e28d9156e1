"""How a request and an answer are shown to people, without a secret that could be used."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from tokenhouse.demo.walk.request import Reply, Request

_WIDTH: Final = 98
_MOST_LINES: Final = 8
"""Of one body; the rest is left out."""
CUT: Final = "…"
_LONG: Final = 400
"""Characters of a part of an answer that is shown; a longer one is left out."""
_HINT: Final = 4
"""The last characters of a token, by which one can be told from another."""

SECRET_FIELDS: Final = frozenset(
    {
        *("token", "key", "session", "access_token", "refresh_token", "id_token"),
        *("cpuId", "uuid"),
    }
)
"""The fields of answers in which a secret stands, in any dialect."""

_TOKEN: Final = re.compile(r"\b(th[a-z]_|eyJ)[\w.-]{30,}")
_BREAK: Final = re.compile(r"(?<=[,&])(?! )")


class Secrets:
    """The secrets that were met so far, and what is shown in their place."""

    def __init__(self, known: tuple[str, ...]) -> None:
        self._shown = {secret: _short(secret) for secret in known}

    def add(self, secret: str) -> None:
        """Know one more."""
        self._shown[secret] = _short(secret)

    def learn(self, body: object) -> None:
        """Look for secrets in an answer that was read."""
        if isinstance(body, list):
            for part in body:
                self.learn(part)
        elif isinstance(body, dict):
            for name, part in body.items():
                if name in SECRET_FIELDS and isinstance(part, str) and part:
                    self.add(part)
                self.learn(part)

    def hide(self, text: str) -> str:
        """The text without them, and without whatever else looks like one."""
        for secret in sorted(self._shown, key=len, reverse=True):
            text = text.replace(secret, self._shown[secret])
        return _TOKEN.sub(lambda match: _short(match[0]), text)


def _short(secret: str) -> str:
    match = _TOKEN.fullmatch(secret)
    return CUT if match is None else f"{match[1]}{CUT}{secret[-_HINT:]}"


def request_lines(request: Request, secrets: Secrets) -> Iterator[str]:
    """What is sent."""
    yield f"> {request.method} {secrets.hide(request.target)}"
    for name, value in request.headers:
        yield f"> {name}: {secrets.hide(value)}"
    if request.shown_body:
        yield from folded("> ", secrets.hide(request.shown_body))


def reply_lines(reply: Reply, secrets: Secrets) -> Iterator[str]:
    """What came back."""
    yield f"< {reply.status} {HTTPStatus(reply.status).phrase}"
    if reply.is_json:
        yield from folded("< ", secrets.hide(_shown_json(reply.json)))
    elif reply.body:
        yield f"< ({len(reply.body)} bytes of {reply.media_type})"


def _shown_json(body: Any) -> str:
    """JSON in one line, without the parts that nobody would read."""
    if isinstance(body, dict):
        return "{" + ",".join(f"{_text(name)}:{_part(part)}" for name, part in body.items()) + "}"
    if isinstance(body, list):
        return "[" + ",".join(_part(part) for part in body) + "]"
    return _text(body)


def _part(body: Any) -> str:
    text = _text(body)
    if len(text) <= _LONG or isinstance(body, str):
        return text
    return f"{text[0]}{CUT}{text[-1]}"


def _text(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def folded(mark: str, text: str) -> Iterator[str]:
    """A long text in lines that end behind a comma, and no more than so many of them."""
    lines = [""]
    for part in _BREAK.split(text):
        if lines[-1] and len(lines[-1]) + len(part) > _WIDTH:
            lines.append("")
        lines[-1] += part
    for line in lines[:_MOST_LINES]:
        yield mark + line
    if len(lines) > _MOST_LINES:
        yield mark + CUT
