"""What applications hold in one's name: people see it, and end it."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from faces.applications import Application
from faces.desk import By, Desk, desk
from stage import ADMINISTRATOR, CLIENT
from tokenhouse.core.moment import DAY, MINUTE, format_moment
from tokenhouse.core.principal import Membership
from tokenhouse.core.token import Token
from tokenhouse.kinds.refresh import REFRESH
from tokenhouse.operations import tokens

PATH = "/v1/me/applications"


@pytest.fixture
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("firm")) as opened:
        yield opened


@pytest.fixture
def carl(at: Desk) -> By:
    return at.session(CLIENT)


@pytest.fixture
def app(at: Desk) -> Application:
    return Application(at)


def signed_in(app: Application, email: str = CLIENT, **fields: str) -> dict[str, Any]:
    app.at.tick()
    return app.sign_in(email, **fields)


def refreshed(app: Application, told: dict[str, Any]) -> dict[str, Any]:
    app.at.tick()
    return app.refreshed(told["refresh_token"])


def shown(at: Desk, by: By) -> list[dict[str, Any]]:
    return at.good("GET", PATH, by)["data"]


def test_one_row_tells_which_application_since_when_and_until_when(
    at: Desk, app: Application, carl: By
):
    refreshed(app, refreshed(app, signed_in(app)))
    (row,) = shown(at, carl)
    began = at.stage.clock.moment - 2000
    assert row == {
        "id": row["id"],
        "label": app.client.label,
        "client_id": app.client.client_id,
        "signed_in_at": format_moment(began),
        "expires_at": format_moment(began + 30 * DAY),
        "suspended": False,
    }


def test_no_string_and_nobody_elses_sign_in_is_told(at: Desk, app: Application, carl: By):
    told = signed_in(app)
    signed_in(app, ADMINISTRATOR)
    reply = at("GET", PATH, carl)
    for name in ("access_token", "refresh_token", "id_token"):
        assert told[name] not in reply.body.decode()
    assert len(shown(at, carl)) == 1
    assert len(shown(at, at.session(ADMINISTRATOR))) == 1


def test_what_is_over_is_not_shown(at: Desk, carl: By):
    short, revoking = Application(at, refresh_lifetime=DAY), Application(at)
    removed, marked = Application(at), Application(at)
    signed_in(short)
    revoking("/oauth/revoke", token=signed_in(revoking)["refresh_token"])
    signed_in(removed)
    signed_in(marked)
    assert len(shown(at, carl)) == 3
    anna = at.session()
    at.good("DELETE", f"/v1/clients/{removed.client.id}", anna)
    at.good("POST", f"/v1/clients/{marked.client.id}/revoke", anna)
    at.stage.clock.moment += DAY
    assert shown(at, at.session(CLIENT)) == []


def test_a_suspended_application_is_shown_as_what_it_is(at: Desk, app: Application, carl: By):
    signed_in(app)
    at.stage.put(replace(app.client, version=2, suspended=True), app.client)
    assert [row["suspended"] for row in shown(at, carl)] == [True]
    at.good("DELETE", f"{PATH}/{shown(at, carl)[0]['id']}", carl)
    assert shown(at, carl) == []


def test_ending_one_sign_in_ends_all_that_came_of_it_and_nothing_else(
    at: Desk, app: Application, carl: By
):
    first = signed_in(app)
    second = refreshed(app, first)
    other = signed_in(app)
    kept, ended = shown(at, carl)
    at.good("DELETE", f"{PATH}/{ended['id']}", carl)
    for told in (first, second):
        assert not app.is_good(told["access_token"])
        assert app.refresh(told["refresh_token"])[1]["error"] == "invalid_grant"
    assert app.is_good(other["access_token"])
    assert [row["id"] for row in shown(at, carl)] == [kept["id"]]
    assert app.refresh(other["refresh_token"])[0] == 200


def test_the_owner_is_told_and_what_is_over_is_as_unknown_as_any(
    at: Desk, app: Application, carl: By
):
    signed_in(app)
    path = f"{PATH}/{shown(at, carl)[0]['id']}"
    at.good("DELETE", path, carl)
    (event,) = at.good("GET", "/v1/me/events?limit=1", carl)["data"]
    assert event["name"] == "token:family:revoked"
    assert event["subject"] == path.rpartition("/")[2]
    assert event["details"]["client"] == str(app.client.id)
    head = at.stage.store.head()
    at.refused(404, "DELETE", path, carl)
    assert at.stage.store.head() == head


def test_an_expired_sign_in_is_as_unknown_as_any(at: Desk, carl: By):
    signed_in(Application(at, refresh_lifetime=6 * MINUTE))
    path = f"{PATH}/{shown(at, carl)[0]['id']}"
    at.stage.clock.moment += 6 * MINUTE
    at.refused(404, "DELETE", path, carl)


def test_a_string_that_was_kept_for_a_retry_is_erased_at_the_end(
    at: Desk, app: Application, carl: By
):
    refreshed(app, signed_in(app))

    def sealed() -> int:
        with at.stage.store._lock:
            return sum(one.sealed is not None for one in at.stage.store._kept.all(Token))

    assert sealed() == 1
    at.good("DELETE", f"{PATH}/{shown(at, carl)[0]['id']}", carl)
    assert sealed() == 0


def test_another_persons_and_what_nobody_has_are_answered_alike(
    at: Desk, app: Application, carl: By
):
    told = signed_in(app, ADMINISTRATOR)
    (theirs,) = shown(at, at.session(ADMINISTRATOR))
    ids = (theirs["id"], uuid4(), "x", at.stage.membership(CLIENT).id)
    refused = [at.refused(404, "DELETE", f"{PATH}/{one}", carl) for one in ids]
    assert [{**one, "request_id": ""} for one in refused] == [{**refused[0], "request_id": ""}] * 4
    assert app.is_good(told["access_token"])


def test_a_sign_in_of_another_membership_of_his_is_not_shown(at: Desk, app: Application, carl: By):
    signed_in(app)
    other = at.stage.found_organization("Elsewhere", "eve@elsewhere.example")
    mine, now = at.stage.membership(CLIENT), at.stage.clock.now()
    there = replace(mine, id=uuid4(), version=1, organization_id=other, created_at=now, groups=())
    at.stage.put(there)
    assert isinstance(there, Membership)
    sign_in = at.stage.sign_in(CLIENT, other)
    by = ("authorization", f"Bearer {sign_in.secret.reveal()}")
    assert shown(at, by) == []
    at.refused(404, "DELETE", f"{PATH}/{shown(at, carl)[0]['id']}", by)


def test_a_sign_in_that_slides_is_ended_after_its_first_token_is_no_more(at: Desk):
    app = Application(at, refresh_lifetime=DAY, slides=True)
    told = signed_in(app)
    for _ in range(4):
        at.stage.clock.moment += DAY // 2
        told = app.refreshed(told["refresh_token"])
    at.stage.clock.moment += DAY // 2
    purged = at.stage.store.purge(
        at.stage.clock.moment, {REFRESH.name: REFRESH.kept_after_end}, 1000
    )
    assert purged
    carl = at.session(CLIENT)
    (row,) = shown(at, carl)
    at.good("DELETE", f"{PATH}/{row['id']}", carl)
    assert not app.is_good(told["access_token"])
    assert app.refresh(told["refresh_token"])[0] == 400


def test_slices_go_on_through_however_many_redeemed_tokens(
    at: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tokenhouse.operations.applications.MOST_LOOKED_AT", 2)
    assert tokens.MOST_LOOKED_AT == 1000
    apps = [Application(at) for _ in range(3)]
    for app in apps:
        told = signed_in(app)
        for _ in range(3):
            told = refreshed(app, told)
    carl = at.session(CLIENT)
    everything = at.ids(PATH, carl)
    assert len(everything) == len(set(everything)) == 3
    monkeypatch.undo()
    assert at.ids(f"{PATH}?limit=1", carl) == everything
    labels = [row["client_id"] for row in shown(at, carl)]
    assert labels == [app.client.client_id for app in reversed(apps)]
