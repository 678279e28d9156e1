"""Settings, over the wire and without a script: what people see of themselves, and change."""

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from msgspec.structs import replace

from console.seat import House, Seat, faults_of, text_of
from linking import CHOSEN, FOREIGNER
from registered import register
from rigs import enroll
from running import OPAQUE, SIGNED
from stage import ADMINISTRATOR, CLIENT, OPERATOR, PASSWORD
from tokenhouse.core.credential import Secret
from tokenhouse.core.kind import Spelling
from tokenhouse.core.moment import HOUR, MINUTE
from tokenhouse.operations.grant_password import PasswordGrant
from tokenhouse.operations.mint import Mint

SETTINGS = "/console/settings"
USER, SESSIONS, SECURITY, EXTRAS = (
    f"{SETTINGS}/{name}" for name in ("user", "sessions", "security", "extras")
)
TOKEN = "/console/user-token"
PAGES = (USER, SESSIONS, SECURITY, EXTRAS)
SHEETS = tuple(
    f"{SECURITY}/{name}" for name in ("app", "app/remove", "codes", "passkeys", "password")
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.wire.close()


@pytest.fixture
def anna(house: House) -> Seat:
    return house.seat()


def is_active(house: House, secret: Secret, spelling: Spelling = Spelling.COOKIE) -> bool:
    return house.stage.verdict(secret, None, spelling).active


def test_settings_lead_to_the_first_tab(anna: Seat):
    reply = anna.look(SETTINGS)
    assert (reply.status, reply.header("location")) == (303, USER)


@pytest.mark.parametrize("path", [*PAGES, *SHEETS])
def test_no_page_holds_a_secret_and_none_is_kept(anna: Seat, path: str):
    reply = anna.look(path)
    assert (reply.status, faults_of(reply)) == (200, {})
    assert reply.header("cache-control") == "no-store"
    told = reply.body.decode()
    assert not OPAQUE.search(told)
    assert not SIGNED.search(told)


# who somebody is


def test_people_see_who_they_are_and_where(house: House):
    told = text_of(house.seat(CLIENT).look(USER))
    for expected in ("Carl", CLIENT, "Nordlicht Energie", "Policy groups Client", "Role Client"):
        assert expected in told
    assert "Role Super" in text_of(house.seat(OPERATOR).look(USER))


def test_who_belongs_to_more_organizations_can_sign_in_there(house: House):
    stage = house.stage
    other = stage.found_organization("Südstrom <b>", FOREIGNER)
    membership_id = Mint(os.urandom, "th").id(stage.clock.now())
    anna = stage.person(ADMINISTRATOR).id
    stage.put(replace(stage.membership(FOREIGNER), id=membership_id, person_id=anna, groups=()))
    reply = house.seat().look(USER)
    assert f'href="/console/sign-in?organization={other}"' in reply.body.decode()
    assert "Südstrom &lt;b&gt;" in reply.body.decode()


# the user token


def test_a_script_is_given_the_user_token_and_until_when_it_is_good(house: House, anna: Seat):
    reply = anna.send(TOKEN, headers={"accept": "application/json"})
    assert (reply.status, reply.header("cache-control")) == (200, "no-store")
    told = json.loads(reply.body)
    assert told["until"] == "21:00 UTC"
    assert is_active(house, Secret(told["token"]), Spelling.BEARER)


def test_the_day_is_said_where_it_is_another_one(house: House):
    house.clock.moment += 4 * HOUR
    late = house.seat()
    told = json.loads(late.send(TOKEN, headers={"accept": "application/json"}).body)
    ends = datetime.fromtimestamp((house.clock.moment + 12 * HOUR) / 1_000_000, UTC)
    assert told["until"] == f"{ends:%a} {ends.day} {ends:%b %Y %H:%M} UTC"


def test_without_a_script_it_stands_on_a_page_that_is_asked_for_by_a_form(house: House, anna: Seat):
    assert anna.look(TOKEN).status == 405
    reply = anna.send(TOKEN)
    assert (reply.status, reply.header("cache-control")) == (200, "no-store")
    (token,) = SIGNED.findall(reply.body.decode())
    assert is_active(house, Secret(token), Spelling.BEARER)
    assert "readonly" in reply.body.decode()


@pytest.mark.parametrize(
    ("form_token", "site", "status"),
    [("", "same-origin", 403), ("wrong", "same-origin", 403), (None, "cross-site", 403)],
)
def test_no_other_site_gets_it(anna: Seat, form_token: str | None, site: str, status: int):
    typed = {} if form_token is None else {"form_token": form_token}
    reply = anna.send(
        TOKEN, headers={"sec-fetch-site": site, "accept": "application/json"}, **typed
    )
    assert reply.status == status
    assert not SIGNED.search(reply.body.decode())


# sessions


def test_sessions_tell_when_and_from_where_they_began_and_which_is_this_one(house: House):
    house.seat()
    house.clock.moment += 5 * MINUTE
    reply = house.seat().look(SESSIONS)
    told = text_of(reply)
    assert told.count("this one") == 1
    assert told.index("just now") < told.index("this one") < told.index("5 min ago")
    assert told.count("192.0.2.1") == 2


def test_another_session_is_ended_with_the_token_that_was_copied_from_it(house: House, anna: Seat):
    other = house.seat()
    copied = json.loads(other.send(TOKEN, headers={"accept": "application/json"}).body)["token"]
    reply = anna.send(f"{SESSIONS}/{other.token.id}/end")
    assert (reply.status, reply.header("location")) == (303, SESSIONS)
    assert not is_active(house, other.secret)
    assert not is_active(house, Secret(copied), Spelling.BEARER)
    assert is_active(house, anna.secret)


def test_ending_this_session_signs_out(house: House, anna: Seat):
    reply = anna.send(f"{SESSIONS}/{anna.token.id}/end")
    assert (reply.status, reply.header("location")) == (303, "/console/sign-in")
    assert "Max-Age=0" in (reply.header("set-cookie") or "")
    assert not is_active(house, anna.secret)


def test_all_others_are_ended_and_this_one_goes_on(house: House, anna: Seat):
    others = [house.seat() for _ in range(3)]
    carl = house.seat(CLIENT)
    assert anna.send(f"{SESSIONS}/end-others").status == 303
    assert not any(is_active(house, other.secret) for other in others)
    assert is_active(house, anna.secret)
    assert is_active(house, carl.secret)
    assert "End all others" not in text_of(anna.look(SESSIONS))


def test_nobody_ends_what_is_not_his(house: House, anna: Seat):
    carl = house.seat(CLIENT)
    for named in (str(carl.token.id), "x"):
        assert anna.send(f"{SESSIONS}/{named}/end").status == 404
    assert is_active(house, carl.secret)


def test_an_application_that_acts_in_ones_name_is_ended(house: House, anna: Seat):
    stage = house.stage
    at = register(stage)
    granted = PasswordGrant(at.credentials, ADMINISTRATOR, Secret(PASSWORD), "192.0.2.1")
    given = stage.authority.grants.password(granted)
    reply = anna.look(SESSIONS)
    assert "An application" in text_of(reply)
    (path,) = re.findall(rf'action="({SETTINGS}/applications/[^"]+)"', reply.body.decode())
    assert anna.send(path).status == 303
    assert not is_active(house, given.access, Spelling.BEARER)
    assert "An application" not in text_of(anna.look(SESSIONS))


# extras


def test_the_key_is_off_until_somebody_turns_it_on_and_can_be_another_one(anna: Seat):
    assert b"data-key" not in anna.look(USER).body
    assert anna.send(EXTRAS, **{"token-hotkey": "on", "key": "t"}).status == 303
    assert b'data-key="t"' in anna.look("/console/read").body
    assert anna.send(EXTRAS, **{"token-hotkey": "on", "key": "K"}).status == 303
    assert b'data-key="k"' in anna.look(USER).body
    assert anna.send(EXTRAS, key="k").status == 303
    assert b"data-key" not in anna.look(USER).body


@pytest.mark.parametrize("key", ["", "tt", "?", "\u0442", '"><script>'])
def test_what_is_no_key_is_refused_and_nothing_changes(anna: Seat, key: str):
    reply = anna.send(EXTRAS, **{"token-hotkey": "on", "key": key})
    assert (reply.status, list(faults_of(reply))) == (422, ["key"])
    assert b"<script>" not in reply.body
    assert b"data-key" not in anna.look(USER).body


# the password


def test_a_changed_password_ends_the_other_sessions_and_this_one_goes_on(house: House, anna: Seat):
    other, personal = house.seat(), house.stage.issue_personal(house.stage.session())
    typed = {"password": PASSWORD, "new_password": CHOSEN, "new_password_again": CHOSEN}
    reply = anna.send(f"{SECURITY}/password", **typed)
    assert (reply.status, reply.header("location")) == (303, f"{SECURITY}?done=password")
    assert "Your password is changed" in text_of(anna.look(f"{SECURITY}?done=password"))
    assert is_active(house, anna.secret)
    assert not is_active(house, other.secret)
    assert is_active(house, personal.secret, Spelling.TOKEN)


def test_a_changed_password_ends_personal_tokens_where_that_is_ticked(house: House, anna: Seat):
    personal = house.stage.issue_personal(house.stage.session())
    typed = {"password": PASSWORD, "new_password": CHOSEN, "new_password_again": CHOSEN}
    assert anna.send(f"{SECURITY}/password", end_personal_tokens="yes", **typed).status == 303
    assert not is_active(house, personal.secret, Spelling.TOKEN)


@pytest.mark.parametrize(
    ("typed", "status", "field"),
    [
        ({"password": ""}, 422, "password"),
        ({"password": "x" * 5000}, 403, "password"),
        ({"password": "not the one"}, 403, "password"),
        ({"new_password": "xyzzy", "new_password_again": "xyzzy"}, 422, "new_password"),
        ({"new_password_again": "another one altogether"}, 422, "new_password_again"),
    ],
)
def test_a_password_is_not_changed_by_half(
    house: House, anna: Seat, typed: dict[str, str], status: int, field: str
):
    good = {"password": PASSWORD, "new_password": CHOSEN, "new_password_again": CHOSEN}
    reply = anna.send(f"{SECURITY}/password", **(good | typed))
    assert (reply.status, list(faults_of(reply))) == (status, [field])
    for secret in {*good.values(), *typed.values()} - {""}:
        assert secret not in reply.body.decode()
    assert house.stage.sign_in()


def test_nothing_is_told_of_a_deed_that_nobody_did(anna: Seat):
    told = text_of(anna.look(f"{SECURITY}?done=%3Cb%3E"))
    assert "changed" not in told.replace("Changing", "")


def test_guesses_at_a_password_are_slowed_as_at_sign_in(anna: Seat):
    for _ in range(100):
        reply = anna.send(f"{SECURITY}/codes", password="not the one")
        if reply.status == 429:
            break
    assert reply.status == 429
    assert int(reply.header("retry-after") or "0") > 0
    assert list(faults_of(reply)) == ["form"]


def test_what_was_typed_is_kept_for_whoever_had_to_sign_in_again(house: House, anna: Seat):
    house.stage.authority.revoke.own_session(house.stage.session())
    anna.send("/console/sign-out")
    typed = {"again": f"{SECURITY}/passkeys", "label": "Work laptop", "password": PASSWORD}
    reply = anna.send(f"{SECURITY}/passkeys", **typed)
    assert reply.status == 401
    assert "label=Work+laptop" in reply.body.decode().replace("&amp;", "&")
    assert PASSWORD not in reply.body.decode()
    again = house.seat().send(f"{SECURITY}/passkeys", label="Work laptop")
    assert (again.status, list(faults_of(again))) == (422, ["password"])
    assert 'value="Work laptop"' in again.body.decode()


def test_the_bearer_token_comes_with_commands_that_hold_it_not(house: House, anna: Seat):
    listed = enroll(house.stage, "roof-1")
    shown = unescape(anna.look(USER).body.decode())
    assert 'curl --header "Authorization: Bearer $API_TOKEN"' in shown
    assert f"--topic 'th/d/{listed.device.number}/#'" in shown
    assert not SIGNED.search(shown)


def test_mqtt_is_offered_to_whom_a_broker_lets_in(house: House, anna: Seat):
    assert "--topic 'th/d/NUMBER/#'" in unescape(anna.look(USER).body.decode())
    assert "mosquitto_sub" not in house.seat(CLIENT).look(USER).body.decode()
    assert "--topic 'th/d/+/#'" in unescape(house.seat(OPERATOR).look(USER).body.decode())
