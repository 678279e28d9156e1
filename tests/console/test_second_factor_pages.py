"""Second factors on the pages of the console, without a script: an app, and recovery codes."""

import re
from base64 import b32decode
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.wire import Reply
from console.seat import House, Seat, faults_of, text_of
from stage import ADMINISTRATOR, PASSWORD
from tokenhouse.core.moment import MINUTE, SECOND
from tokenhouse.core.totp import code_at, step_of

SECURITY = "/console/settings/security"
APP, CODES = f"{SECURITY}/app", f"{SECURITY}/codes"
_RECOVERY = re.compile(r"\b(?:[0-9a-z]{4}-){5}[0-9a-z]{4}\b")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.wire.close()


@pytest.fixture
def anna(house: House) -> Seat:
    return house.seat()


class App:
    """An authenticator app that was given the key on a page."""

    def __init__(self, house: House, page: Reply) -> None:
        (key,) = re.findall(r'<code class="key">([A-Z2-7 ]+)</code>', page.body.decode())
        self._secret = b32decode(key.replace(" ", ""))
        self._house = house

    def shows(self) -> str:
        """What it shows next: each code is good once."""
        self._house.clock.moment += 30 * SECOND
        return code_at(self._secret, step_of(self._house.clock.moment))


def begun(house: House, anna: Seat) -> App:
    return App(house, anna.send(APP, password=PASSWORD))


def turned_on(house: House, anna: Seat) -> tuple[App, list[str]]:
    app = begun(house, anna)
    shown = anna.send(f"{APP}/code", code=app.shows())
    assert shown.status == 200
    return app, _RECOVERY.findall(shown.body.decode())


def test_the_key_is_told_once_and_to_whoever_knows_the_password_alone(house: House, anna: Seat):
    refused = anna.send(APP, password="not the one")
    assert (refused.status, faults_of(refused)) == (403, {"password": "This is not your password."})
    shown = anna.send(APP, password=PASSWORD)
    assert shown.status == 200
    assert "<svg" in shown.body.decode()
    App(house, shown)
    for path in (SECURITY, APP, f"{APP}/code"):
        assert 'class="key"' not in anna.look(path).body.decode()


def test_an_app_counts_once_it_has_shown_a_code_and_brings_codes_that_are_shown_once(
    house: House, anna: Seat
):
    app = begun(house, anna)
    assert "off" in text_of(anna.look(SECURITY))
    wrong = anna.send(f"{APP}/code", code="000000")
    assert (wrong.status, list(faults_of(wrong))) == (422, ["code"])
    assert list(faults_of(anna.send(f"{APP}/code"))) == ["code"]
    begun_right = app.shows()[:3]
    wrong_end = "000" if app.shows()[3:] != "000" else "001"
    shown = anna.send(f"{APP}/code", code=f" {begun_right} {wrong_end} ")
    assert shown.status == 422
    shown = anna.send(f"{APP}/code", code=app.shows())
    codes = _RECOVERY.findall(shown.body.decode())
    assert len(codes) == len(set(codes)) == 10
    assert "data-shown-once" in shown.body.decode()
    told = text_of(anna.look(SECURITY))
    assert "Authenticator app on" in told
    assert "10 left" in told
    assert not _RECOVERY.search(told)


def test_an_app_that_nobody_confirmed_in_time_has_to_be_added_again(house: House, anna: Seat):
    app = begun(house, anna)
    house.clock.moment += 10 * MINUTE
    late = anna.send(f"{APP}/code", code=app.shows())
    assert (late.status, list(faults_of(late))) == (422, ["form"])
    assert anna.send(APP, password=PASSWORD).status == 200


def test_whoever_has_one_is_asked_for_it_beside_the_password(house: House, anna: Seat):
    app, codes = turned_on(house, anna)
    remove = f"{APP}/remove"
    for typed, sentence in (
        ({}, "Show your second factor, too: a code, or a passkey."),
        ({"code": "000000"}, "That code is not good, or was used before. Wait for the next one."),
    ):
        refused = anna.send(remove, password=PASSWORD, **typed)
        assert (refused.status, faults_of(refused)) == (403, {"code": sentence})
    again = anna.send(APP, password=PASSWORD, code=app.shows())
    assert (again.status, list(faults_of(again))) == (409, ["form"])
    done = anna.send(remove, password=PASSWORD, code=codes[0])
    assert (done.status, done.header("location")) == (303, f"{SECURITY}?done=app-removed")
    assert "Authenticator app off" in text_of(anna.look(SECURITY))
    assert house.stage.sign_in(ADMINISTRATOR)


def test_new_codes_end_the_old(house: House, anna: Seat):
    app, old = turned_on(house, anna)
    shown = anna.send(CODES, password=PASSWORD, code=app.shows())
    new = _RECOVERY.findall(shown.body.decode())
    assert len(new) == 10
    assert not {*new} & {*old}
    assert anna.send(f"{APP}/remove", password=PASSWORD, code=old[1]).status == 403
    assert anna.send(f"{APP}/remove", password=PASSWORD, code=new[1]).status == 303


def test_nobody_makes_codes_for_no_factor(anna: Seat):
    refused = anna.send(CODES, password=PASSWORD)
    assert (refused.status, list(faults_of(refused))) == (422, ["form"])


def test_a_passkey_that_is_not_there_is_not_found(anna: Seat):
    for named in ("x", "01976b2e-3c00-7000-8000-000000000000"):
        path = f"{SECURITY}/passkeys/{named}/remove"
        assert anna.look(path).status == 404
        assert anna.send(path, password=PASSWORD).status == 404


@pytest.mark.parametrize("label", ["", "x" * 101, "a\u202eb", "a\x07b"])
def test_a_passkey_needs_a_name_that_can_be_seen(anna: Seat, label: str):
    refused = anna.send(f"{SECURITY}/passkeys", password=PASSWORD, label=label)
    assert (refused.status, list(faults_of(refused))) == (422, ["label"])


def test_what_no_browser_made_is_no_passkey(anna: Seat):
    sent = anna.send(f"{SECURITY}/passkeys/finish", label="Key", credential="{}")
    assert sent.status == 422
    assert "was not added" in text_of(sent)
