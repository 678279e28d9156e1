"""The http backend of mosquitto-go-auth, a plugin of Mosquitto: three questions, JSON or forms.

A yes is a 200; its body says so too, for the response mode `json`. In the mode `text` it would have
to be `ok` and nothing else, so there everything is a no. After the first question it does not say
the password again.
"""

from typing import Final

import msgspec

from tokenhouse.boundary import Answer, Face, Form, Request, Route, answered
from tokenhouse.boundary.face import Tail
from tokenhouse.boundary.parameters import FORM
from tokenhouse.boundary.sorts import SecretText, Sort, Text, Whole
from tokenhouse.core.credential import MAX_CHARACTERS, Secret
from tokenhouse.core.judge import Verdict
from tokenhouse.core.mqtt import MAX_CLIENT_ID, MAX_TOPIC, Action
from tokenhouse.faces.broker.asking import PREFIX, is_bound, verifier
from tokenhouse.faces.broker.reading import Known
from tokenhouse.faces.broker.refusing import no_or_problem
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.mqtt_connect import Admission, Arrival
from tokenhouse.operations.mqtt_topics import Named, Wish

_ACTIONS: Final = {
    1: (Action.RECEIVE,),
    2: (Action.PUBLISH,),
    3: (Action.RECEIVE, Action.PUBLISH),
    4: (Action.SUBSCRIBE,),
}
"""Mosquitto's numbers."""


class _User(msgspec.Struct, frozen=True):
    username: Secret = Secret("")
    password: Secret = Secret("")
    clientid: str = ""
    topic: str = ""


class _Asked(msgspec.Struct, frozen=True):
    topic: str
    acc: int
    username: Secret = Secret("")
    clientid: str = ""


_WHO: Final[dict[str, Sort]] = {
    "username": SecretText(MAX_CHARACTERS),
    "clientid": Text(MAX_CLIENT_ID),
    "topic": Text(MAX_TOPIC),
}
_USER_FIELDS: Final = _WHO | {"password": SecretText(MAX_CHARACTERS)}
_ASKED_FIELDS: Final = _WHO | {"acc": Whole(1, 255)}
_USER: Final = Known(_User, _USER_FIELDS), Form(_User, _USER_FIELDS, ignored=None)
_ASKED: Final = (
    Known(_Asked, _ASKED_FIELDS, ("topic", "acc")),
    Form(_Asked, _ASKED_FIELDS, ("topic", "acc"), ignored=None),
)


class _Said(msgspec.Struct, frozen=True):
    ok: bool
    error: str = ""


_YES: Final = answered(200, _Said(ok=True))
_NO: Final = answered(403, _Said(ok=False, error="not allowed"))


def _user(authority: Authority, request: Request, _: Caller | None) -> Answer:
    bound, said = is_bound(request), _USER[_is_form(request)].read(request)
    if said.topic:  # another question, sent here by mistake
        return _NO
    arrival = Arrival(said.username, said.password, said.clientid, bound=bound, by_name=True)
    told = authority.brokers.connect(verifier(request), arrival)
    return _YES if isinstance(told, Admission) else _NO


def _superuser(_: Authority, __: Request, ___: Caller | None) -> Answer:
    """Nobody is above the rules."""
    return _NO


def _topic(authority: Authority, request: Request, _: Caller | None) -> Answer:
    bound, said = is_bound(request), _ASKED[_is_form(request)].read(request)
    actions = _ACTIONS.get(said.acc)
    if actions is None:
        return _NO
    named = Named(said.username, client_id=said.clientid, bound=bound)
    wishes = tuple(Wish(action, said.topic) for action in actions)
    told = authority.brokers.topics.each(verifier(request), named, wishes)
    return _YES if all(isinstance(one, Verdict) for one in told) else _NO


def _is_form(request: Request) -> bool:
    return (request.header("content-type") or "").partition(";")[0].strip().lower() == FORM


_AT: Final = f"{PREFIX}/go-auth/{{client_ids}}"

FACE: Final = Face(
    name="go_auth",
    prefixes=(f"{PREFIX}/go-auth",),
    routes=(
        Route("POST", f"{_AT}/getuser", _user, from_memory=Tail()),
        Route("POST", f"{_AT}/superuser", _superuser),
        Route("POST", f"{_AT}/aclcheck", _topic, from_memory=Tail()),
    ),
    refuse=no_or_problem(_NO),
    spellings=frozenset(),
)
