"""VerneMQ's webhooks: one URL for connecting, publishing and subscribing each, for MQTT 3 and 5.

Every refusal is a 200 that says no. A SUBSCRIBE is allowed with all its filters or not at all: of
the two numbers that refuse a single one in MQTT 5, VerneMQ before 2.2 takes one for a yes and
crashes over the other. No answer may be kept: `max-age` counts whole seconds, and none of ours is
good for one.
"""

from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET

from tokenhouse.boundary import Answer, Face, Request, Route, answered
from tokenhouse.boundary.face import Tail
from tokenhouse.boundary.fields import Fields
from tokenhouse.boundary.sorts import Schema, SecretText, Sort, Text
from tokenhouse.core.credential import MAX_CHARACTERS, Secret
from tokenhouse.core.judge import Verdict
from tokenhouse.core.mqtt import MAX_CLIENT_ID, MAX_TOPIC, Action
from tokenhouse.faces.broker.asking import PREFIX, is_bound, verifier
from tokenhouse.faces.broker.reading import Known
from tokenhouse.faces.broker.refusing import Noes
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.mqtt_connect import Admission, Arrival
from tokenhouse.operations.mqtt_topics import Named, Wish

_MOST_FILTERS: Final = 100


class _Filters(msgspec.Struct, frozen=True):
    """What one SUBSCRIBE is about: a list of objects, each with its filter as `topic`."""

    def read(self, fields: Fields, name: str) -> object:
        """The filters, as they were sent."""
        listed = fields.value(name)
        if listed is UNSET:
            return UNSET
        if not isinstance(listed, list) or not 0 < len(listed) <= _MOST_FILTERS:
            return fields.fault(name, f"is not a list of 1 to {_MOST_FILTERS} filters")
        filters = [one.get("topic") for one in listed if isinstance(one, dict)]
        if len(filters) < len(listed) or not all(isinstance(one, str) for one in filters):
            return fields.fault(name, "has an item without a filter")
        return tuple(filters)

    def typed(self, text: str) -> object:
        """There is no such query."""
        return text

    def schema(self) -> Schema:
        """A list of objects with a filter each."""
        items: dict[str, Any] = {"type": "object", "required": ["topic"]}
        return {"type": "array", "minItems": 1, "maxItems": _MOST_FILTERS, "items": items}


class _Registering(msgspec.Struct, frozen=True):
    username: Secret = Secret("")
    password: Secret = Secret("")
    client_id: str = ""
    peer_addr: str = ""
    topic: str = ""
    topics: tuple[str, ...] = ()


class _Publishing(msgspec.Struct, frozen=True):
    topic: str
    username: Secret = Secret("")
    client_id: str = ""


class _Subscribing(msgspec.Struct, frozen=True):
    topics: tuple[str, ...]
    username: Secret = Secret("")
    client_id: str = ""


_WHO: Final[dict[str, Sort]] = {
    "username": SecretText(MAX_CHARACTERS),
    "client_id": Text(MAX_CLIENT_ID),
}
_TOPIC: Final[dict[str, Sort]] = {"topic": Text(MAX_TOPIC)}
_TOPICS: Final[dict[str, Sort]] = {"topics": _Filters()}
_OWN: Final[dict[str, Sort]] = {"password": SecretText(MAX_CHARACTERS), "peer_addr": Text(45)}
_REGISTERING: Final = Known(_Registering, _WHO | _OWN | _TOPIC | _TOPICS)
_PUBLISHING: Final = Known(_Publishing, _WHO | _TOPIC, ("topic",))
_SUBSCRIBING: Final = Known(_Subscribing, _WHO | _TOPICS, ("topics",))


class _Ok(msgspec.Struct, frozen=True):
    result: Literal["ok"] = "ok"


class _Error(msgspec.Struct, frozen=True):
    error: str = "not_allowed"


class _NotOk(msgspec.Struct, frozen=True):
    result: _Error = _Error()


_YES: Final = answered(200, _Ok())
_NO: Final = answered(200, _NotOk())


def _register(authority: Authority, request: Request, _: Caller | None) -> Answer:
    bound, said = is_bound(request), _REGISTERING.read(request)
    if said.topic or said.topics:  # another hook, sent here by mistake
        return _NO
    arrival = Arrival(
        said.username, said.password, said.client_id, said.peer_addr, bound, by_name=True
    )
    told = authority.brokers.connect(verifier(request), arrival)
    return _YES if isinstance(told, Admission) else _NO


def _publish(authority: Authority, request: Request, _: Caller | None) -> Answer:
    said = _PUBLISHING.read(request)
    return _done(authority, request, said, (Wish(Action.PUBLISH, said.topic),))


def _subscribe(authority: Authority, request: Request, _: Caller | None) -> Answer:
    said = _SUBSCRIBING.read(request)
    wishes = tuple(Wish(Action.SUBSCRIBE, one) for one in said.topics)
    return _done(authority, request, said, wishes)


def _done(
    authority: Authority,
    request: Request,
    said: _Publishing | _Subscribing,
    wishes: tuple[Wish, ...],
) -> Answer:
    named = Named(said.username, client_id=said.client_id, bound=is_bound(request))
    told = authority.brokers.topics.each(verifier(request), named, wishes)
    return _YES if all(isinstance(one, Verdict) for one in told) else _NO


_AT: Final = f"{PREFIX}/vernemq/{{client_ids}}"
_ROUTES: Final = {"register": _register, "publish": _publish, "subscribe": _subscribe}

FACE: Final = Face(
    name="vernemq",
    prefixes=(f"{PREFIX}/vernemq",),
    routes=tuple(
        Route("POST", f"{_AT}/{name}", handle, from_memory=Tail())
        for name, handle in _ROUTES.items()
    ),
    refuse=Noes("vernemq", _NO),
    spellings=frozenset(),
)
