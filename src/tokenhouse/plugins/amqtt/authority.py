"""What is asked of Tokenhouse: who is let in, what he may do, and whom to look at again."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from tokenhouse.plugins.amqtt.http import Http, Reply, UnansweredError

_QUESTIONS: Final = 16
"""Connections for what clients wait for."""
_LOOKS: Final = 4
"""Connections for looking again, which shall not wait behind a crowd that comes in."""
_NOT_UNDERSTOOD: Final = frozenset({400, 413, 422})
"""Statuses of a question about what can be nobody's name, token or topic."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a client connected with, in the words of the questions. Not shown: it is a secret."""

    user_name: str = field(repr=False)
    password: str = field(repr=False)
    client_id: str
    address: str

    def said(self) -> dict[str, str]:
        """For a question about this client."""
        return {
            "user_name": self.user_name,
            "password": self.password,
            "client_id": self.client_id,
        }


@dataclass(frozen=True, slots=True)
class Admission:
    """That somebody is let in. `left`: seconds until his token ends, from when it was asked."""

    subject: str
    rests_on: frozenset[str]
    left: float | None
    sent: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """That somebody is not let in, and why, in a word."""

    reason: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Whether something may be done, and until when that may be kept (monotonic)."""

    allowed: bool
    until: float


class GoneError(Exception):
    """The changes cannot be followed from there: all has to be looked at again."""


class Authority:
    """Asks. Every question may raise UnansweredError."""

    def __init__(self, url: str, client_id: str, secret: str, client_ids: str) -> None:
        pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        self._questions = Http(url, f"Basic {pair}", _QUESTIONS)
        self._looks = Http(url, f"Basic {pair}", _LOOKS)
        self._at = f"/v1/broker/plain/{client_ids}"

    async def connect(self, who: Credential) -> Admission | Refusal:
        """Whether somebody is let in."""
        return _admission(await self._questions.ask("POST", f"{self._at}/connect", _arriving(who)))

    async def again(self, who: Credential) -> Admission | Refusal:
        """Whether he would be let in now; a no is kept in the audit trail."""
        body = _arriving(who)
        return _admission(await self._looks.ask("POST", f"{self._at}/again", body, trying=True))

    async def topic(self, who: Credential, action: str, topic: str) -> Leave:
        """Whether he may do something."""
        said = who.said() | {"action": action, "topic": topic}
        reply = await self._questions.ask("POST", f"{self._at}/topic", _bytes(said))
        told = _told(reply)
        return Leave(told.get("allowed") is True, reply.sent + _number(told, "fresh_ms") / 1000)

    async def begin(self) -> int:
        """Where the changes are to be followed from."""
        return _number(await self._changes(""), "next")

    async def changes(self, after: int) -> tuple[frozenset[str], int, float]:
        """What was touched, by id, where to go on, and when this was asked. Raises GoneError."""
        reply = await self._looks.ask("GET", f"{_CHANGES}?after={after}", trying=True)
        told = self._of_changes(reply)
        touched = told.get("touched")
        if not isinstance(touched, list):
            raise UnansweredError
        return frozenset(map(str, touched)), _number(told, "next"), reply.sent

    async def _changes(self, query: str) -> Mapping[str, Any]:
        return self._of_changes(await self._looks.ask("GET", _CHANGES + query, trying=True))

    @staticmethod
    def _of_changes(reply: Reply) -> Mapping[str, Any]:
        if reply.status == 410:
            raise GoneError
        if reply.status != 200:
            raise UnansweredError
        return _told(reply)

    def close(self) -> None:
        """Close all connections."""
        self._questions.close()
        self._looks.close()


_CHANGES: Final = "/v1/broker/plain/changes"


def _arriving(who: Credential) -> bytes:
    return _bytes(who.said() | {"address": who.address})


def _bytes(said: Mapping[str, str]) -> bytes:
    return json.dumps(said).encode()


def _told(reply: Reply) -> Mapping[str, Any]:
    if reply.status in _NOT_UNDERSTOOD:
        return {"allowed": False, "reason": "not_understood", "fresh_ms": 0}
    try:
        told = json.loads(reply.body) if reply.status == 200 else None
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise UnansweredError
    return told


def _number(told: Mapping[str, Any], name: str) -> int:
    number = told.get(name)
    if not isinstance(number, int):
        raise UnansweredError
    return number


def _admission(reply: Reply) -> Admission | Refusal:
    told = _told(reply)
    if told.get("allowed") is not True:
        return Refusal(str(told.get("reason"))[:40])
    rests_on, ends = told.get("rests_on"), told.get("expires_at")
    if not isinstance(rests_on, list) or not isinstance(told.get("subject"), str):
        raise UnansweredError
    left = None if ends is None else _left(ends, reply)
    return Admission(told["subject"], frozenset(map(str, rests_on)), left, reply.sent)


def _left(ends: object, reply: Reply) -> float:
    """Seconds, by the authority's clock alone: nobody knows what the one of this machine shows."""
    try:
        asked = parsedate_to_datetime(reply.headers.get("date", ""))
        return (datetime.fromisoformat(str(ends)) - asked).total_seconds()
    except (TypeError, ValueError):
        raise UnansweredError from None
