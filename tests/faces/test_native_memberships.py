"""Memberships over the wire: what administrators see, give, take and end."""

import json
from uuid import uuid4

import pytest

from asking import Asking, fault
from conformance.house import FOREIGNER
from stage import ADMINISTRATOR, CLIENT, OPERATOR
from tokenhouse.core.events import Name


def group(ask: Asking, name: str) -> str:
    return str(ask.at.stage.group(name).id)


def test_a_membership_is_shown_without_what_lies_outside_of_the_organization(ask: Asking):
    shown = ask.told("GET", ask.membership(OPERATOR))
    assert set(shown) == {"id", "person", "groups", "suspended", "created_at", "updated_at"}
    assert set(shown["person"]) == {"id", "email", "full_name", "suspended"}
    assert shown["person"]["email"] == OPERATOR
    assert shown["groups"] == [{"id": group(ask, "Administrator"), "name": "Administrator"}]


def test_all_members_are_listed_in_slices_and_nobody_else(ask: Asking):
    emails = {ask.at.join("Client") for _ in range(5)} | {ADMINISTRATOR, CLIENT, OPERATOR}
    seen: list[str] = []
    path = "/v1/memberships?limit=3"
    while path:
        reply = ask("GET", path)
        listed = json.loads(reply.body)
        assert len(listed["data"]) <= 3
        seen += [one["person"]["email"] for one in listed["data"]]
        path = (reply.header("link") or "").partition(">")[0].removeprefix("<")
    assert len(seen) == len(set(seen))
    assert emails <= set(seen)
    assert FOREIGNER not in seen


def test_a_member_is_found_by_his_e_mail_however_it_is_written(ask: Asking):
    (found,) = ask.told("GET", f"/v1/memberships?email={CLIENT.upper()}")["data"]
    assert found["person"]["email"] == CLIENT
    client = group(ask, "Client")
    assert ask.told("GET", f"/v1/memberships?email={CLIENT}&group={client}")["data"] == [found]
    other = group(ask, "Gateway")
    assert ask.told("GET", f"/v1/memberships?email={CLIENT}&group={other}")["data"] == []


def test_somebody_of_another_organization_is_as_unknown_as_nobody(ask: Asking):
    foreign = ask("GET", f"/v1/memberships?email={FOREIGNER}")
    nobody = ask("GET", "/v1/memberships?email=nobody@nordlicht.example")
    assert foreign.body == nobody.body == b'{"data":[]}'


def test_the_members_of_a_group_are_listed_in_slices(ask: Asking):
    emails = {ask.at.join("Metering") for _ in range(5)}
    path, seen = f"/v1/memberships?limit=2&group={group(ask, 'Metering')}", []
    while path:
        reply = ask("GET", path)
        seen += [one["person"]["email"] for one in json.loads(reply.body)["data"]]
        path = (reply.header("link") or "").partition(">")[0].removeprefix("<")
    assert sorted(seen) == sorted(emails)
    assert ask.told("GET", f"/v1/memberships?group={uuid4()}")["data"] == []


def test_a_list_is_not_guessed_at(ask: Asking):
    for query in ("email=", "group=x", "limit=0", "cursor=x", "suspended=true"):
        assert ask("GET", f"/v1/memberships?{query}").status == 400, query


def test_an_edit_starts_from_the_version_that_was_read(ask: Asking):
    path = ask.membership(ask.at.join("Client"))
    read = ask("GET", path).header("etag")
    assert read == '"1"'
    edited = ask("PATCH", path, body={"suspended": True}, if_match=read)
    assert (edited.status, edited.header("etag")) == (200, '"2"')
    assert json.loads(edited.body) == ask.told("GET", path)
    assert "read it again" in fault(ask("PATCH", path, body={}, if_match=read), 412)[""]
    assert ask("PATCH", path, body={"suspended": False}).status == 428
    assert ask("PATCH", path, body={"suspended": False}, if_match="*").status == 200


def test_what_changes_nothing_writes_nothing(ask: Asking):
    path = ask.membership(ask.at.join("Client"))
    before = ask.at.head
    for body in ({}, {"suspended": False}, {"groups": [group(ask, "Client")]}):
        assert ask("PATCH", path, body=body, if_match='"1"').header("etag") == '"1"'
    assert ask.at.head == before


def test_an_event_tells_of_an_edit_before_and_after(ask: Asking):
    email, head = ask.at.join("Client"), ask.at.head
    person = str(ask.at.stage.person(email).id)
    path = ask.membership(email)
    client, metering = group(ask, "Client"), group(ask, "Metering")
    ask.edit(path, groups=[metering, metering], suspended=True)
    assert ask("DELETE", path).status == 204
    changed, ended = [one for one in ask.events(head) if one["subject"] in path]
    assert changed["name"] == Name.MEMBERSHIP_CHANGED
    assert changed["details"] == {
        "person": person,
        "groups_before": [client],
        "groups_after": [metering],
        "suspended_before": False,
        "suspended_after": True,
    }
    assert ended["name"] == Name.MEMBERSHIP_ENDED
    assert ended["details"] == {"person": person, "groups_before": [metering]}
    assert ended["actor"] == str(ask.at.stage.person(ADMINISTRATOR).id)


def test_groups_that_the_organization_does_not_have_are_named_by_their_places(ask: Asking):
    path = ask.membership(CLIENT)
    body = {"groups": [group(ask, "Client"), str(uuid4())]}
    faults = fault(ask("PATCH", path, body=body, if_match="*"), 400)
    assert set(faults) == {"", "groups[1]"}


@pytest.mark.parametrize(
    "body", [{"suspended": None}, {"suspended": 1}, {"groups": None}, {"operator": True}]
)
def test_what_a_membership_does_not_have_is_refused(ask: Asking, body: object):
    assert ask("PATCH", ask.membership(CLIENT), body=body, if_match="*").status == 400


def test_whoever_may_not_see_members_sees_none_and_changes_none(ask: Asking):
    path = ask.membership(CLIENT)
    for method, where in (("GET", "/v1/memberships"), ("GET", path), ("DELETE", path)):
        assert ask(method, where, CLIENT).status == 403
    body = {"groups": [group(ask, "Administrator")]}
    assert ask("PATCH", path, CLIENT, body, if_match="*").status == 403


def test_an_ended_membership_is_gone_and_never_comes_back(ask: Asking):
    email = ask.at.join("Client")
    path = ask.membership(email)
    assert ask("DELETE", path).status == 204
    for method, body in (("GET", None), ("DELETE", None), ("PATCH", {"suspended": False})):
        assert ask(method, path, body=body, if_match="*").status == 404
    assert ask.told("GET", f"/v1/memberships?email={email}")["data"] == []
