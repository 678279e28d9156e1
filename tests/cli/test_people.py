"""`tokenhouse organization` and `tokenhouse person` as they are typed, without a server."""

import json
from pathlib import Path

from linking import NEW, OTHER, accept, redeem, signs_in
from showing import turn_app_on
from stage import ADMINISTRATOR, CLIENT, OPERATOR, PASSWORD, Stage
from tokenhouse.cli import main
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Name
from tokenhouse.core.kind import Spelling


def test_an_organization_is_made_renamed_suspended_and_resumed(typed):
    made = json.loads(typed("organization", "create", "--name", "Weststrom", "--json"))
    assert (made["name"], made["suspended"]) == ("Weststrom", False)
    for change, field, value in (
        (("edit", "--name", "West AG"), "name", "West AG"),
        (("suspend", "--yes"), "suspended", True),
        (("resume",), "suspended", False),
    ):
        words = ("organization", *change, "--organization", made["id"], "--json")
        assert json.loads(typed(*words))[field] == value
    listed = json.loads(typed("organization", "list", "--json"))
    assert [one["name"] for one in listed] == ["Nordlicht Energie", "West AG"]
    assert "West AG" in typed("organization", "list")
    assert "West AG" in typed("organization", "show", "--organization", "west ag")


def test_which_organization_is_meant_is_never_guessed(typed):
    typed("organization", "create", "--name", "Twice")
    typed("organization", "create", "--name", "twice")
    assert "give the id of one" in typed("organization", "show", "--organization", "Twice", code=2)
    assert "name one with --organization" in typed("organization", "show", code=2)
    assert "this id or name" in typed("organization", "show", "--organization", "x", code=3)


def test_suspending_asks_for_yes(typed, firm: Stage):
    for words in (
        ("organization", "suspend", "--organization", "Nordlicht Energie"),
        ("person", "suspend", CLIENT),
    ):
        assert "add --yes" in typed(*words, code=1)
    assert firm.sign_in(CLIENT).secret.reveal()


def test_a_person_is_suspended_and_resumed_and_the_trail_says_so(typed, firm: Stage):
    head = firm.store.head()[0]
    personal = firm.issue_personal(firm.session(CLIENT)).secret
    shown = json.loads(typed("person", "suspend", CLIENT.upper(), "--yes", "--json"))
    assert shown["suspended"] is True
    assert not firm.verdict(personal).active
    assert "Belongs to Nordlicht Energie." in typed("person", "resume", shown["id"])
    assert firm.verdict(personal).active
    events = [one for one in firm.store.events(None, head, 99) if one.name == Name.PERSON_CHANGED]
    assert len(events) == 2
    assert all('"actor":null' in (one.body or "") for one in events)


def test_people_are_listed_and_edited(typed):
    listed = json.loads(typed("person", "list", "--json"))
    assert {one["email"] for one in listed} == {OPERATOR, ADMINISTRATOR, CLIENT}
    assert ADMINISTRATOR in typed("person", "list")
    edited = json.loads(typed("person", "edit", CLIENT, "--name", "Carla Moen", "--json"))
    assert edited["full_name"] == "Carla Moen"
    told = typed("person", "edit", CLIENT, "--email", ADMINISTRATOR, code=4)
    assert "email is taken by another person" in told
    assert "no such person" in typed("person", "show", "x@y.example", code=3)
    assert PASSWORD not in typed("person", "show", CLIENT, "--json")


def test_the_last_operator_stays_until_there_is_another(typed):
    assert "last operator" in typed("person", "operator", OPERATOR, "withdraw", code=4)
    assert "last operator" in typed("person", "suspend", OPERATOR, "--yes", code=4)
    typed("person", "operator", ADMINISTRATOR, "grant")
    typed("person", "operator", OPERATOR, "withdraw")
    typed("person", "operator", OPERATOR, "grant")
    typed("person", "operator", ADMINISTRATOR, "withdraw")


def test_a_person_is_shown_and_given_groups(typed, firm: Stage):
    at = ("--organization", "Nordlicht Energie")
    assert typed("person", "groups", CLIENT, *at) == "Client\nDevelopers\n"
    given = ("--group", "metering", "--group", "Gateway")
    assert typed("person", "groups", CLIENT, *at, *given) == "Metering\nGateway\n"
    assert len(firm.membership(CLIENT).groups) == 2
    assert "  Nothing" in typed("person", "groups", CLIENT, *at, "--group", "Nothing", code=3)
    elsewhere = json.loads(typed("organization", "create", "--name", "Leer", "--json"))["id"]
    told = typed("person", "groups", CLIENT, "--organization", elsewhere, code=3)
    assert "does not belong to Leer" in told


def test_without_a_deployment_nothing_is_made(capsys, tmp_path: Path):
    for words in (["organization", "list"], ["person", "list"]):
        assert main([*words, "--data", str(tmp_path)]) == 1
        assert "No deployment was set up" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_printed_once_and_the_last_operator_gets_back_in_by_it(firm: Stage, typed):
    link = typed("person", "recover", OPERATOR).strip()
    assert link.startswith("http://localhost:8080/console/recovery#")
    redeem(firm, Secret(link.partition("#")[2]))
    assert signs_in(firm, OPERATOR, OTHER)
    assert not signs_in(firm, OPERATOR, PASSWORD)
    (event,) = firm.store.recent_events_of_person(firm.person(OPERATOR).id, None, 3)[2:]
    assert event.name == Name.RECOVERY_CREATED
    assert '"actor":null' in (event.body or "")


def test_somebody_is_invited_with_his_groups(firm: Stage, typed):
    where = ("--organization", str(firm.organization_id))
    words = ("person", "invite", NEW, "--name", "Bea", "--group", "client", *where)
    told = json.loads(typed(*words, "--json"))
    assert told["email"] == NEW
    accepted = accept(firm, Secret(told["link"].partition("#")[2]))
    assert accepted.membership.groups == (firm.group("Client").id,)
    unknown = typed("person", "invite", NEW, "--group", "Nobody", *where, code=3)
    assert "no policy groups" in unknown
    assert "email" in typed("person", "invite", "nobody", *where, code=4)


HERE = ("--organization", "Nordlicht Energie")


def test_whoever_is_removed_has_nothing_there_and_can_be_invited_again(typed, firm: Stage):
    assert "Nothing was done" in typed("person", "remove", CLIENT, *HERE, code=1)
    assert signs_in(firm, CLIENT, PASSWORD)
    assert typed("person", "remove", CLIENT, *HERE, "--yes") == f"{CLIENT} is removed.\n"
    assert not signs_in(firm, CLIENT, PASSWORD)
    assert "does not belong" in typed("person", "remove", CLIENT, *HERE, "--yes", code=3)
    link = typed("person", "invite", CLIENT, *HERE, "--group", "Client")
    accept(firm, Secret(link.strip().rpartition("#")[2]), PASSWORD)
    assert signs_in(firm, CLIENT, PASSWORD)


def test_everything_of_a_person_is_revoked_and_he_signs_in_again(typed, firm: Stage):
    session = firm.sign_in(CLIENT)
    assert "Nothing was done" in typed("person", "revoke", CLIENT, code=1)
    assert firm.verdict(session.secret, None, Spelling.BEARER).allowed
    assert "is revoked" in typed("person", "revoke", CLIENT, "--yes")
    assert not firm.verdict(session.secret, None, Spelling.BEARER).active
    assert signs_in(firm, CLIENT, PASSWORD)


def test_a_person_is_given_a_short_name_to_sign_in_with(typed, firm: Stage):
    words = ("person", "edit", CLIENT, "--short-name")
    assert json.loads(typed(*words, "Carl", "--json"))["short_name"] == "carl"
    assert firm.sign_in("carl").standing.person == firm.person(CLIENT)
    assert json.loads(typed(*words, "", "--json"))["short_name"] is None


def test_who_lost_his_factors_is_shown_and_rid_of_them(typed, firm: Stage):
    assert typed("person", "factors", ADMINISTRATOR) == f"{ADMINISTRATOR} has no second factor.\n"
    turn_app_on(firm, ADMINISTRATOR)
    shown = typed("person", "factors", ADMINISTRATOR)
    assert shown.startswith("An authenticator app, since ")
    assert shown.endswith("10 recovery codes are left.\n")
    assert json.loads(typed("person", "factors", ADMINISTRATOR, "--json"))["required"] is True
    assert "Nothing was done" in typed("person", "factors", ADMINISTRATOR, "remove", code=1)
    assert typed("person", "factors", ADMINISTRATOR, "remove", "--yes").endswith(
        "no second factor.\n"
    )
    (event,) = firm.store.recent_events_of_person(firm.person(ADMINISTRATOR).id, None, 1)
    assert event.name == Name.FACTORS_REMOVED
    assert '"actor":null' in (event.body or "")
