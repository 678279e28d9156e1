"""Policy groups and permissions over the native API."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from asking import Asker, asker
from conformance.house import House
from stage import Stage
from tokenhouse.core.events import Name
from tokenhouse.core.permission import DEPLOYMENT_PERMISSIONS, PRODUCT_PERMISSIONS
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.demo import firm
from tokenhouse.operations.groups import GroupEdit

_numbers = count(1)


def new_name() -> str:
    return f"Reports {next(_numbers)}"


def test_a_group_is_made_shown_changed_and_removed(anna: Asker):
    name = new_name()
    made = anna("POST", "/v1/groups", {"name": name, "permissions": ["SystemsRead"]})
    assert made.status == 201
    path = made.reply.header("location")
    assert path == f"/v1/groups/{made.body['id']}"
    told = {key: made.body[key] for key in ("name", "description", "permissions", "fixed")}
    assert told == {"name": name, "description": "", "permissions": ["SystemsRead"], "fixed": False}
    assert made.body["people"] == 0
    shown = anna("GET", path)
    assert (shown.status, shown.body, shown.etag) == (200, made.body, made.etag)
    changed = anna("PATCH", path, {"description": "For reports."}, if_match=made.etag)
    assert changed.status == 200
    assert changed.body["description"] == "For reports."
    assert changed.body["permissions"] == ["SystemsRead"]
    assert changed.etag != made.etag
    assert anna("GET", path).etag == changed.etag
    assert anna("DELETE", path).status == 204
    assert anna("GET", path).status == 404
    assert anna("DELETE", path).status == 404


def test_of_two_edits_of_what_was_read_the_second_is_told_and_nothing_is_lost(anna: Asker):
    made = anna("POST", "/v1/groups", {"name": new_name()})
    path = f"/v1/groups/{made.body['id']}"
    assert anna("PATCH", path, {"description": "first"}, if_match=made.etag).status == 200
    second = anna("PATCH", path, {"description": "second"}, if_match=made.etag)
    assert (second.status, second.body["code"]) == (412, "stale")
    assert anna("GET", path).body["description"] == "first"
    assert anna("PATCH", path, {}, if_match=made.etag).status == 412
    assert anna("PATCH", path, {"description": "third"}, if_match="*").status == 200
    unsaid = anna("PATCH", path, {"description": "fourth"})
    assert (unsaid.status, unsaid.body["code"]) == (428, "precondition_required")
    assert anna("PATCH", path, {"description": "x"}, if_match="3").status == 400
    assert anna("GET", path).body["description"] == "third"


def test_of_many_edits_of_one_version_at_once_one_is_done(stage: Stage):
    by, groups = stage.session(), stage.authority.groups
    made = groups.create(by, None, GroupEdit(name="Many"))

    def edit(number: int) -> Code | None:
        edit = GroupEdit(description=f"by {number}")
        try:
            groups.edit(by, None, made.group.id, edit, made.group.version)
        except Refused as refused:
            return refused.code
        return None

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(edit, range(8)))
    assert sorted(outcomes, key=str) == [None, *[Code.STALE] * 7]
    assert groups.one(by, None, made.group.id).group.version == made.group.version + 1


def test_a_retry_under_one_key_makes_one_group(at: House, anna: Asker):
    body = {"name": new_name()}
    first = anna("POST", "/v1/groups", body, idempotency_key="a-group")
    before = at.head
    again = anna("POST", "/v1/groups", body, idempotency_key="a-group")
    assert (again.status, again.body, again.etag) == (201, first.body, first.etag)
    assert at.head == before
    other = anna("POST", "/v1/groups", {"name": new_name()}, idempotency_key="a-group")
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")
    assert anna("DELETE", f"/v1/groups/{first.body['id']}").status == 204
    gone = anna("POST", "/v1/groups", body, idempotency_key="a-group")
    assert (gone.status, gone.body["code"]) == (409, "already_done")
    assert gone.body["errors"] == [{"field": "id", "detail": first.body["id"]}]


def test_the_fixed_group_tells_all_that_it_gives_and_cannot_be_changed(at: House, anna: Asker):
    listed = {one["name"]: one for one in anna.all("/v1/groups")}
    fixed = listed["Administrator"]
    assert fixed["fixed"] is True
    own = {permission.name for permission in firm.CATALOGUE}
    assert set(fixed["permissions"]) == PRODUCT_PERMISSIONS | own
    assert fixed["people"] == 2
    path = f"/v1/groups/{fixed['id']}"
    assert anna("GET", path).body == fixed
    assert anna("PATCH", path, {"name": "x"}, if_match="*").status == 403
    assert anna("DELETE", path).status == 403
    assert set(at.stage.group("Administrator").permissions) == set(), "only its answers are filled"


def test_a_list_of_groups_is_whole_in_slices_and_of_ones_own_organization(at: House, anna: Asker):
    whole = anna.all("/v1/groups")
    assert whole == anna.all("/v1/groups?limit=2")
    ids = [one["id"] for one in whole]
    assert ids == sorted(ids)
    eve = asker(at, "a foreign administrator's")
    foreign = eve.all("/v1/groups")
    assert {one["name"] for one in foreign} == {"Administrator"}
    assert not {one["id"] for one in foreign} & set(ids)
    assert eve("GET", f"/v1/groups/{ids[0]}").status == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x" * 101},
        {"name": "x", "permissions": ["NoSuchThing"]},
        {"name": "x", "permissions": ["KeysRead"]},
        {"name": "x", "fixed": True},
        {"name": "client"},
    ],
)
def test_a_group_that_cannot_be_is_refused_with_the_cause(at: House, anna: Asker, body):
    before = at.head
    refused = anna("POST", "/v1/groups", body)
    assert refused.status == 400
    assert refused.body["errors"]
    assert "account" not in refused.reply.body.decode()
    assert at.head == before


def test_nobody_puts_into_a_group_what_he_does_not_hold(at: House, anna: Asker):
    anna("POST", "/v1/groups", {"name": "Editors", "permissions": ["GroupsRead", "GroupsWrite"]})
    dora = Asker(at, at.make("session", at.join("Editors")).credential)
    held = {"name": new_name(), "permissions": ["GroupsRead"]}
    beyond = dora("POST", "/v1/groups", held | {"permissions": ["GroupsRead", "EventsRead"]})
    assert beyond.status == 403
    assert beyond.body["errors"] == [
        {"field": "permissions", "detail": "you do not hold EventsRead"}
    ]
    made = dora("POST", "/v1/groups", held)
    path = f"/v1/groups/{made.body['id']}"
    assert dora("PATCH", path, {"permissions": ["SystemsRead"]}, if_match="*").status == 403
    nobody = asker(at, "a powerless person's")
    assert nobody("POST", "/v1/groups", {"name": new_name()}).status == 403
    assert nobody("GET", "/v1/groups").status == 403


def test_whoever_manages_anything_is_told_every_permission_that_a_group_can_hold(at: House):
    listed = asker(at, "a powerless person's")("GET", "/v1/permissions").body["data"]
    own = [permission.name for permission in firm.CATALOGUE]
    names = [one["name"] for one in listed]
    assert set(names) == PRODUCT_PERMISSIONS | set(own)
    assert names[-len(own) :] == own
    assert len(names) == len(set(names))
    assert all(one["title"] and one["description"] for one in listed)
    assert not any(one["operators"] for one in listed)


def test_operators_are_told_theirs_too_in_their_sessions_alone(at: House):
    olga = asker(at, "the operator's")
    theirs = [one for one in olga("GET", "/v1/permissions").body["data"] if one["operators"]]
    assert {one["name"] for one in theirs} == DEPLOYMENT_PERMISSIONS
    assert all(one["title"] and one["description"] for one in theirs)
    personal = asker(at, "the operator's", "personal")("GET", "/v1/permissions").body["data"]
    assert not any(one["operators"] for one in personal)


def test_a_change_of_a_group_holds_before_and_after(anna: Asker):
    made = anna("POST", "/v1/groups", {"name": new_name(), "permissions": ["SystemsRead"]})
    path = f"/v1/groups/{made.body['id']}"
    anna("PATCH", path, {"permissions": []}, if_match="*")
    anna("DELETE", path)
    events = anna("GET", f"/v1/events?subject={made.body['id']}").body["data"]
    assert [one["name"] for one in events] == [
        Name.GROUP_REMOVED,
        Name.GROUP_CHANGED,
        Name.GROUP_CREATED,
    ]
    assert events[1]["details"]["before_permissions"] == ["SystemsRead"]
    assert events[1]["details"]["after_permissions"] == []
    assert events[0]["details"]["before_permissions"] == []
