"""EMQX's HTTP authenticator and authorizer, of version 5.8 and later.

It asks the next of its own after anything but a 200 that says `allow` or `deny`; so every refusal
is a 200 that says `deny`. A device is given its topics as it connects, and is not asked about again
but for topics that begin with a `$`, which no rule with wildcards matches there. A person's topics
are asked about one by one, by the id of the token that let him in: EMQX keeps it as an attribute of
the client, and never says the password again.
"""

from typing import Final, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary import Answer, Face, Object, Request, Route, answered
from tokenhouse.boundary.face import Tail
from tokenhouse.boundary.sorts import Id, SecretText, Text, Word
from tokenhouse.core.credential import MAX_CHARACTERS, Secret
from tokenhouse.core.device import topic_prefix
from tokenhouse.core.judge import Verdict
from tokenhouse.core.moment import SECOND
from tokenhouse.core.mqtt import MAX_CLIENT_ID, MAX_TOPIC, Action
from tokenhouse.faces.broker.asking import PREFIX, is_bound, verifier
from tokenhouse.faces.broker.refusing import Noes
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.mqtt_connect import Admission, Arrival
from tokenhouse.operations.mqtt_topics import Named, Wish


class _Connecting(msgspec.Struct, frozen=True):
    username: Secret = Secret("")
    password: Secret = Secret("")
    clientid: str = ""
    peerhost: str = ""


class _Doing(msgspec.Struct, frozen=True):
    token_id: UUID
    action: str
    topic: str


_CONNECTING: Final = Object(
    _Connecting,
    {
        "username": SecretText(MAX_CHARACTERS),
        "password": SecretText(MAX_CHARACTERS),
        "clientid": Text(MAX_CLIENT_ID),
        "peerhost": Text(45),
    },
)
_DOING: Final = Object(
    _Doing,
    {
        "token_id": Id(),
        "action": Word((Action.PUBLISH, Action.SUBSCRIBE)),
        "topic": Text(MAX_TOPIC),
    },
    required=("token_id", "action", "topic"),
)


class _Rule(msgspec.Struct, frozen=True):
    """One line of what a client may do: the first that matches counts."""

    permission: Literal["allow", "deny"]
    topic: str
    action: Literal["all"] = "all"


class _LetIn(msgspec.Struct, frozen=True):
    """`expire_at` is in whole seconds; EMQX ends the connection then."""

    client_attrs: dict[str, str]
    result: Literal["allow"] = "allow"
    is_superuser: bool = False
    expire_at: int | UnsetType = UNSET
    acl: tuple[_Rule, ...] | UnsetType = UNSET


class _Word(msgspec.Struct, frozen=True):
    result: Literal["allow", "deny"]


_YES: Final = answered(200, _Word("allow"))
_NO: Final = answered(200, _Word("deny"))


def _authenticate(authority: Authority, request: Request, _: Caller | None) -> Answer:
    bound, said = is_bound(request), _CONNECTING.read(request)
    arrival = Arrival(said.username, said.password, said.clientid, said.peerhost, bound)
    told = authority.brokers.connect(verifier(request), arrival)
    if not isinstance(told, Admission):
        return _NO
    device, expires_at = told.found.standing.device, told.expires_at
    rules: tuple[_Rule, ...] | UnsetType = UNSET
    if device is not None:
        rules = _rules(topic_prefix(authority.deployment.brand, device))
    return answered(
        200,
        _LetIn(
            {"token_id": str(told.found.token.id)},
            # a second too early rather than one too late
            expire_at=UNSET if expires_at is None else expires_at // SECOND,
            acl=rules,
        ),
    )


def _rules(prefix: str) -> tuple[_Rule, ...]:
    """A device's topics, and no others. `<prefix>#` matches two that are not below the prefix."""
    return (
        _Rule("deny", f"eq {prefix.removesuffix('/')}"),
        _Rule("deny", f"eq {prefix}"),
        _Rule("allow", f"{prefix}#"),
        _Rule("deny", "#"),
    )


def _authorize(authority: Authority, request: Request, _: Caller | None) -> Answer:
    bound, said = is_bound(request), _DOING.read(request)
    if said.topic.startswith("$"):  # of a shared subscription EMQX says the filter alone
        return _NO
    named = Named(token_id=said.token_id, bound=bound)
    told = authority.brokers.topics(verifier(request), named, Wish(Action(said.action), said.topic))
    return _YES if isinstance(told, Verdict) else _NO


_AT: Final = f"{PREFIX}/emqx/{{client_ids}}"

FACE: Final = Face(
    name="emqx",
    prefixes=(f"{PREFIX}/emqx",),
    routes=(
        Route("POST", f"{_AT}/authenticate", _authenticate, from_memory=Tail()),
        Route("POST", f"{_AT}/authorize", _authorize, from_memory=Tail()),
    ),
    refuse=Noes("emqx", _NO),
    spellings=frozenset(),
)
