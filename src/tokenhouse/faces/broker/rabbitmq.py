"""RabbitMQ's HTTP backend: four questions as forms, answered with `allow` or `deny` alone.

It knows MQTT topics by their AMQP names: `th/d/17/x` is the routing key `th.d.17.x`, and so is any
topic with dots in place of slashes, for the broker and therefore here. After the first question it
does not say the password again. A reason behind `deny` would be written to its log with the user
name, which can be a token; so there is none.

It keeps a session under the client's name, with all that was subscribed to in it, and gives it to
the next one of this name without asking about topics again. A device's name is its own and its
topics stay the same; a person's are not. So a person gets only the queue that goes when he goes.
"""

import re
from typing import Final

import msgspec

from tokenhouse.boundary import Answer, Face, Form, Request, Route
from tokenhouse.boundary.face import Tail
from tokenhouse.boundary.sorts import SecretText, Text
from tokenhouse.core.credential import MAX_CHARACTERS, Secret
from tokenhouse.core.judge import Verdict
from tokenhouse.core.mqtt import MAX_CLIENT_ID, MAX_TOPIC, Action
from tokenhouse.faces.broker.asking import PREFIX, is_bound, verifier
from tokenhouse.faces.broker.refusing import no_or_problem
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.mqtt_connect import Admission, Arrival
from tokenhouse.operations.mqtt_topics import Named, Wish

_PLAIN: Final = "text/plain"
_VHOST: Final = "/"
"""Where the clients of MQTT are by default, and nobody of ours anywhere else."""
_EXCHANGE: Final = "amq.topic"
_QUEUE: Final = re.compile(r"mqtt-(?:subscription-(?P<of>.+)qos[01]|will-(?P<wills>.+))")
_KEPT: Final = "qos1"
"""How the name of a queue ends that can outlast the connection."""
_ACTIONS: Final = {"read": Action.SUBSCRIBE, "write": Action.PUBLISH}


class _User(msgspec.Struct, frozen=True):
    username: Secret = Secret("")
    password: Secret = Secret("")
    client_id: str = ""


class _Asked(msgspec.Struct, frozen=True):
    """What of the three later questions is looked at; what one of them does not say is empty."""

    username: Secret = Secret("")
    vhost: str = ""
    resource: str = ""
    name: str = ""
    permission: str = ""
    routing_key: str = ""
    client_id: str = ""
    variable_client_id: str = ""


_WORD: Final = Text(40)
_NAME: Final = Text(MAX_CLIENT_ID + 40)
_CLIENT_ID: Final = Text(MAX_CLIENT_ID)
_USER: Final = Form(
    _User,
    {
        "username": SecretText(MAX_CHARACTERS),
        "password": SecretText(MAX_CHARACTERS),
        "client_id": _CLIENT_ID,
    },
    ignored=None,
)
_ASKED: Final = Form(
    _Asked,
    {
        "username": SecretText(MAX_CHARACTERS),
        "vhost": _NAME,
        "resource": _WORD,
        "name": _NAME,
        "permission": _WORD,
        "routing_key": Text(MAX_TOPIC),
        "client_id": _CLIENT_ID,
        "variable_map.client_id": _CLIENT_ID,
    },
    into={"variable_map.client_id": "variable_client_id"},
    ignored=None,
)


def _user(authority: Authority, request: Request, _: Caller | None) -> Answer:
    bound, said = is_bound(request), _USER.read(request)
    if not said.client_id:  # who speaks AMQP has none; this door is for MQTT alone
        return _answer(False)
    arrival = Arrival(said.username, said.password, said.client_id, bound=bound, by_name=True)
    return _answer(isinstance(authority.brokers.connect(verifier(request), arrival), Admission))


def _vhost(authority: Authority, request: Request, _: Caller | None) -> Answer:
    said = _ASKED.read(request)
    return _answer(said.vhost == _VHOST and _who(authority, request, said).allowed)


def _resource(authority: Authority, request: Request, _: Caller | None) -> Answer:
    said = _ASKED.read(request)
    if not _is_mqtts(said):
        return _answer(False)
    verdict = _who(authority, request, said)
    return _answer(verdict.allowed and (_is_a_devices(verdict) or not said.name.endswith(_KEPT)))


def _topic(authority: Authority, request: Request, _: Caller | None) -> Answer:
    said, action = _ASKED.read(request), None
    if said.vhost == _VHOST and said.name == _EXCHANGE and "/" not in said.routing_key:
        action = _ACTIONS.get(said.permission)
    # `$share` as well: it is no more than a word to this broker, and nothing would ever arrive
    if action is None or said.routing_key.startswith("$"):
        return _answer(False)
    wish = Wish(action, said.routing_key.replace(".", "/").replace("*", "+"))
    verdict = authority.brokers.topics(verifier(request), _named(request, said), wish)
    return _answer(isinstance(verdict, Verdict))


def _is_mqtts(said: _Asked) -> bool:
    """Whether a resource is what MQTT is made of, and a queue the client's own."""
    if said.vhost != _VHOST:
        return False
    if said.resource == "exchange":
        return said.name == _EXCHANGE and said.permission in _ACTIONS
    queue = _QUEUE.fullmatch(said.name) if said.resource == "queue" else None
    return queue is not None and bool(said.client_id) and said.client_id in queue.groups()


def _is_a_devices(verdict: Verdict) -> bool:
    return verdict.found is not None and verdict.found.standing.device is not None


def _who(authority: Authority, request: Request, said: _Asked) -> Verdict:
    return authority.brokers.topics.who(verifier(request), _named(request, said))


def _named(request: Request, said: _Asked) -> Named:
    client_id = said.client_id or said.variable_client_id
    return Named(said.username, client_id=client_id, bound=is_bound(request))


def _answer(allowed: bool) -> Answer:
    return Answer(200, b"allow" if allowed else b"deny", _PLAIN)


_ROUTES: Final = {"user": _user, "vhost": _vhost, "resource": _resource, "topic": _topic}

FACE: Final = Face(
    name="rabbitmq",
    prefixes=(f"{PREFIX}/rabbitmq",),
    routes=tuple(
        Route("POST", f"{PREFIX}/rabbitmq/{{client_ids}}/{name}", handle, from_memory=Tail())
        for name, handle in _ROUTES.items()
    ),
    refuse=no_or_problem(_answer(False)),
    spellings=frozenset(),
)
