"""The catalogue over the native API: operators show and replace it; sets are shown to many."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from asking import Asker, asker
from conformance.house import CONTENTS, House
from conformance.ranks import as_it_was
from stage import CLIENT
from tokenhouse.demo import firm
from tokenhouse.faces.native.catalogue import MAX_CATALOGUE_BYTES

PATH = "/v1/catalogue"
STOP = "environment.control.StopEnv"


@pytest.fixture
def olga(at: House) -> Iterator[Asker]:
    """The operator, signed in; what she changes is forgotten."""
    with as_it_was(at):
        yield asker(at, "the operator's")


def contents(**changed: Any) -> dict[str, Any]:
    """What the demo's catalogue holds, as it is sent."""
    sent: dict[str, Any] = json.loads(json.dumps(CONTENTS | changed))
    return sent


def faults(answer: Any) -> dict[str, str]:
    assert answer.status == 400, answer
    return {one["field"]: one["detail"] for one in answer.body["errors"]}


def test_what_is_shown_can_be_sent_back_but_for_the_ids_of_sets(at: House, olga: Asker):
    shown = olga("GET", PATH)
    assert {one["name"] for one in shown.body["permissions"]} == {
        one.name for one in firm.CATALOGUE
    }
    assert [one["id"] for one in shown.body["sets"]] == [1, 2, 3, 4]
    assert "effect" not in shown.body
    head = at.head
    sent = contents(
        permissions=shown.body["permissions"],
        sets=[{k: v for k, v in one.items() if k != "id"} for one in shown.body["sets"]],
    )
    again = olga("PUT", PATH, sent, if_match=shown.etag)
    assert (again.status, again.body, again.etag) == (200, shown.body, shown.etag)
    assert at.head == head


def test_a_change_is_made_from_the_version_that_was_read(olga: Asker):
    shown = olga("GET", PATH)
    new = {"name": "fleet.Stop", "operations": ["POST /trucks/{id}/stop"]}
    sent = contents(permissions=[*CONTENTS["permissions"], new])
    changed = olga("PUT", PATH, sent, if_match=shown.etag)
    assert changed.status == 200
    assert changed.body["permissions"][-1] == {
        "name": "fleet.Stop",
        "title": "",
        "description": "",
        "docs_url": "",
        "operations": ["POST /trucks/{id}/stop"],
        "manages_access": False,
    }
    assert changed.etag != shown.etag
    assert olga("PUT", PATH, sent, if_match=shown.etag).status == 412
    assert olga("PUT", PATH, sent).status == 428
    assert olga("PUT", PATH, sent, if_match="*").etag == changed.etag


def test_a_dry_run_tells_the_effect_and_changes_nothing(at: House, olga: Asker):
    token = at.make("personal", CLIENT).token
    shown, head = olga("GET", PATH), at.head
    sent = contents(
        permissions=[one for one in CONTENTS["permissions"] if one["name"] != "SystemsRead"],
        sets=[{"name": "Mine", "permissions": [STOP]}],
    )
    dry = olga("PUT", f"{PATH}?dry_run=true", sent, if_match=shown.etag)
    assert dry.status == 200
    assert dry.etag == shown.etag
    assert at.head == head
    assert dry.body["sets"] == [{"id": 5, "name": "Mine", "description": "", "permissions": [STOP]}]
    effect = dry.body["effect"]
    (mine,) = (one for one in effect["tokens"] if one["id"] == str(token.id))
    assert (mine["whose"], mine["gained"], mine["lost"]) == (CLIENT, [], ["SystemsRead"])
    assert mine["organization"] == {"id": str(at.own), "name": firm.NAME}
    assert effect["tokens_losing"] == effect["tokens_changed"] >= 1
    assert {one["name"] for one in effect["groups"]} == {"Client", "Metering", "Automation"}
    assert effect["groups_changed"] == 3
    assert olga("PUT", f"{PATH}?dry_run=false", sent, if_match="*").body["sets"] == dry.body["sets"]


def test_the_whole_is_sent_or_nothing_is_changed(at: House, olga: Asker):
    head = at.head
    for field in ("permissions", "sets"):
        sent = {name: value for name, value in contents().items() if name != field}
        assert faults(olga("PUT", PATH, sent, if_match="*")) == {field: "is required"}
        assert faults(olga("PUT", PATH, contents(**{field: {}}), if_match="*")) == {
            field: "is not a list of objects"
        }
    assert at.head == head


def test_every_fault_is_told_by_its_place(olga: Asker):
    permissions = [
        {"name": "a b", "title": 7, "secret": "x"},
        {"name": "A", "operations": ["GET a", "GET /a"]},
        "B",
        {},
    ]
    sets = [{"name": "S", "permissions": ["no name"], "id": 3}, {"name": "T"}]
    told = faults(olga("PUT", PATH, {"permissions": permissions, "sets": sets}, if_match="*"))
    assert set(told) == {
        "permissions[0].name",
        "permissions[0].title",
        "permissions[0].secret",
        "permissions[1].operations[0]",
        "permissions[2]",
        "permissions[3].name",
        "sets[0].permissions[0]",
        "sets[0].id",
        "sets[1].permissions",
    }


def test_what_no_catalogue_can_hold_is_told_by_its_place(olga: Asker):
    twice = [{"name": "A", "operations": ["GET /a"]}, {"name": "a"}, {"name": "GroupsRead"}]
    sets = [{"name": "S", "permissions": ["Nothing", "AccountTokenWrite"]}]
    answer = olga("PUT", PATH, {"permissions": twice, "sets": sets}, if_match="*")
    assert faults(answer).keys() == {
        "permissions[1].name",
        "permissions[2].name",
        "sets[0].permissions",
    }
    dry = olga("PUT", f"{PATH}?dry_run=true", {"permissions": twice, "sets": sets}, if_match="*")
    assert dry.body["errors"] == answer.body["errors"]


def test_a_body_full_of_faults_is_refused_with_the_first_of_them(olga: Asker):
    for one in ({}, {"name": "", "x": 1, "y": 2}, 7):
        answer = olga("PUT", PATH, {"permissions": [one] * 5_000, "sets": []}, if_match="*")
        assert len(faults(answer)) == 100
    many = olga("PUT", PATH, {"permissions": [{"name": "A"}] * 5_000, "sets": []}, if_match="*")
    assert len(many.body["errors"]) == 100


def test_a_large_catalogue_is_taken_and_a_larger_body_is_not_read(olga: Asker):
    many = [
        {"name": f"fleet.p{place}", "title": "x" * 200, "operations": [f"GET /p{place}"]}
        for place in range(5_000)
    ]
    named = [one["name"] for one in many]
    sent = {"permissions": many, "sets": [{"name": "All", "permissions": named}]}
    assert 1_000_000 < len(json.dumps(sent)) < MAX_CATALOGUE_BYTES
    changed = olga("PUT", PATH, sent, if_match="*")
    assert (changed.status, len(changed.body["sets"][0]["permissions"])) == (200, 5_000)
    assert olga("PUT", PATH, sent | {"sets": [" " * 2_100_000]}, if_match="*").status == 413
    too_many = olga("PUT", PATH, {"permissions": [{"name": "A"}] * 5_001, "sets": []}, if_match="*")
    assert faults(too_many) == {"permissions": "has more than 5000 items"}


def test_only_operators_in_a_session_see_and_change_it(at: House, anna: Asker):
    kept = at.stage.store.catalogue()
    for by in (anna, asker(at, "the operator's", "personal"), asker(at, "a powerless person's")):
        assert by("GET", PATH).status == 403
        assert by("PUT", PATH, contents(sets=[]), if_match="*").status == 403
    assert at.stage.store.catalogue() == kept


def test_whoever_manages_anything_is_shown_the_predefined_sets(at: House, olga: Asker):
    nobody = asker(at, "a powerless person's")
    listed = nobody("GET", "/v1/predefined-sets").body["data"]
    assert listed == olga("GET", PATH).body["sets"]
    assert {one["name"] for one in listed} == {
        "Extended Access",
        "IDE Plugins",
        "Marketplace",
        "Maven Plugin",
    }


def test_a_permission_tells_what_it_opens_and_whether_it_manages_access(anna: Asker):
    listed = {one["name"]: one for one in anna("GET", "/v1/permissions").body["data"]}
    path = "/1.0/environment/control/rest/stopenv"
    assert listed[STOP]["operations"] == [f"GET {path}", f"POST {path}"]
    managing = {name for name, one in listed.items() if one["manages_access"]}
    assert {"AccountTokenWrite", "users.authentication.CreateToken"} <= managing
    assert STOP not in managing
