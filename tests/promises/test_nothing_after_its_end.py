"""What was removed, revoked or ended is of no use afterwards, at any route: found, not listed."""

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

import pytest

from conformance.dialects import Outcome, is_allowed, outcome
from conformance.face_suite import PROTECTED, is_refusal, name_of
from conformance.house import NAMES, REAL, Credential, House, is_ones_own, parameters_of
from conformance.ranks import Kept
from conformance.wire import Reply
from stage import ADMINISTRATOR
from tokenhouse.boundary import Face, Route

Routed = tuple[Face, Route]

_WAYS: Final = ("/revoke", "/family", "/signout", "/signoutsessions", "/deletetokens")
_BY: Final = {"token_number": "limited_personal", "session_id": "session"}
"""Which kind of token is named so."""


def _ends(route: Route) -> bool:
    return route.method == "DELETE" or route.path.endswith(_WAYS)


def _ids(route: Route) -> list[str]:
    return [name for name in parameters_of(route) if name not in NAMES]


ENDING: Final = [routed for routed in PROTECTED if _ends(routed[1])]


class Thing(NamedTuple):
    """What a route ends: the ids that name it, and the credentials that end with it."""

    ids: dict[str, str]
    credentials: list[Credential]


@pytest.fixture(autouse=True)
def anew(at: House) -> Iterator[None]:
    kept = Kept(at)
    yield
    kept.restore()
    at._real.clear()


@pytest.mark.parametrize("routed", ENDING, ids=name_of)
def test_a_credential_that_was_ended_opens_nothing(at: House, routed: Routed):
    route = routed[1]
    acting = at.rightful(route)
    thing = _thing(at, route, acting)
    for credential in thing.credentials:
        assert at.is_active(credential)
    _end(at, routed, thing, acting)
    for credential in thing.credentials:
        for face, other in PROTECTED:
            reply = at.send(other, at.fill(other), credential.at(face).headers)
            is_refusal(face, reply, Outcome.UNAUTHENTICATED)


OWN: Final = [one for one in ENDING if is_ones_own(one[1]) and "token_id" in _ids(one[1])]


@pytest.mark.parametrize("routed", [one for one in OWN if one[0].name == "native"], ids=name_of)
def test_whoever_removes_a_limited_token_ends_what_it_succeeded_too(at: House, routed: Routed):
    first, route = at.make("limited_personal"), routed[1]
    second = at.limited(at.owner, at.stage.store.catalogue().limitable, first.token.family_id)
    thing = Thing({"token_id": str(second.token.id)}, [first.credential, second.credential])
    assert all(at.is_active(credential) for credential in thing.credentials)
    _end(at, routed, thing, at.rightful(route))
    for credential in thing.credentials:
        for face, other in PROTECTED:
            reply = at.send(other, at.fill(other), credential.at(face).headers)
            is_refusal(face, reply, Outcome.UNAUTHENTICATED)


@pytest.mark.parametrize("routed", [one for one in ENDING if _ids(one[1])], ids=name_of)
def test_what_was_ended_is_of_no_use_by_its_id(at: House, routed: Routed):
    route = routed[1]
    if route.path.endswith("/revoke"):
        return  # what it names goes on; only its tokens have ended
    acting = at.rightful(route)
    thing = _thing(at, route, acting)
    name = _ids(route)[-1]
    asked = [(one, at.rightful(one[1])) for one in PROTECTED if _same(route, one[1], name)]
    assert asked
    _end(at, routed, thing, acting)
    for (face, other), credential in asked:
        reply = at.send(other, at.fill(other, thing.ids), credential.headers)
        if name == "token_id" and other.path.startswith("/v1/"):
            assert _is_over(other, reply), (str(other), reply)
        elif name in {"token_id", "session_id"} and face.name == "console":
            assert _is_shown_as_over(other, reply), (str(other), reply)
        else:
            assert outcome(face, reply) is Outcome.NOT_FOUND, (str(other), reply)


def _is_over(route: Route, reply: Reply) -> bool:
    """Our own API shows what has ended, and lets it end again; nothing else is done with it."""
    if route.method == "GET" and reply.status == 200:
        return (
            json.loads(reply.body).get("state") != "active"
        )  # what was used is told of what ended
    return reply.status in {404, 422} or (_ends(route) and reply.status < 300)


def _is_shown_as_over(route: Route, reply: Reply) -> bool:
    """The console shows what has ended as that; what is asked for with it comes to nothing."""
    if route.path.endswith(
        ("/chosen", "/remove", "/end")
    ):  # it is over already, and may be so again
        return reply.status in {200, 303, 404}
    if route.method == "GET" and reply.status == 200:
        return b">active<" not in reply.body
    return reply.status in {404, 409, 412, 422}


def test_there_is_something_that_ends():
    assert len(ENDING) >= 4


def _same(route: Route, other: Route, name: str) -> bool:
    """Whether another route takes the same sort of id, as its last one."""
    ids = _ids(other)
    own = [is_ones_own(one) for one in (route, other)]
    held = ["/memberships/" in one.path for one in (route, other)]
    alike = own[0] == own[1] and (name != "token_id" or held[0] == held[1])
    return name in ids and alike


def _thing(at: House, route: Route, acting: Credential) -> Thing:
    """Something that the route can end."""
    names, email = _ids(route), at.join()
    ids = {name: REAL[name](at) for name in names if name != "token_id"}
    ids |= {
        "membership_id": str(at.stage.membership(email).id),
        "person_id": str(at.stage.person(email).id),
    }
    if "token_id" in names:
        own, held = is_ones_own(route), "membership_id" in names
        made = at.make(
            "personal" if own or held else "organizational", email if held else ADMINISTRATOR
        )
        return Thing(ids | {"token_id": str(made.token.id)}, [made.credential])
    for name in _BY.keys() & set(names):
        made = at.make(_BY[name])
        one = made.token.number if name == "token_number" else made.token.id
        return Thing(ids | {name: str(one)}, [made.credential])
    if {"membership_id", "person_id"}.intersection(names):
        kinds = ("session", "personal", "limited_personal")
        held_by = [at.make(kind, email).credential for kind in kinds]
        return Thing(ids, held_by)
    if str(route) == "DELETE /v1/sessions":  # every one but that which asks
        return Thing(ids, [at.make("session").credential])
    if not names or names == ["organization_id"]:
        return Thing(ids, [acting])
    return Thing(ids, [])


def _end(at: House, routed: Routed, thing: Thing, acting: Credential) -> None:
    face, route = routed
    reply = at.send(route, at.fill(route, thing.ids), acting.headers)
    assert is_allowed(face, reply), reply
