"""Passkeys: an answer is good for one challenge, one purpose, one place, and once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from engines import opened
from linking import refusal_of
from showing import (
    PRESENT,
    VERIFIED,
    Authenticator,
    add_passkey,
    answered,
    by_password,
    own,
    sign_in,
)
from stage import ADMINISTRATOR, CLIENT, MovedClock, Stage
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Name
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.second_factor import CHALLENGE_GOOD_FOR, MOST_PASSKEYS
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.second_factor import Presented
from tokenhouse.wiring import build

DEED = "POST /v1/me/factors/recovery-codes"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """In memory, where passwords cost little."""
    with opened("memory", tmp_path, clock := MovedClock(), lambda _: None) as (store, attempts):
        yield Stage(store, attempts, clock, tmp_path)


def refused(stage: Stage, shown: Presented, email: str = ADMINISTRATOR) -> bool:
    refusal = refusal_of(lambda: sign_in(stage, email, shown))
    assert refusal.code is Code.SECOND_FACTOR
    assert [one.field for one in refusal.problems] == ["passkey"]
    return True


def confirming(stage: Stage, by: Caller, holder: Authenticator, deed: str) -> Presented:
    """A passkey's answer to a challenge for a deed, shown at DEED."""
    asked = stage.authority.passkeys.challenge_for(by, deed)
    return Presented(passkey=holder.get(asked.challenge), deed=DEED)


def test_a_passkey_opens_and_its_answer_does_once(stage: Stage):
    holder = add_passkey(stage)
    shown = answered(stage, holder)
    assert sign_in(stage, shown=shown).token.id
    assert refused(stage, shown)
    assert sign_in(stage, shown=answered(stage, holder)).token.id


def test_a_passkey_that_does_not_count_is_told_from_its_own_replay(stage: Stage):
    holder = add_passkey(stage, counts=False)
    shown = answered(stage, holder)
    assert sign_in(stage, shown=shown).token.id
    assert refused(stage, shown)


def test_a_count_that_does_not_rise_is_a_copy_and_opens_nothing(stage: Stage):
    holder = add_passkey(stage)
    sign_in(stage, shown=answered(stage, holder))
    holder.count -= 1
    assert refused(stage, answered(stage, holder))


def test_a_challenge_is_good_for_five_minutes(stage: Stage):
    holder = add_passkey(stage)
    early, late = answered(stage, holder), answered(stage, holder)
    stage.clock.moment += CHALLENGE_GOOD_FOR - 1
    assert sign_in(stage, shown=early).token.id
    stage.clock.moment += 1
    assert refused(stage, late)


@pytest.mark.parametrize("place", range(0, 56, 5))
def test_nobody_else_makes_a_challenge(stage: Stage, place: int):
    holder = add_passkey(stage)
    challenge = bytearray(stage.authority.passkeys.challenge().challenge)
    challenge[place] ^= 1
    assert refused(stage, Presented(passkey=holder.get(bytes(challenge))))


@pytest.mark.parametrize("flags", [PRESENT, VERIFIED, 0])
def test_a_device_that_did_not_look_who_uses_it_opens_nothing(stage: Stage, flags: int):
    holder = add_passkey(stage)
    holder.flags = flags
    assert refused(stage, answered(stage, holder))


@pytest.mark.parametrize(
    ("origin", "rp_id"),
    [
        ("http://localhost:9090", "localhost"),
        ("https://localhost:8080", "localhost"),
        ("http://localhost:8080.example", "localhost"),
        ("http://localhost:8080", "example.com"),
    ],
)
def test_an_answer_that_was_given_elsewhere_opens_nothing(stage: Stage, origin: str, rp_id: str):
    holder = add_passkey(stage)
    holder.origin, holder.rp_id = origin, rp_id
    assert refused(stage, answered(stage, holder))


def test_the_passkey_of_somebody_else_opens_nothing(stage: Stage):
    add_passkey(stage)
    other = add_passkey(stage, CLIENT)
    assert refused(stage, answered(stage, other))
    other.user = stage.person(ADMINISTRATOR).id.bytes
    assert refused(stage, answered(stage, other), CLIENT)


@pytest.mark.parametrize("answer", ["{}", "[]", "null", '{"response": {}}', '{"rawId": 5}', "{"])
def test_what_no_browser_says_is_refused(stage: Stage, answer: str):
    add_passkey(stage)
    assert refused(stage, Presented(passkey=Secret(answer)))


def test_what_confirms_one_deed_confirms_no_other_and_signs_nobody_in(stage: Stage):
    holder = add_passkey(stage)
    by = own(stage, shown=answered(stage, holder))
    mine = stage.authority.my_factors

    def confirms(shown: Presented) -> bool:
        if shown.deed is None:
            shown = replace(shown, deed=DEED)
        try:
            mine.new_recovery_codes(by, by_password(shown))
        except Refused:
            return False
        return True

    assert confirms(confirming(stage, by, holder, DEED))
    assert not confirms(confirming(stage, by, holder, "POST /v1/me/password"))
    assert not confirms(answered(stage, holder))
    elsewhere = own(stage, shown=answered(stage, holder))
    assert not confirms(confirming(stage, elsewhere, holder, DEED))
    assert refused(stage, replace(confirming(stage, by, holder, DEED), deed=None))


def test_a_passkey_is_made_for_who_asked_in_the_session_in_which_he_did_and_once(stage: Stage):
    by, other = own(stage), own(stage, CLIENT)
    passkeys = stage.authority.passkeys
    creating = passkeys.begin(by, by_password())
    challenge, user = creating.asked.challenge, creating.person.id.bytes
    made = Authenticator().create(challenge, user)
    for caller in (other, own(stage)):
        refusal = refusal_of(lambda caller=caller: passkeys.finish(caller, "mine", made))
        assert refusal.code is Code.UNPROCESSABLE
    unasked = Authenticator().create(passkeys.challenge().challenge, user)
    assert refusal_of(lambda: passkeys.finish(by, "mine", unasked)).code is Code.UNPROCESSABLE
    kept = passkeys.finish(by, "mine", made)
    assert (kept.passkey.label, len(kept.codes.codes)) == ("mine", 10)
    second = Authenticator().create(challenge, user)
    for again in (made, second):
        refusal = refusal_of(lambda again=again: passkeys.finish(by, "mine", again))
        assert refusal.code is Code.UNPROCESSABLE


def test_a_passkey_that_does_not_verify_its_user_is_not_kept(stage: Stage):
    by, passkeys = own(stage), stage.authority.passkeys
    holder = Authenticator()
    holder.flags = PRESENT
    creating = passkeys.begin(by, by_password())
    made = holder.create(creating.asked.challenge, creating.person.id.bytes)
    assert refusal_of(lambda: passkeys.finish(by, "mine", made)).code is Code.UNPROCESSABLE


def test_somebody_has_several_passkeys_and_not_any_number(stage: Stage):
    holder, by = add_passkey(stage), None
    for _ in range(MOST_PASSKEYS - 1):
        by = own(stage, shown=answered(stage, holder))
        shown = confirmed(stage, by, holder)
        add_passkey(stage, by=by, shown=shown)
    assert by is not None
    shown = confirmed(stage, by, holder)
    refusal = refusal_of(lambda: stage.authority.passkeys.begin(by, by_password(shown)))
    assert refusal.code is Code.UNPROCESSABLE
    assert len(stage.authority.my_factors.show(by).passkeys) == MOST_PASSKEYS


def confirmed(stage: Stage, by: Caller, holder: Authenticator) -> Presented:
    return confirming(stage, by, holder, DEED)


def test_where_there_is_no_name_there_are_no_passkeys(stage: Stage):
    at_address = replace(stage.authority.deployment, issuer="http://127.0.0.1:8080")
    authority = build(stage.parts, at_address)
    assert refusal_of(authority.passkeys.challenge).code is Code.UNPROCESSABLE


def test_what_was_answered_is_forgotten_once_it_could_not_be_answered_again(stage: Stage):
    holder = add_passkey(stage)
    sign_in(stage, shown=answered(stage, holder))
    before = stage.store.purge(stage.clock.now(), {}, 100)
    stage.clock.moment += CHALLENGE_GOOD_FOR
    assert (before, stage.store.purge(stage.clock.now(), {}, 100)) == (0, 2)


def test_the_person_is_told_of_his_passkeys_by_name(stage: Stage):
    add_passkey(stage)
    bodies = {one.name: one.body or "" for one in stage.store.events(None, 0, 1000)}
    assert '"label":"a key"' in bodies[Name.FACTOR_ADDED]
    assert '"recovery_codes_made":true' in bodies[Name.FACTOR_ADDED]
