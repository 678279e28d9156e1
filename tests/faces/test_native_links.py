"""Links, passwords and e-mails over the native API."""

import json
from collections.abc import Iterator
from uuid import UUID

import pytest

from conformance.face_suite import FACES
from conformance.house import CHOSEN, FOREIGNER, House, house
from faces.asking import Asker, asker
from linking import NEW, OTHER
from stage import ADMINISTRATOR, CLIENT, PASSWORD
from tokenhouse.core.principal import Membership


@pytest.fixture
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("house")
    with house("memory", directory, FACES, lambda _: None) as built:
        yield built


@pytest.fixture
def anna(at: House) -> Asker:
    return asker(at)


def post(at: House, path: str, **fields: object) -> tuple[int, dict[str, object]]:
    """What a stranger is answered."""
    raw = json.dumps(fields).encode()
    reply = at.wire("POST", path, [("content-type", "application/json")], raw)
    return reply.status, json.loads(reply.body)


def code_of(link: str) -> str:
    """What stands behind `#`."""
    return link.partition("#")[2]


def membership(at: House, email: str) -> Membership:
    return at.stage.membership(email)


def test_an_invitation_is_told_once_listed_without_its_link_and_withdrawn(at: House, anna: Asker):
    made = anna("POST", "/v1/invitations", {"email": NEW, "full_name": "Bea"})
    assert made.status == 201
    assert made.body["link"].startswith("http://localhost:8080/console/invitation#thu_")
    (listed,) = anna.all("/v1/invitations")
    assert listed == {name: one for name, one in made.body.items() if name != "link"}
    assert anna("DELETE", f"/v1/invitations/{made.body['id']}").status == 204
    assert anna.all("/v1/invitations") == []
    path, code = "/v1/invitations/accept", code_of(made.body["link"])
    refused = post(at, path, code=code, password=CHOSEN)
    assert refused[0] == 401
    refused[1].pop("request_id")
    unknown = post(at, path, code="thu_" + "0" * 36, password=CHOSEN)
    unknown[1].pop("request_id")
    assert refused == unknown


def test_invitations_are_listed_in_slices_newest_first(anna: Asker):
    made = [
        anna("POST", "/v1/invitations", {"email": f"p{n}@x.example"}).body["id"] for n in range(5)
    ]
    assert sorted((one["id"] for one in anna.all("/v1/invitations?limit=2")), reverse=True) == [
        one["id"] for one in anna.all("/v1/invitations")
    ]
    assert {one["id"] for one in anna.all("/v1/invitations?limit=2")} == set(made)


def test_a_key_gives_the_same_link_again(anna: Asker):
    body = {"email": NEW}
    answers = [anna("POST", "/v1/invitations", body, idempotency_key="k") for _ in range(2)]
    assert answers[0].body == answers[1].body
    assert len(anna.all("/v1/invitations")) == 1


def test_an_operator_invites_the_first_administrator_of_a_new_organization(at: House):
    olga = asker(at, "the operator's")
    made = olga("POST", "/v1/organizations", {"name": "Ost"}).body
    path = f"/v1/organizations/{made['id']}/invitations"
    link = olga("POST", path, {"email": NEW, "full_name": "Bea"}).body["link"]
    status, joined = post(at, "/v1/invitations/accept", code=code_of(link), password=CHOSEN)
    assert status == 201
    assert joined["organization"] == {"id": made["id"], "name": "Ost"}
    assert at.stage.store.active_members(UUID(made["id"]), membership(at, NEW).groups[0]) == 1
    assert asker(at)("POST", path, {"email": NEW}).status == 403


def test_a_recovery_sets_the_password(at: House, anna: Asker):
    path = f"/v1/memberships/{membership(at, CLIENT).id}/recovery"
    made = anna("POST", path)
    assert made.status == 201
    assert set(made.body) == {"id", "link", "expires_at"}
    code = code_of(made.body["link"])
    weak = post(at, "/v1/recoveries/redeem", code=code, password="short")
    assert (weak[0], weak[1]["errors"][0]["field"]) == (400, "password")  # type: ignore[index]
    status, told = post(at, "/v1/recoveries/redeem", code=code, password=OTHER)
    assert (status, told["person"]["email"]) == (200, CLIENT)  # type: ignore[index]
    assert post(at, "/v1/sessions", email=CLIENT, password=OTHER)[0] == 201
    assert anna("POST", f"/v1/memberships/{membership(at, ADMINISTRATOR).id}/recovery").status == (
        403
    )
    assert anna("POST", f"/v1/memberships/{membership(at, FOREIGNER).id}/recovery").status == 404


def test_a_personal_token_recovers_nobody_and_changes_no_password(at: House):
    token = asker(at, kind="personal")
    body = {"current": PASSWORD, "new": OTHER}
    assert token("POST", "/v1/me/password", body).status in {401, 403}
    path = f"/v1/memberships/{membership(at, CLIENT).id}/recovery"
    assert token("POST", path).status in {401, 403}


def test_a_wrong_current_password_is_told_at_its_field(anna: Asker):
    refused = anna("POST", "/v1/me/password", {"current": "wrong", "new": OTHER})
    assert (refused.status, refused.body["errors"][0]["field"]) == (403, "current")


def test_an_email_is_changed_from_the_version_that_was_read(at: House, anna: Asker):
    path = f"/v1/memberships/{membership(at, CLIENT).id}"
    etag, body = anna("GET", path).etag, {"email": "Carla@x.example"}
    assert anna("PUT", f"{path}/email", body).status == 428
    changed = anna("PUT", f"{path}/email", body, if_match=etag)
    assert (changed.status, changed.body["person"]["email"]) == (200, "carla@x.example")
    assert changed.etag == anna("GET", path).etag != etag
    assert anna("PUT", f"{path}/email", body, if_match=etag).status == 412


def test_the_person_is_told_in_his_own_events(at: House, anna: Asker):
    anna("POST", f"/v1/memberships/{membership(at, CLIENT).id}/recovery")
    started = post(at, "/v1/sessions", email=CLIENT, password=PASSWORD)[1]
    own = [("authorization", f"Bearer {started['token']}")]
    listed = json.loads(at.wire("GET", "/v1/me/events", own).body)["data"]
    assert "recovery:person:created" in {one["name"] for one in listed}
    assert "thu_" not in json.dumps(listed)
