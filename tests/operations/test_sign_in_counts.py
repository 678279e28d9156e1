"""What counts as a guess: every answer to a stranger, and nothing that was no answer."""

import pytest
from msgspec.structs import replace

from stage import ADMINISTRATOR, CLIENT, PASSWORD, Stage
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Name
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.operations.guessing import PER_PERSON, PER_PERSON_AND_NETWORK
from tokenhouse.operations.sign_in import Credentials


def attempt(stage: Stage, email: str, password: str, address: str = "192.0.2.1") -> Code | None:
    try:
        stage.authority.sign_in(Credentials(email, Secret(password), None, address))
    except Refused as refused:
        return refused.code
    return None


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_the_limit_does_not_tell_whether_the_password_of_a_suspended_person_was_right(
    stage: Stage, password: str
):
    person = stage.person(CLIENT)
    stage.put(replace(person, version=person.version + 1, suspended=True), person)
    told = [attempt(stage, CLIENT, password) for _ in range(PER_PERSON_AND_NETWORK.burst + 1)]
    assert told == [Code.UNAUTHENTICATED] * PER_PERSON_AND_NETWORK.burst + [Code.TOO_MANY]


def test_what_was_never_looked_at_is_no_guess(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    """Strangers who keep the hasher busy must not use up the attempts of others."""

    def busy(*_: object) -> bool:
        raise Unavailable("too many passwords wait to be checked")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(stage.parts.hasher, "matches", busy)
        for _ in range(2 * PER_PERSON_AND_NETWORK.burst):
            with pytest.raises(Unavailable):
                attempt(stage, ADMINISTRATOR, PASSWORD)
    assert attempt(stage, ADMINISTRATOR, PASSWORD) is None


def test_signing_in_frees_nothing_for_those_who_guess_meanwhile(stage: Stage):
    for number in range(PER_PERSON.burst):
        attempt(stage, ADMINISTRATOR, "wrong", f"198.51.{number}.1")
    for _ in range(3):
        started = stage.sign_in()
        assert started.delay > 0


def test_a_password_hashed_anew_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stage.parts.hasher, "outdated", lambda _: True)
    head = stage.store.head()[0]
    stage.sign_in()
    names = [event.name for event in stage.store.events(None, head, 10)]
    assert names == [Name.SIGNED_IN, Name.PASSWORD_REHASHED]
    assert stage.sign_in().token.id


def test_a_right_password_that_is_refused_is_told_to_the_organization(stage: Stage):
    kept, head = stage.membership(CLIENT), stage.store.head()[0]
    stage.put(replace(kept, version=kept.version + 1, suspended=True), kept)
    attempt(stage, CLIENT, PASSWORD)
    assert stage.authority.notes.write(all_of_them=True) == 1
    event = stage.store.events(stage.organization_id, head, 10)[-1]
    assert event.name == Name.SIGN_IN_FAILED
    assert event.body is not None
    assert "right password, but not in good standing there" in event.body
    assert PASSWORD not in event.body
