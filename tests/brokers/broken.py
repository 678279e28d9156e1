"""Questions as no broker should ask them: what is broken, by whom it is asked, and where."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from brokers.hall import Hall, text
from conformance.house import Switch
from conformance.wire import Reply
from faces.desk import Desk
from stage import MovedClock, Stage
from tokenhouse.store.memory import MemoryAttempts, MemoryStore

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
_WRONG: Final[tuple[Any, ...]] = (1, 1.5, True, [], ["x"], {}, {"x": "y"})
_HOSTILE: Final = ("\x00", "a\x00b", "\n", "\x1b[2J", "\x7f", "x" * 9_000)


class Question(NamedTuple):
    """One question that is answered with yes as it stands.

    `needed`: the fields without which it is a no.
    """

    path: str
    fields: dict[str, Any]
    needed: tuple[str, ...]
    media_type: str = JSON

    def body(self, fields: dict[str, Any] | None = None) -> bytes:
        """The question, or another of the same form, as it is sent."""
        said = self.fields if fields is None else fields
        return json.dumps(said).encode() if self.media_type == JSON else urlencode(said).encode()

    def ask(self, at: Hall, body: bytes | None = None, **changed: Any) -> Reply:
        """Ask it, or what is `changed` of it."""
        headers = changed.get("headers", [at.broker, ("content-type", self.media_type)])
        method, path = changed.get("method", "POST"), changed.get("path", self.path)
        return at.at.wire(method, path, headers, self.body() if body is None else body)


def bodies(question: Question) -> Iterator[bytes]:
    """Bodies that are no question, or another one than can be answered with yes."""
    right = question.body()
    yield from (b"", b"\xff\xfe\x00", b"\x00" * 100, right[:-7] + b"\xff", b"null", b"[]", b"0")
    yield b"%" + right
    yield b"[" * 50_000
    yield right + b" " * 70_000
    for name in question.needed:
        yield question.body({key: one for key, one in question.fields.items() if key != name})
    for name, value in question.fields.items():
        for hostile in _HOSTILE:
            yield question.body(question.fields | {name: f"{value}{hostile}"})
    if question.media_type == JSON:
        yield from _of_json(question, right)
    else:
        for name in question.fields:
            yield right + b"&" + urlencode({name: "x"}).encode()
            yield right + f"&{name}=%ff".encode()


def _of_json(question: Question, right: bytes) -> Iterator[bytes]:
    yield right[:-1]
    yield b"[" + right + b"]"
    yield right[:-1] + b"," + right[1:]
    for name, value in question.fields.items():
        for wrong in _WRONG:
            if type(wrong) is not type(value):
                yield question.body(question.fields | {name: wrong})
    for name in question.needed:
        yield question.body(question.fields | {name: None})


def all_broken(at: Hall, question: Question) -> Iterator[tuple[str, Reply]]:
    """Every broken question with its answer, named for whoever looks at a failure."""
    for body in bodies(question):
        yield f"body {body[:60]!r}", question.ask(at, body)
    by, media = at.broker, ("content-type", question.media_type)
    basic, other = by[1], at.client(permissions=[])
    for name, headers in {
        "no credential": [media],
        "empty credential": [("authorization", ""), media],
        "wrong secret": [(by[0], basic[:-6] + "AAAA=="), media],
        "broken Basic": [(by[0], "Basic %%%"), media],
        "two credentials": [by, by, media],
        "a client that may not ask": [other, media],
        "a device's token": [("authorization", f"Bearer {text(at.me)}"), media],
        "no type": [by],
        "another type": [by, ("content-type", "text/xml")],
        "two types": [by, media, media],
    }.items():
        yield name, question.ask(at, headers=headers)
    for policy in ("loose", "BOUND", "%62ound%00"):
        yield policy, question.ask(at, path=question.path.replace("bound", policy))
    for method in ("GET", "PUT", "DELETE"):
        yield method, question.ask(at, method=method)
    yield "another path", question.ask(at, path=question.path + "/x")


@contextmanager
def hall_on_a_switch(directory: Path) -> Iterator[tuple[Hall, Switch]]:
    """A hall whose store can be made to fail."""
    clock = MovedClock()
    switch = Switch(MemoryStore(clock, os.urandom))
    desk = Desk(Stage(switch, MemoryAttempts(), clock, directory))
    yield Hall(desk), switch
    desk.wire.close()
