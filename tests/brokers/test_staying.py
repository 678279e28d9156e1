"""Which of the connections that a broker lists may go on, and on what they rest."""

import base64
import json

import pytest

from brokers.hall import Hall, number, text
from brokers.test_again import revoke, suspend
from stage import ADMINISTRATOR, CLIENT
from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import DAY, MINUTE, SECOND, Moment
from tokenhouse.operations.device_tokens import Equipped
from tokenhouse.operations.mqtt_ended import NOBODY
from tokenhouse.operations.mqtt_staying import Connection, Over, Stays, Told


def told(at: Hall, user_name: str, client_id: str | None = None, **more: object) -> Told:
    connection = Connection("1 -> 2", Secret(user_name), client_id, **more)  # type: ignore[arg-type]
    return at.stage.authority.brokers.staying(connection)


def over(at: Hall, user_name: str, client_id: str | None = None, **more: object) -> Over:
    found = told(at, user_name, client_id, **more)
    assert isinstance(found, Over)
    return found


def stays(at: Hall, user_name: str, client_id: str | None = None, **more: object) -> Stays:
    found = told(at, user_name, client_id, **more)
    assert isinstance(found, Stays)
    return found


def remove(at: Hall, equipped: Equipped) -> None:
    by = ("authorization", f"Bearer {at.operators()}")
    at.at.good("DELETE", f"/v1/devices/{equipped.device.id}", by)


def begin_anew(at: Hall, equipped: Equipped) -> str:
    """Tell a revoked device its secrets: a family of tokens begins, of which this is the first."""
    by = ("authorization", f"Bearer {at.operators()}")
    made = at.at.good("POST", f"/v1/devices/{equipped.device.id}/secrets", by, {})
    return str(made["token"])


def test_a_devices_connection_stays_by_whatever_tells_it(at: Hall):
    token = at.me.token
    for found in (
        stays(at, text(at.me)),
        stays(at, number(at.me)),
        stays(at, "", f"{number(at.me)}-up"),
        stays(at, "whatever", token_id=token.id),
    ):
        assert found.until == token.expires_at
        assert {token.id, token.family_id, token.holder_id} <= {*found.rests_on}


def test_a_persons_connection_stays_by_his_token(at: Hall):
    found = stays(at, at.session(), "desk")
    assert at.stage.person(ADMINISTRATOR).id in found.rests_on


def test_every_organizations_connections_are_seen(at: Hall):
    assert stays(at, text(at.theirs)).whose.organization_id == at.theirs.token.organization_id
    assert stays(at, number(at.theirs)).whose.organization_id == at.theirs.token.organization_id


@pytest.mark.parametrize(
    ("user_name", "client_id"),
    [
        ("application", "x"),
        ("application", "{me}"),
        ("", None),
        ("", ""),
        ("", "x"),
        ("{me}-up", "{me}"),
        ("0{me}", ""),
        ("a.b.c", ""),
        ("eyJhbGciOiJFUzI1NiJ9.{foreign}.AAAA", ""),
        ("thd_000000000000000000000000000000000000", ""),
    ],
)
def test_whatever_is_none_of_ours_is_left_alone(at: Hall, user_name: str, client_id: str | None):
    claims = base64.urlsafe_b64encode(json.dumps({"iss": "https://elsewhere.example"}).encode())
    of = {"{me}": number(at.me), "{foreign}": claims.decode().rstrip("=")}
    for name, value in of.items():
        user_name = user_name.replace(name, value)
        client_id = client_id and client_id.replace(name, value)
    suspend(at, at.me)
    assert told(at, user_name, client_id) is None


def test_each_cause_is_told_with_whose_it_was(at: Hall):
    token, device = at.me.token, at.me.device
    revoke(at, at.me)
    by_token, by_name = over(at, text(at.me)), over(at, number(at.me))
    assert (by_token.cause, by_token.by_token) == ("revoked", True)
    assert (by_name.cause, by_name.by_token) == ("revoked", False)
    assert (by_token.whose.organization_id, by_token.whose.subject) == (
        token.organization_id,
        token.id,
    )
    assert (by_name.whose.organization_id, by_name.whose.subject) == (
        device.organization_id,
        device.id,
    )
    suspend(at, at.other)
    assert over(at, number(at.other)).cause == "holder_suspended"
    remove(at, at.theirs)
    assert over(at, text(at.theirs)).cause == "holder_suspended"
    assert over(at, number(at.theirs)).whose == NOBODY
    assert over(at, at.session(CLIENT), "carl").cause == "no_right"


def test_what_expires_is_over(at: Hall):
    anna = at.session()
    at.stage.clock.moment += DAY
    told = over(at, anna, "desk")
    assert told.cause == "expired"
    assert told.whose.beside == (("person", str(at.stage.person(ADMINISTRATOR).id)),)
    at.stage.clock.moment = at.me.token.expires_at or 0
    assert over(at, number(at.me)).cause == "expired"


def test_a_token_of_ours_that_is_kept_no_more_is_over(at: Hall):
    """Nobody signs as we do, so a broken signature is a forged token of ours."""
    forged = text(at.me)[:-4] + "AAAA"
    assert over(at, forged).whose == NOBODY


def test_a_connection_does_not_outlive_the_family_that_it_came_by(at: Hall):
    """The device is good again, and its name with it; who came before is not."""
    before = at.stage.clock.moment + MINUTE
    at.stage.clock.moment += 10 * MINUTE
    revoke(at, at.me)
    begin_anew(at, at.me)
    name = number(at.me)
    began = at.stage.clock.moment
    assert over(at, name, since=before).cause == "family_ended"
    assert over(at, name, since=began + SECOND).cause == "family_ended"
    assert isinstance(told(at, name, since=began + MINUTE), Stays)
    assert isinstance(told(at, name), Stays), "it is looked at again once that is known"


@pytest.mark.parametrize("since", [0, SECOND])
def test_a_new_devices_connection_is_not_too_old(at: Hall, since: Moment):
    assert isinstance(told(at, number(at.me), since=at.stage.clock.moment + since), Stays)


def test_looking_is_no_use_of_a_token(at: Hall):
    usage = at.stage.parts.usage
    told(at, text(at.me))
    told(at, number(at.me))
    usage.write()
    assert not usage.store.usage_of(at.me.token.id).hours
