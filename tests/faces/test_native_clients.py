"""Clients and their secrets over the native API."""

import re
from itertools import count
from typing import Any

import pytest

from asking import Answer, Asker, asker
from conformance.house import House
from registered import client_named
from stage import OPERATOR
from tokenhouse.core.client import is_secret_of
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Name

_numbers = count(1)
UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"
PERMISSIONS = ("ClientsRead", "ClientsWrite")


def new_label() -> str:
    return f"Portal {next(_numbers)}"


def create(by: Asker, **body: Any) -> Answer:
    return by("POST", "/v1/clients", {"label": new_label()} | body)


def path_of(made: Answer) -> str:
    return f"/v1/clients/{made.body['id']}"


def without_secret(made: Answer) -> dict[str, Any]:
    return {name: value for name, value in made.body.items() if name != "client_secret"}


def faults(refused: Answer) -> list[tuple[str, str]]:
    return [(one["field"], one["detail"]) for one in refused.body["errors"]]


def editor(at: House, *permissions: str) -> Asker:
    """Somebody who manages clients, and holds these permissions beside."""
    group = f"Editors {next(_numbers)}"
    held = sorted({*PERMISSIONS, *permissions})
    assert asker(at)("POST", "/v1/groups", {"name": group, "permissions": held}).status == 201
    return Asker(at, at.make("session", at.join(group)).credential)


def operator(at: House) -> Asker:
    return Asker(at, at.make("session", OPERATOR).credential)


def is_good(at: House, made: Answer, secret: str) -> bool:
    client = client_named(at.stage.store, made.body["client_id"])
    return client is not None and is_secret_of(client, Secret(secret))


def test_a_client_is_registered_shown_changed_and_removed(at: House, anna: Asker):
    made = create(anna, label="Customer portal")
    assert made.status == 201
    assert made.reply.header("location") == path_of(made)
    assert re.fullmatch(r"[0-9A-Za-z]{24}", made.body["client_id"])
    assert re.fullmatch(r"thc_[0-9A-Za-z]{46}", made.body["client_secret"])
    told = {name: made.body[name] for name in ("label", "grants", "permissions", "audience")}
    assert told == {
        "label": "Customer portal",
        "grants": ["password", "refresh_token"],
        "permissions": None,
        "audience": None,
    }
    assert made.body["refresh_lifetime"] == "P30D"
    assert not any(made.body[name] for name in ("slides", "public", "deployment", "suspended"))
    (kept,) = made.body["secrets"]
    assert kept["hint"] == made.body["client_secret"][-4:]
    shown = anna("GET", path_of(made))
    assert (shown.status, shown.body, shown.etag) == (200, without_secret(made), made.etag)
    changed = anna("PATCH", path_of(made), {"label": "Portal"}, if_match=made.etag)
    assert (changed.status, changed.body["label"]) == (200, "Portal")
    assert changed.etag != made.etag
    assert anna("DELETE", path_of(made)).status == 204
    assert anna("GET", path_of(made)).status == 404
    assert anna("DELETE", path_of(made)).status == 404
    assert client_named(at.stage.store, made.body["client_id"]) is None


def test_all_terms_are_kept_as_they_were_sent(at: House, anna: Asker):
    terms = {
        "label": new_label(),
        "grants": ["refresh_token", "client_credentials"],
        "permissions": ["SystemsRead", "TokenVerify"],
        "audience": "systems",
        "group": str(at.stage.group("Client").id),
        "refresh_lifetime": "P7D",
        "slides": True,
        "scope_as": "string",
    }
    made = create(anna, **terms)
    assert made.status == 201, made.body
    assert {name: made.body[name] for name in terms} == terms
    back = {"permissions": None, "audience": None, "group": None, "refresh_lifetime": None}
    back |= {"scope_as": "address"}
    changed = anna(
        "PATCH", path_of(made), back | {"slides": False, "suspended": True}, if_match="*"
    )
    wanted = back | {"slides": False, "suspended": True, "refresh_lifetime": "P30D"}
    assert {name: changed.body[name] for name in wanted} == wanted
    assert changed.body["grants"] == terms["grants"]
    nothing = anna("PATCH", path_of(made), {"permissions": []}, if_match="*")
    assert nothing.body["permissions"] == []


def test_of_two_edits_of_what_was_read_the_second_is_told(anna: Asker):
    made = create(anna)
    assert anna("PATCH", path_of(made), {"label": "a"}, if_match=made.etag).status == 200
    second = anna("PATCH", path_of(made), {"label": "b"}, if_match=made.etag)
    assert (second.status, second.body["code"]) == (412, "stale")
    assert anna("PATCH", path_of(made), {"label": "c"}).status == 428
    assert anna("GET", path_of(made)).body["label"] == "a"


def test_an_edit_that_changes_nothing_writes_nothing(at: House, anna: Asker):
    made = create(anna)
    before = at.head
    same = {name: made.body[name] for name in ("label", "grants", "permissions", "slides")}
    assert anna("PATCH", path_of(made), same, if_match=made.etag).etag == made.etag
    assert at.head == before


def test_a_second_secret_stands_beside_the_first_until_one_is_removed(at: House, anna: Asker):
    made = create(anna)
    first = made.body["client_secret"]
    added = anna("POST", f"{path_of(made)}/secrets")
    second = added.body["client_secret"]
    assert added.status == 201
    assert second != first
    assert [one["hint"] for one in added.body["secrets"]] == [first[-4:], second[-4:]]
    assert is_good(at, made, first)
    assert is_good(at, made, second)
    third = anna("POST", f"{path_of(made)}/secrets")
    assert third.status == 422
    assert "at most 2 secrets" in third.body["detail"]
    gone = f"{path_of(made)}/secrets/{added.body['secrets'][0]['id']}"
    assert anna("DELETE", gone).status == 204
    assert anna("DELETE", gone).status == 404
    assert not is_good(at, made, first)
    assert is_good(at, made, second)
    last = f"{path_of(made)}/secrets/{added.body['secrets'][1]['id']}"
    assert anna("DELETE", last).status == 422
    assert is_good(at, made, second)


def test_a_public_client_has_no_secret_and_never_asks_in_its_own_name(anna: Asker):
    made = create(anna, public=True)
    assert made.status == 201
    assert made.body["public"] is True
    assert made.body["secrets"] == []
    assert "client_secret" not in made.body
    assert anna("POST", f"{path_of(made)}/secrets").status == 422
    alone = {"grants": ["client_credentials"]}
    for refused in (
        create(anna, public=True, **alone),
        anna("PATCH", path_of(made), alone, if_match="*"),
    ):
        assert refused.status == 400
        assert [field for field, _ in faults(refused)] == ["grants"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"label": None}, "label"),
        ({"label": ""}, "label"),
        ({"label": "x" * 101}, "label"),
        ({"label": "a\nb"}, "label"),
        ({"grants": "password"}, "grants"),
        ({"grants": ["implicit"]}, "grants[0]"),
        ({"permissions": ["NoSuchThing"]}, "permissions"),
        ({"permissions": ["KeysRead"]}, "permissions"),
        ({"permissions": ["a b"]}, "permissions[0]"),
        ({"group": UNKNOWN}, "group"),
        ({"group": "client"}, "group"),
        ({"audience": 7}, "audience"),
        ({"refresh_lifetime": "PT4M"}, "refresh_lifetime"),
        ({"refresh_lifetime": "P36501D"}, "refresh_lifetime"),
        ({"refresh_lifetime": "P1M"}, "refresh_lifetime"),
        ({"slides": 1}, "slides"),
        ({"deployment": "no"}, "deployment"),
        ({"client_id": "A" * 24}, "client_id"),
    ],
)
def test_a_client_that_cannot_be_is_refused_with_the_field_and_nothing_of_what_was_sent(
    at: House, anna: Asker, body: dict[str, Any], field: str
):
    before = at.head
    refused = create(anna, **body)
    assert refused.status == 400, refused.body
    assert field in [name for name, _ in faults(refused)]
    assert "implicit" not in refused.reply.body.decode()
    assert at.head == before


@pytest.mark.parametrize("lifetime", ["PT5M", "P36500D"])
def test_a_refresh_lifetime_goes_from_five_minutes_to_a_hundred_years(anna: Asker, lifetime: str):
    assert create(anna, refresh_lifetime=lifetime).body["refresh_lifetime"] == lifetime


def test_a_group_of_another_organization_is_as_unknown_as_any(at: House, anna: Asker):
    eve = asker(at, "a foreign administrator's")
    foreign = eve("POST", "/v1/groups", {"name": new_label()}).body["id"]
    theirs, nobodys = create(anna, group=foreign), create(anna, group=UNKNOWN)
    assert faults(theirs) == faults(nobodys)


def test_clients_are_listed_whole_in_slices_and_of_ones_own_organization(at: House, anna: Asker):
    made = [create(anna) for _ in range(3)]
    whole = anna.all("/v1/clients")
    assert whole == anna.all("/v1/clients?limit=2")
    ids = [one["id"] for one in whole]
    assert ids == sorted(ids)
    assert {one.body["id"] for one in made} <= set(ids)
    eve = asker(at, "a foreign administrator's")
    assert not {one["id"] for one in eve.all("/v1/clients")} & set(ids)
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/secrets"),
        ("DELETE", f"/secrets/{made[0].body['secrets'][0]['id']}"),
        ("POST", "/revoke"),
    ):
        body = {} if method == "PATCH" else None
        asked = eve(method, path_of(made[0]) + path, body, if_match="*")
        assert asked.status == 404, (method, path)
        assert asked.body["detail"] == "There is no such client."
    assert anna("GET", path_of(made[0])).etag == made[0].etag


def test_whoever_reads_clients_changes_none_and_others_see_none(at: House, anna: Asker):
    made = create(anna)
    group = f"Readers {next(_numbers)}"
    anna("POST", "/v1/groups", {"name": group, "permissions": ["ClientsRead"]})
    reader = Asker(at, at.make("session", at.join(group)).credential)
    assert reader("GET", "/v1/clients").status == 200
    assert reader("GET", path_of(made)).status == 200
    nobody = asker(at, "a powerless person's")
    assert nobody("GET", path_of(made)).status == 403
    for by in (reader, nobody):
        assert create(by).status == 403
        assert by("PATCH", path_of(made), {"label": "x"}, if_match="*").status == 403
        assert by("DELETE", path_of(made)).status == 403
        assert by("POST", f"{path_of(made)}/secrets").status == 403
        assert by("POST", f"{path_of(made)}/revoke").status == 403


# what nobody gives who does not hold it


def test_nobody_gives_a_client_what_he_does_not_hold(at: House, anna: Asker):
    dora = editor(at, "SystemsRead")
    made = create(dora, permissions=["SystemsRead"])
    assert made.status == 201
    beyond = create(dora, permissions=["SystemsRead", "EventsRead"])
    assert beyond.status == 403
    assert faults(beyond) == [("permissions", "you do not hold EventsRead")]
    more = {"permissions": ["SystemsRead", "GroupsWrite"]}
    assert dora("PATCH", path_of(made), more, if_match="*").status == 403
    theirs = create(anna, permissions=["EventsRead", "SystemsRead"])
    kept = {"permissions": ["EventsRead"], "label": "Events"}
    assert dora("PATCH", path_of(theirs), kept, if_match="*").status == 200


def test_nobody_lets_a_client_do_alone_what_he_may_not_himself(at: House, anna: Asker):
    dora = editor(at, "SystemsRead")
    theirs = create(anna, permissions=["EventsRead"])
    alone = {"grants": ["client_credentials"]}
    refused = dora("PATCH", path_of(theirs), alone, if_match="*")
    assert refused.status == 403
    assert faults(refused) == [("permissions", "you do not hold EventsRead")]
    own = create(dora, permissions=["SystemsRead"])
    assert dora("PATCH", path_of(own), alone, if_match="*").status == 200


def test_nobody_gets_a_secret_of_a_client_that_may_do_alone_what_he_may_not(at: House, anna: Asker):
    dora = editor(at, "SystemsRead")
    powers = {"permissions": ["EventsRead"], "grants": ["client_credentials"]}
    made = create(anna, **powers)
    refused = dora("POST", f"{path_of(made)}/secrets")
    assert refused.status == 403
    assert faults(refused) == [("permission", "EventsRead is missing")]
    assert anna("POST", f"{path_of(made)}/secrets").status == 201
    asking = create(anna, permissions=["TokenVerify"])
    assert dora("POST", f"{path_of(asking)}/secrets").status == 403
    for_people = create(anna, permissions=["EventsRead"])
    assert dora("POST", f"{path_of(for_people)}/secrets").status == 201


def test_only_an_operator_makes_a_client_the_whole_deployments(at: House, anna: Asker):
    refused = create(anna, deployment=True)
    assert refused.status == 403
    assert faults(refused) == [("permission", "OrganizationsWrite is missing")]
    made = create(anna, grants=[])
    marked = {"deployment": True}
    assert anna("PATCH", path_of(made), marked, if_match="*").status == 403
    olga = operator(at)
    assert olga("PATCH", path_of(made), marked, if_match="*").body["deployment"] is True
    assert anna("POST", f"{path_of(made)}/secrets").status == 403
    more = {"permissions": ["TokenVerify"], "grants": ["client_credentials"]}
    assert anna("PATCH", path_of(made), more, if_match="*").status == 403
    assert anna("PATCH", path_of(made), {"deployment": False}, if_match="*").status == 403
    assert anna("PATCH", path_of(made), {"suspended": True}, if_match="*").status == 200
    assert olga("POST", f"{path_of(made)}/secrets").status == 201
    personal = Asker(at, at.make("personal", OPERATOR).credential)
    assert create(personal, deployment=True).status == 403


# retries


def test_a_retry_under_one_key_registers_one_client_with_one_secret(at: House, anna: Asker):
    body = {"label": new_label()}
    key = "first-client"
    first = anna("POST", "/v1/clients", body, idempotency_key=key)
    before = at.head
    again = anna("POST", "/v1/clients", body, idempotency_key=key)
    assert (again.status, again.body, again.etag) == (201, first.body, first.etag)
    assert at.head == before
    other = anna("POST", "/v1/clients", {"label": new_label()}, idempotency_key=key)
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")
    assert anna("POST", f"{path_of(first)}/secrets").status == 201
    assert (
        anna("DELETE", f"{path_of(first)}/secrets/{first.body['secrets'][0]['id']}").status == 204
    )
    gone = anna("POST", "/v1/clients", body, idempotency_key=key)
    assert (gone.status, gone.body["code"]) == (409, "already_done")
    assert faults(gone) == [("id", first.body["id"])]
    anna("DELETE", path_of(first))
    assert anna("POST", "/v1/clients", body, idempotency_key=key).status == 409


def test_a_retry_of_a_public_client_gives_the_same_one_without_a_secret(anna: Asker):
    body = {"label": new_label(), "public": True}
    first = anna("POST", "/v1/clients", body, idempotency_key="public-client")
    again = anna("POST", "/v1/clients", body, idempotency_key="public-client")
    assert (again.status, again.body) == (201, first.body)


def test_a_retry_under_one_key_adds_one_secret(at: House, anna: Asker):
    made = create(anna)
    path = f"{path_of(made)}/secrets"
    first = anna("POST", path, idempotency_key="second")
    before = at.head
    again = anna("POST", path, idempotency_key="second")
    assert (again.status, again.body) == (201, first.body)
    assert at.head == before
    second = first.body["secrets"][1]["id"]
    assert anna("DELETE", f"{path}/{second}").status == 204
    gone = anna("POST", path, idempotency_key="second")
    assert (gone.status, gone.body["code"]) == (409, "already_done")
    assert faults(gone) == [("id", second)]


# what the audit trail holds


def test_events_hold_before_and_after_and_no_secret(anna: Asker):
    made = create(anna, permissions=["SystemsRead"])
    path = path_of(made)
    anna("PATCH", path, {"permissions": None, "refresh_lifetime": "P1D"}, if_match="*")
    added = anna("POST", f"{path}/secrets")
    anna("POST", f"{path}/revoke")
    anna("DELETE", path)
    answer = anna("GET", f"/v1/events?subject={made.body['id']}")
    events = answer.body["data"][::-1]
    assert [one["name"] for one in events] == [
        Name.CLIENT_CREATED,
        Name.CLIENT_CHANGED,
        Name.CLIENT_CHANGED,
        Name.HOLDER_REVOKED,
        Name.CLIENT_REMOVED,
    ]
    assert all(one["details"]["client_id"] == made.body["client_id"] for one in events)
    first, second = (one["id"] for one in added.body["secrets"])
    assert events[0]["details"]["permissions"] == ["SystemsRead"]
    assert events[0]["details"]["secrets"] == [first]
    assert events[1]["details"] == {
        "client_id": made.body["client_id"],
        "permissions_before": ["SystemsRead"],
        "permissions_after": None,
        "refresh_lifetime_before": "P30D",
        "refresh_lifetime_after": "P1D",
    }
    assert events[2]["details"]["secrets_before"] == [first]
    assert events[2]["details"]["secrets_after"] == [first, second]
    assert events[4]["details"]["label_before"] == made.body["label"]
    for secret in (made.body["client_secret"], added.body["client_secret"]):
        assert secret not in answer.reply.body.decode()


def test_a_refused_attempt_at_more_is_told(at: House):
    dora = editor(at)
    at.stage.authority.notes.write(all_of_them=True)
    before = at.head
    assert create(dora, permissions=["EventsRead"]).status == 403
    assert at.stage.authority.notes.write(all_of_them=True) == 1
    (event,) = at.stage.store.events(None, before, 10)
    assert event.name == Name.MANAGEMENT_REFUSED


def test_everything_of_a_client_before_now_is_marked_as_ended(at: House, anna: Asker):
    made = create(anna)
    assert anna("POST", f"{path_of(made)}/revoke").status == 204
    client = client_named(at.stage.store, made.body["client_id"])
    assert client is not None
    assert client.revoked_before == at.head
    assert is_good(at, made, made.body["client_secret"])
