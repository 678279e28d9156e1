"""NanoMQ's `http_auth`: three questions as forms, and 200 is the only yes.

It says the password each time. Of one SUBSCRIBE it asks about all filters at once, with commas
between them, and subscribes to all for one yes: so each piece between commas has to be allowed, and
a filter that has a comma itself never is.
"""

from typing import Final

import msgspec

from tokenhouse.boundary import Answer, Face, Form, Request, Route
from tokenhouse.boundary.face import Tail
from tokenhouse.boundary.sorts import SecretText, Sort, Text
from tokenhouse.core.credential import MAX_CHARACTERS, Secret
from tokenhouse.core.judge import Verdict
from tokenhouse.core.mqtt import MAX_CLIENT_ID, MAX_TOPIC, Action
from tokenhouse.faces.broker.asking import PREFIX, is_bound, verifier
from tokenhouse.faces.broker.refusing import no_or_problem
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.mqtt_connect import Admission, Arrival
from tokenhouse.operations.mqtt_topics import Named, Wish

_ACTIONS: Final = {"1": Action.SUBSCRIBE, "2": Action.PUBLISH}
_MOST_FILTERS: Final = 32
_PLAIN: Final = "text/plain"
_YES: Final = Answer(200, b"yes", _PLAIN)
_NO: Final = Answer(403, b"no", _PLAIN)


class _Asked(msgspec.Struct, frozen=True):
    """What one of the questions says; what it does not say is empty."""

    username: Secret = Secret("")
    password: Secret = Secret("")
    clientid: str = ""
    ipaddr: str = ""
    access: str = ""
    topic: str = ""


_WHO: Final[dict[str, Sort]] = {
    "username": SecretText(MAX_CHARACTERS),
    "password": SecretText(MAX_CHARACTERS),
    "clientid": Text(MAX_CLIENT_ID),
    "ipaddr": Text(45),
}
_ASKED: Final = Form(
    _Asked,
    _WHO | {"access": Text(40), "topic": Text(_MOST_FILTERS * MAX_TOPIC)},
    ignored=None,
)


def _user(authority: Authority, request: Request, _: Caller | None) -> Answer:
    bound, said = is_bound(request), _ASKED.read(request)
    if said.topic or said.access:  # another question, sent here by mistake
        return _NO
    arrival = Arrival(said.username, said.password, said.clientid, said.ipaddr, bound)
    told = authority.brokers.connect(verifier(request), arrival)
    return _YES if isinstance(told, Admission) else _NO


def _superuser(_: Authority, __: Request, ___: Caller | None) -> Answer:
    """Nobody is above the rules."""
    return _NO


def _topic(authority: Authority, request: Request, _: Caller | None) -> Answer:
    bound, said = is_bound(request), _ASKED.read(request)
    action = _ACTIONS.get(said.access)
    topics = said.topic.split(",") if action is Action.SUBSCRIBE else [said.topic]
    if action is None or len(topics) > _MOST_FILTERS:
        return _NO
    named = Named(said.username, said.password, said.clientid, bound=bound)
    wishes = tuple(Wish(action, topic) for topic in topics)
    told = authority.brokers.topics.each(verifier(request), named, wishes)
    return _YES if all(isinstance(one, Verdict) for one in told) else _NO


_AT: Final = f"{PREFIX}/nanomq/{{client_ids}}"

FACE: Final = Face(
    name="nanomq",
    prefixes=(f"{PREFIX}/nanomq",),
    routes=(
        Route("POST", f"{_AT}/auth", _user, from_memory=Tail()),
        Route("POST", f"{_AT}/superuser", _superuser),
        Route("POST", f"{_AT}/acl", _topic, from_memory=Tail()),
    ),
    refuse=no_or_problem(_NO),
    spellings=frozenset(),
)
