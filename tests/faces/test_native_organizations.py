"""Organizations over the wire: one's own, and what operators make of the others."""

import json

import pytest

from asking import Asking, fault
from conformance.house import FOREIGNER
from stage import ADMINISTRATOR, CLIENT, OPERATOR
from tokenhouse.core.events import Name
from tokenhouse.operations.changes import Page, Stretch

ALL_OF_THEM = Stretch(100)


def test_everyone_sees_his_own_organization(ask: Asking):
    for email, name in ((CLIENT, "Nordlicht Energie"), (FOREIGNER, "Südstrom")):
        shown = ask.told("GET", "/v1/organization", email)
        assert (shown["name"], shown["suspended"]) == (name, False)
    token = ask.at.good("organizational").credential
    reply = ask.at.wire("GET", "/v1/organization", token.headers)
    assert json.loads(reply.body)["id"] == str(ask.at.own)


def test_only_operators_see_and_make_organizations(ask: Asking):
    path = f"/v1/organizations/{ask.at.own}"
    for email in (ADMINISTRATOR, FOREIGNER):
        assert ask("GET", "/v1/organizations", email).status == 403
        assert ask("GET", path, email).status == 403
        assert ask("POST", "/v1/organizations", email, {"name": "Mine"}).status == 403
        assert ask("PATCH", path, email, {"name": "Mine"}, if_match="*").status == 403


def test_an_operators_other_tokens_do_not_operate(ask: Asking):
    made = ask.at.make("personal", OPERATOR)
    reply = ask.at.wire("GET", "/v1/organizations", made.credential.headers)
    assert reply.status == 403


def test_an_organization_begins_with_the_groups_of_its_roles_and_nobody_in_them(ask: Asking):
    head = ask.at.head
    reply = ask("POST", "/v1/organizations", OPERATOR, {"name": "  Weststrom "})
    assert (reply.status, reply.header("etag")) == (201, '"1"')
    made = json.loads(reply.body)
    assert (made["name"], made["suspended"]) == ("Weststrom", False)
    assert ask.told("GET", f"/v1/organizations/{made['id']}", OPERATOR) == made
    events = ask.events(head)
    told = [(one["name"], one["organization"]) for one in events if made["id"] in str(one)]
    assert told == [
        (Name.ORGANIZATION_CREATED, made["id"]),
        *[(Name.GROUP_CREATED, made["id"])] * 4,
    ]
    assert events[0]["actor"] == str(ask.at.stage.person(OPERATOR).id)
    store, page = ask.at.stage.store, Page("name", descending=False, offset=0, size=10)
    organization_id = next(
        one.id for one in store.page_organizations(ALL_OF_THEM) if str(one.id) == made["id"]
    )
    listed = store.page_groups(organization_id, page)
    assert {(one.group.name, one.group.fixed, one.people) for one in listed} == {
        ("Administrator", True, 0),
        ("OEM", False, 0),
        ("Dealer", False, 0),
        ("Client", False, 0),
    }


def test_a_retry_makes_no_second_organization(ask: Asking):
    said = ("POST", "/v1/organizations", OPERATOR)
    first = ask.told(*said, {"name": "Oststrom"}, idempotency_key="k")
    assert ask.told(*said, {"name": "Oststrom"}, idempotency_key="k") == first
    assert ask(*said, {"name": "Other"}, idempotency_key="k").status == 422
    listed = ask.told("GET", "/v1/organizations?limit=100", OPERATOR)["data"]
    assert [one["name"] for one in listed].count("Oststrom") == 1


def test_all_organizations_are_listed_in_slices(ask: Asking):
    for place in range(3):
        ask.told("POST", "/v1/organizations", OPERATOR, {"name": f"Firm {place}"})
    whole = ask.told("GET", "/v1/organizations?limit=100", OPERATOR)["data"]
    seen, path = [], "/v1/organizations?limit=2"
    while path:
        reply = ask("GET", path, OPERATOR)
        seen += json.loads(reply.body)["data"]
        path = (reply.header("link") or "").partition(">")[0].removeprefix("<")
    assert seen == whole


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\u0000b", None, 7])
def test_a_name_that_is_none_is_refused(ask: Asking, name: object):
    assert set(fault(ask("POST", "/v1/organizations", OPERATOR, {"name": name}), 400)) == {
        "",
        "name",
    }
    path = f"/v1/organizations/{ask.at.own}"
    assert ask("PATCH", path, OPERATOR, {"name": name}, if_match="*").status == 400


def test_a_renamed_organization_is_told_before_and_after(ask: Asking):
    made = ask.told("POST", "/v1/organizations", OPERATOR, {"name": "Before"})
    path, head = f"/v1/organizations/{made['id']}", ask.at.head
    assert ask("PATCH", path, OPERATOR, {"name": "After"}, if_match='"2"').status == 412
    renamed = ask("PATCH", path, OPERATOR, {"name": "After"}, if_match='"1"')
    assert (renamed.status, renamed.header("etag")) == (200, '"2"')
    (event,) = ask.events(head)
    assert (event["name"], event["organization"]) == (Name.ORGANIZATION_CHANGED, made["id"])
    assert event["details"] == {"name_before": "Before", "name_after": "After"}


def test_nobody_suspends_the_organization_that_he_stands_in(ask: Asking):
    path = f"/v1/organizations/{ask.at.own}"
    faults = fault(ask("PATCH", path, OPERATOR, {"suspended": True}, if_match="*"), 422)
    assert set(faults) == {"", "suspended"}
    assert ask.told("GET", path, OPERATOR)["suspended"] is False
