"""Whoever is suspended stops at once at every door, and only for as long as he is."""

import json
from collections.abc import Callable

import pytest

from asking import Asking
from conformance.dialects import Outcome
from conformance.face_suite import PROTECTED, is_refusal
from conformance.house import FOREIGNER, KINDS, Credential
from stage import CLIENT, OPERATOR, PASSWORD
from tokenhouse.core.kind import Spelling


def membership(ask: Asking, *, suspended: bool) -> None:
    ask.edit(ask.membership(CLIENT), suspended=suspended)


def person(ask: Asking, *, suspended: bool) -> None:
    ask.edit(ask.person(FOREIGNER), OPERATOR, suspended=suspended)


def organization(ask: Asking, *, suspended: bool) -> None:
    ask.edit(f"/v1/organizations/{ask.at.foreign}", OPERATOR, suspended=suspended)


HELD = ("session", "personal", "limited_personal")
SWITCHES = {
    "membership": (membership, CLIENT, HELD),
    "person": (person, FOREIGNER, HELD),
    "organization": (organization, FOREIGNER, tuple(one for one in KINDS if one != "refresh")),
}
"""Who is suspended, whose tokens these are, and which kinds; a refresh token opens no door."""


def opens_nothing(ask: Asking, credential: Credential) -> None:
    """Every route that demands anything refuses it, as every other bad one."""
    for face, route in PROTECTED:
        reply = ask.at.send(route, ask.at.fill(route), credential.at(face).headers)
        is_refusal(face, reply, Outcome.UNAUTHENTICATED)


def verified(ask: Asking, credential: Credential) -> int:
    return ask.at.wire("GET", "/v1/verify", credential.headers).status


def signed_in(ask: Asking, email: str) -> int:
    body = json.dumps({"email": email, "password": PASSWORD}).encode()
    headers = [("content-type", "application/json")]
    return ask.at.wire("POST", "/v1/sessions", headers, body).status


@pytest.mark.parametrize("what", SWITCHES)
def test_whoever_is_suspended_opens_nothing_until_he_is_resumed(ask: Asking, what: str):
    switch: Callable[..., None]
    switch, email, kinds = SWITCHES[what]
    held = [ask.at.make(kind, email).credential for kind in kinds]
    assert [verified(ask, one) for one in held] == [200] * len(held)
    switch(ask, suspended=True)
    for credential in held:
        opens_nothing(ask, credential)
    assert signed_in(ask, email) == 401
    switch(ask, suspended=False)
    assert [verified(ask, one) for one in held] == [200] * len(held)
    assert signed_in(ask, email) == 201


def test_who_is_suspended_in_one_organization_goes_on_in_the_other(ask: Asking):
    membership(ask, suspended=True)
    foreign = ask.at.make("personal", FOREIGNER).credential
    assert verified(ask, foreign) == 200
    membership(ask, suspended=False)


def test_what_was_issued_before_a_membership_ended_is_never_good_again(ask: Asking):
    email = ask.at.join("Administrator")
    held = [ask.at.make(kind, email).credential for kind in HELD]
    path = ask.membership(email)
    assert ask("DELETE", path).status == 204
    for credential in held:
        opens_nothing(ask, credential)
    assert ask("PATCH", path, body={"suspended": False}, if_match="*").status == 404
    assert ask("GET", path).status == 404
    assert [verified(ask, one) for one in held] == [401] * len(held)
    assert signed_in(ask, email) == 401


def test_a_back_end_outlives_whoever_made_it_and_is_suspended(ask: Asking):
    email = ask.at.join("Administrator")
    made = ask.at.make("organizational", email).credential
    assert made.spelling is Spelling.TOKEN
    ask.edit(ask.person(email), OPERATOR, suspended=True)
    assert verified(ask, made) == 200


def test_a_suspended_device_opens_nothing_until_it_is_resumed(ask: Asking):
    made = ask.at.make("device")
    path = f"/v1/devices/{made.token.holder_id}"
    assert verified(ask, made.credential) == 200
    ask.edit(path, suspended=True)
    opens_nothing(ask, made.credential)
    ask.edit(path, suspended=False)
    assert verified(ask, made.credential) == 200


def test_a_removed_device_and_one_whose_tokens_are_revoked_open_nothing(ask: Asking):
    for method, path in (("DELETE", "/v1/devices/{id}"), ("POST", "/v1/devices/{id}/revoke")):
        made = ask.at.make("device")
        assert verified(ask, made.credential) == 200
        by = ask.at.good("session").credential.headers
        reply = ask.at.wire(method, path.replace("{id}", str(made.token.holder_id)), by)
        assert reply.status == 204
        opens_nothing(ask, made.credential)
