"""People over the wire: what operators see and change, and what each sees of himself."""

import json
import os
from uuid import UUID

import pytest
from msgspec.structs import replace

from asking import Asking, fault
from conformance.house import FOREIGNER
from linking import refusal_of
from stage import ADMINISTRATOR, CLIENT, OPERATOR
from tokenhouse.core.events import Name
from tokenhouse.core.principal import DEPLOYMENT, Membership
from tokenhouse.core.refusal import Code
from tokenhouse.operations.me import MyEdit
from tokenhouse.operations.mint import Mint


def also_join(ask: Asking, email: str, organization_id: UUID) -> None:
    """Let somebody belong to a further organization."""
    stage, now = ask.at.stage, ask.at.stage.clock.now()
    membership_id, person_id = Mint(os.urandom, "th").id(now), stage.person(email).id
    stage.put(
        Membership(membership_id, 1, person_id, organization_id, (), False, None, 0, now, now)
    )


def test_only_operators_see_people_and_change_them(ask: Asking):
    path = ask.person(CLIENT)
    for email in (ADMINISTRATOR, CLIENT):
        assert ask("GET", "/v1/people", email).status == 403
        assert ask("GET", path, email).status == 403
        assert ask("PATCH", path, email, {"operator": True}, if_match="*").status == 403
        assert ask("POST", f"{path}/revoke", email).status == 403


def test_a_person_is_shown_with_all_organizations(ask: Asking):
    email = ask.at.join("Client")
    also_join(ask, email, ask.at.foreign)
    shown = ask.told("GET", ask.person(email), OPERATOR)
    assert (shown["email"], shown["operator"], shown["suspended"]) == (email, False, False)
    assert {one["organization"]["id"] for one in shown["memberships"]} == {
        str(ask.at.own),
        str(ask.at.foreign),
    }


def test_all_people_are_listed_and_one_is_found_by_e_mail(ask: Asking):
    emails, path = [], "/v1/people?limit=2"
    while path:
        reply = ask("GET", path, OPERATOR)
        emails += [one["email"] for one in json.loads(reply.body)["data"]]
        path = (reply.header("link") or "").partition(">")[0].removeprefix("<")
    assert {ADMINISTRATOR, CLIENT, OPERATOR, FOREIGNER} <= set(emails)
    assert len(emails) == len(set(emails))
    (found,) = ask.told("GET", f"/v1/people?email={FOREIGNER.upper()}", OPERATOR)["data"]
    assert found["email"] == FOREIGNER
    assert ask.told("GET", "/v1/people?email=x@y.example", OPERATOR)["data"] == []


def test_an_e_mail_is_kept_canonical_and_is_nobody_elses(ask: Asking):
    email = ask.at.join()
    path = ask.person(email)
    for taken in (ADMINISTRATOR, f" {ADMINISTRATOR.upper()}"):
        reply = ask("PATCH", path, OPERATOR, {"email": taken}, if_match="*")
        assert fault(reply, 400)["email"] == "is taken by another person"
    for none in ("x", "a b@c.example", "@", "x" * 321):
        reply = ask("PATCH", path, OPERATOR, {"email": none}, if_match="*")
        assert "email" in fault(reply, 400)
    edited = ask.edit(path, OPERATOR, email=f"New.{email.upper()}", full_name=" Jo  Ek ")
    assert (edited["email"], edited["full_name"]) == (f"new.{email}", "Jo  Ek")
    before = ask.at.head
    ask.edit(path, OPERATOR, email=f"NEW.{email}")
    assert ask.at.head == before


def test_each_organization_is_told_of_a_change_of_a_person(ask: Asking):
    email = ask.at.join()
    also_join(ask, email, ask.at.foreign)
    person, head = ask.at.stage.person(email), ask.at.head
    ask.edit(ask.person(email), OPERATOR, full_name="Jo", suspended=True)
    events = [one for one in ask.events(head) if one["name"] == Name.PERSON_CHANGED]
    places = {str(ask.at.own), str(ask.at.foreign)}
    assert {one["organization"] for one in events} == places
    assert len(events) == 2
    for event in events:
        assert event["details"] == {
            "person": str(person.id),
            "full_name_before": person.full_name,
            "full_name_after": "Jo",
            "suspended_before": False,
            "suspended_after": True,
        }


def test_who_becomes_an_operator_is_told_to_the_deployment_alone(ask: Asking):
    email = ask.at.join()
    path, head = ask.person(email), ask.at.head
    ask.edit(path, OPERATOR, operator=True)
    ask.edit(path, OPERATOR, operator=False)
    events = [one for one in ask.events(head) if one["name"] == Name.PERSON_CHANGED]
    of_deployment = [one for one in events if one["organization"] == str(DEPLOYMENT)]
    assert [one["details"]["operator_after"] for one in of_deployment] == [True, False]
    others = [one for one in events if one not in of_deployment]
    assert [set(one["details"]) for one in others] == [{"person"}, {"person"}]


def test_a_person_who_belongs_nowhere_is_told_to_the_deployment(ask: Asking):
    email = ask.at.join()
    path = ask.person(email)
    ask.told("DELETE", ask.membership(email))
    head = ask.at.head
    ask.edit(path, OPERATOR, full_name="Jo", operator=True)
    ask.edit(path, OPERATOR, operator=False)
    assert ask("POST", f"{path}/revoke", OPERATOR).status == 204
    events = ask.events(head)
    assert {one["organization"] for one in events} == {str(DEPLOYMENT)}
    assert len(events) == 3
    assert {"full_name_after", "operator_after"} <= set(events[0]["details"])


def test_everything_of_a_person_before_now_is_revoked_everywhere(ask: Asking):
    email = ask.at.join("Client")
    also_join(ask, email, ask.at.foreign)
    stage = ask.at.stage
    elsewhere = stage.sign_in(email, ask.at.foreign).secret.reveal()
    mine = [ask.at.make(kind, email).credential.headers for kind in ("session", "personal")]
    all_of_them = [*mine, [("authorization", f"Bearer {elsewhere}")]]
    for headers in all_of_them:
        assert ask.at.wire("GET", "/v1/me", headers).status == 200
    head = ask.at.head
    assert ask("POST", f"{ask.person(email)}/revoke", OPERATOR).status == 204
    for headers in all_of_them:
        assert ask.at.wire("GET", "/v1/me", headers).status == 401
    events = [one for one in ask.events(head) if one["name"] == Name.HOLDER_REVOKED]
    assert {one["organization"] for one in events} == {str(ask.at.own), str(ask.at.foreign)}
    later = ask.at.make("session", email).credential.headers
    assert ask.at.wire("GET", "/v1/me", later).status == 200


def test_the_session_that_a_change_of_password_spared_goes_too(ask: Asking):
    email = ask.at.join()
    session, person = ask.at.make("session", email), ask.at.stage.person(email)
    spared = replace(
        person, version=2, revoked_before=ask.at.head, spared_token_id=session.token.id
    )
    ask.at.stage.put(spared, person)
    assert ask.at.is_active(session.credential)
    assert ask("POST", f"{ask.person(email)}/revoke", OPERATOR).status == 204
    assert not ask.at.is_active(session.credential)


def test_nobody_suspends_himself_and_the_last_operator_stays_one(ask: Asking):
    path = ask.person(OPERATOR)
    reply = ask("PATCH", path, OPERATOR, {"suspended": True}, if_match="*")
    assert set(fault(reply, 422)) == {"", "suspended"}
    reply = ask("PATCH", path, OPERATOR, {"operator": False}, if_match="*")
    assert "last operator" in fault(reply, 403)[""]
    assert ask.told("GET", path, OPERATOR)["operator"] is True


def test_an_administrator_ends_no_operator_whom_nobody_could_follow(ask: Asking):
    path = ask.membership(OPERATOR)
    assert "last operator" in fault(ask("DELETE", path), 403)[""]
    reply = ask("PATCH", path, body={"suspended": True}, if_match="*")
    assert "last operator" in fault(reply, 403)[""]
    email = ask.at.join()
    ask.edit(ask.person(email), OPERATOR, operator=True)
    ask.edit(path, suspended=True)
    assert "last operator" in fault(ask("DELETE", ask.membership(email)), 403)[""]
    ask.edit(path, suspended=False)
    ask.edit(ask.person(email), OPERATOR, operator=False)


# oneself


def test_everyone_sees_himself_and_what_he_may_do_now(ask: Asking):
    shown = ask.told("GET", "/v1/me", CLIENT)
    assert shown["person"]["email"] == CLIENT
    assert shown["organization"]["id"] == str(ask.at.own)
    assert [one["name"] for one in shown["membership"]["groups"]] == ["Client", "Developers"]
    held = {"SystemsRead", *ask.at.stage.group("Developers").permissions}
    assert shown["permissions"] == sorted(held)
    assert [one["organization"]["name"] for one in shown["memberships"]] == ["Nordlicht Energie"]
    operator = ask.told("GET", "/v1/me", OPERATOR)
    assert operator["person"]["operator"] is True
    assert "OrganizationsWrite" in operator["permissions"]
    personal = ask.at.make("personal", OPERATOR).credential.headers
    by_token = json.loads(ask.at.wire("GET", "/v1/me", personal).body)
    assert "OrganizationsWrite" not in by_token["permissions"]


def test_no_person_stands_behind_a_back_end(ask: Asking):
    token = ask.at.good("organizational").credential
    assert ask.at.wire("GET", "/v1/me", token.headers).status == 403


def test_one_names_oneself_and_chooses_where_to_sign_in(ask: Asking):
    email = ask.at.join()
    also_join(ask, email, ask.at.foreign)
    head = ask.at.head
    edited = ask.edit("/v1/me", email, full_name="Jo Ek", default_organization=str(ask.at.foreign))
    assert edited["person"]["full_name"] == "Jo Ek"
    assert ask.at.stage.sign_in(email).token.organization_id == ask.at.foreign
    events = {
        one["organization"]: one["details"]
        for one in ask.events(head)
        if one["name"] == Name.PERSON_CHANGED
    }
    assert events[str(ask.at.own)]["default_after"] is False
    assert events[str(ask.at.foreign)]["default_after"] is True
    for here, other in ((ask.at.own, ask.at.foreign), (ask.at.foreign, ask.at.own)):
        assert str(other) not in str(events[str(here)])


def test_nobody_signs_in_by_default_where_he_does_not_belong(ask: Asking):
    for elsewhere in (str(ask.at.foreign), str(DEPLOYMENT), None):
        body = {"default_organization": elsewhere}
        reply = ask("PATCH", "/v1/me", CLIENT, body, if_match="*")
        assert "default_organization" in fault(reply, 400)


def test_no_key_copies_a_token_until_its_person_says_which(ask: Asking):
    email = ask.at.join()
    assert ask.told("GET", "/v1/me", email)["person"]["token_hotkey"] is None
    head = ask.at.head
    for typed, kept in (("t", "t"), ("7", "7"), ("", None), ("t", "t"), (None, None)):
        assert ask.edit("/v1/me", email, token_hotkey=typed)["person"]["token_hotkey"] == kept
        assert ask.told("GET", "/v1/me", email)["person"]["token_hotkey"] == kept
    assert ask.edit("/v1/me", email, full_name="Jo Ek")["person"]["token_hotkey"] is None
    told = [one["details"] for one in ask.events(head) if one["name"] == Name.PERSON_CHANGED]
    changes = [(one["hotkey_before"], one["hotkey_after"]) for one in told if "hotkey_after" in one]
    assert changes == [(None, "t"), ("t", "7"), ("7", None), (None, "t"), ("t", None)]


@pytest.mark.parametrize("key", ["T", "tt", " ", "?", "\u00e9", "\u0661", "\n", 7, True])
def test_a_key_is_one_small_letter_or_digit(ask: Asking, key: object):
    reply = ask("PATCH", "/v1/me", CLIENT, {"token_hotkey": key}, if_match="*")
    assert "token_hotkey" in fault(reply, 400)
    by, me = ask.at.stage.session(CLIENT), ask.at.stage.authority.me
    if isinstance(key, str):
        refusal = refusal_of(lambda: me.edit(by, None, MyEdit(hotkey=key)))
        assert refusal.code is Code.MALFORMED
        assert [one.field for one in refusal.problems] == ["token_hotkey"]


@pytest.mark.parametrize("field", ["email", "operator", "suspended", "id", "permissions"])
def test_nobody_makes_more_of_himself(ask: Asking, field: str):
    reply = ask("PATCH", "/v1/me", CLIENT, {field: True}, if_match="*")
    assert field in fault(reply, 400)


def test_a_personal_token_does_not_edit_its_person(ask: Asking):
    personal = ask.at.make("personal", CLIENT).credential.headers
    headers = [*personal, ("if-match", "*"), ("content-type", "application/json")]
    assert ask.at.wire("PATCH", "/v1/me", headers, b'{"full_name": "X"}').status == 403


def test_an_edit_of_oneself_starts_from_the_version_that_was_read(ask: Asking):
    email = ask.at.join()
    tag = ask("GET", "/v1/me", email).header("etag")
    assert tag is not None
    assert ask("PATCH", "/v1/me", email, {"full_name": "A"}, if_match=tag).status == 200
    assert ask("PATCH", "/v1/me", email, {"full_name": "B"}, if_match=tag).status == 412
    assert ask("PATCH", "/v1/me", email, {"full_name": "B"}).status == 428


def test_a_short_name_is_kept_canonical_and_is_nobody_elses(ask: Asking):
    path = ask.person(ask.at.join())
    assert ask.told("GET", path, OPERATOR)["short_name"] is None
    assert ask.edit(path, OPERATOR, short_name=" Jo-Ek.7 ")["short_name"] == "jo-ek.7"
    before = ask.at.head
    ask.edit(path, OPERATOR, short_name="JO-EK.7")
    assert ask.at.head == before
    other = ask.person(ask.at.join())
    reply = ask("PATCH", other, OPERATOR, {"short_name": "jo-ek.7"}, if_match="*")
    assert fault(reply, 400)["short_name"] == "is taken by another person"
    for none in ("a@b", "a b", "x" * 65, "/"):
        reply = ask("PATCH", other, OPERATOR, {"short_name": none}, if_match="*")
        assert "short_name" in fault(reply, 400)
    assert ask.edit(path, OPERATOR, short_name="")["short_name"] is None
    assert ask.edit(other, OPERATOR, short_name="jo-ek.7")["short_name"] == "jo-ek.7"
