"""What our own plugins ask, which run inside of brokers: amqtt's and aedes's.

They keep what a client connected with, and say it each time. So every answer is about the token
itself, and may be kept for what it says.
"""

from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary import (
    Answer,
    Face,
    Object,
    Query,
    Request,
    Route,
    Time,
    answered,
    problem,
    time,
)
from tokenhouse.boundary.face import Tail
from tokenhouse.boundary.sorts import SecretText, Sort, Text, Whole, Word
from tokenhouse.core.credential import MAX_CHARACTERS, Secret
from tokenhouse.core.judge import Verdict
from tokenhouse.core.moment import Moment
from tokenhouse.core.mqtt import MAX_CLIENT_ID, MAX_TOPIC, Action
from tokenhouse.core.standing import subject
from tokenhouse.faces.broker.asking import PREFIX, is_bound, verifier
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.mqtt_connect import Admission, Arrival, Refusal
from tokenhouse.operations.mqtt_topics import Named, Wish

_LAST: Final = 2**53 - 1


class _Connecting(msgspec.Struct, frozen=True):
    user_name: Secret = Secret("")
    password: Secret = Secret("")
    client_id: str = ""
    address: str = ""


class _Doing(msgspec.Struct, frozen=True):
    action: str
    topic: str
    user_name: Secret = Secret("")
    password: Secret = Secret("")
    client_id: str = ""


_WHO: Final[dict[str, Sort]] = {
    "user_name": SecretText(MAX_CHARACTERS),
    "password": SecretText(MAX_CHARACTERS),
    "client_id": Text(MAX_CLIENT_ID),
}
_CONNECTING: Final = Object(_Connecting, _WHO | {"address": Text(45)})
_DOING: Final = Object(
    _Doing,
    _WHO | {"action": Word(tuple(Action)), "topic": Text(MAX_TOPIC)},
    required=("action", "topic"),
)


def _after(after: int | None = None) -> int | None:
    return after


_AFTER: Final = Query(_after, {"after": Whole(0, _LAST)})


class Connected(msgspec.Struct, frozen=True, kw_only=True):
    """Whether somebody is let in. `allowed` is the field to look at.

    `expires_at` null: the token does not expire. `rests_on`: what to ask again for, once
    `changes` tells that one of it was touched.
    """

    allowed: bool
    reason: Refusal | UnsetType = UNSET
    id: UUID | UnsetType = UNSET
    subject: UUID | UnsetType = UNSET
    expires_at: Time | UnsetType | None = UNSET
    rests_on: list[UUID] | UnsetType = UNSET
    fresh_ms: int


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """Whether somebody may do it, and for how long that may be kept."""

    allowed: bool
    reason: Refusal | UnsetType = UNSET
    fresh_ms: int


class Changes(msgspec.Struct, frozen=True):
    """What was touched, by id, and where to go on."""

    touched: list[UUID]
    next: int


def _tail(_: Moment, fresh_ms: int) -> bytes:
    return f'"fresh_ms":{fresh_ms}}}'.encode()


_TAIL: Final = Tail(b'"fresh_ms":', _tail)


def _arrival(request: Request) -> Arrival:
    said = _CONNECTING.read(request)
    return Arrival(said.user_name, said.password, said.client_id, said.address, is_bound(request))


def _connect(authority: Authority, request: Request, _: Caller | None) -> Answer:
    left = authority.at_once.left_ms()
    told = authority.brokers.connect(verifier(request), _arrival(request))
    return _told(told, authority.at_once.fresh_ms(left))


def _again(authority: Authority, request: Request, _: Caller | None) -> Answer:
    left = authority.at_once.left_ms()
    told = authority.brokers.again(verifier(request), _arrival(request))
    return _told(told, authority.at_once.fresh_ms(left))


def _told(told: Admission | Refusal, fresh_ms: int) -> Answer:
    if not isinstance(told, Admission):
        return answered(200, Connected(allowed=False, reason=told, fresh_ms=fresh_ms))
    return answered(
        200,
        Connected(
            allowed=True,
            id=told.found.token.id,
            subject=subject(told.found),
            expires_at=None if told.expires_at is None else time(told.expires_at),
            rests_on=[*told.rests_on],
            fresh_ms=fresh_ms,
        ),
    )


def _topic(authority: Authority, request: Request, _: Caller | None) -> Answer:
    left, said = authority.at_once.left_ms(), _DOING.read(request)
    named = Named(said.user_name, said.password, said.client_id, bound=is_bound(request))
    told = authority.brokers.topics(verifier(request), named, Wish(Action(said.action), said.topic))
    reason = UNSET if isinstance(told, Verdict) else told
    fresh_ms = authority.at_once.fresh_ms(left)
    return answered(200, Done(allowed=reason is UNSET, reason=reason, fresh_ms=fresh_ms))


def _changes(authority: Authority, request: Request, _: Caller | None) -> Answer:
    fed = authority.brokers.changes(verifier(request), _AFTER.read(request))
    touched = {one for entry in fed.entries for _, one in entry.touched}
    return answered(200, Changes([*touched], fed.following))


_AT: Final = f"{PREFIX}/plain/{{client_ids}}"

FACE: Final = Face(
    name="plain",
    prefixes=(f"{PREFIX}/plain",),
    routes=(
        Route("POST", f"{_AT}/connect", _connect, from_memory=_TAIL),
        Route("POST", f"{_AT}/again", _again),
        Route("POST", f"{_AT}/topic", _topic, from_memory=_TAIL),
        Route("GET", f"{PREFIX}/plain/changes", _changes),
    ),
    refuse=problem.refuse,
    spellings=frozenset(),
)
