"""Second factors: what is shown is good once, behind the password, and everything is told."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest

from engines import ENGINES, TWO_NODES, opened
from linking import administrator, operator, recover, redeem, refusal_of
from registered import register
from showing import (
    ADDRESS,
    App,
    add_passkey,
    answered,
    by_password,
    code,
    own,
    sign_in,
    turn_app_on,
)
from stage import ADMINISTRATOR, CLIENT, OPERATOR, PASSWORD, MovedClock, Stage
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Name
from tokenhouse.core.moment import MINUTE, SECOND
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.core.second_factor import TOTP_CONFIRMED_WITHIN
from tokenhouse.operations.confirming import Evidence
from tokenhouse.operations.grant_password import PasswordGrant
from tokenhouse.operations.grant_refresh import RefreshGrant
from tokenhouse.operations.guessing import CODES_PER_PERSON
from tokenhouse.operations.recover import Redemption
from tokenhouse.operations.second_factor import NOTHING, Presented, totp_context
from tokenhouse.operations.sign_in import Credentials
from tokenhouse.signing.master_keys import MasterKeys
from tokenhouse.signing.places import KeyFile
from tokenhouse.wiring import build


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Stage]:
    """A stage in memory, where passwords cost little."""
    with opened("memory", tmp_path, clock := MovedClock(), lambda _: None) as (store, attempts):
        yield Stage(store, attempts, clock, tmp_path)


@pytest.fixture(params=[*ENGINES[1:], TWO_NODES])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """The same on the engines that keep it."""
    clock = MovedClock()
    with opened(request.param, tmp_path, clock, request.getfixturevalue) as (store, attempts):
        yield Stage(store, attempts, clock, tmp_path)


def outcome(deed: Callable[[], object]) -> Code | None:
    try:
        deed()
    except Refused as refused:
        return refused.code
    return None


def at_once(deeds: int, deed: Callable[[], object]) -> list[Code | None]:
    with ThreadPoolExecutor(deeds) as pool:
        return list(pool.map(lambda _: outcome(deed), range(deeds)))


def told(stage: Stage, email: str = ADMINISTRATOR) -> list[str]:
    """What the person's own list says, the oldest first."""
    stage.authority.notes.write(all_of_them=True)
    person_id, events = stage.person(email).id, stage.store.events(None, 0, 1000)
    return [one.body or "" for one in events if one.person_id == person_id]


# each once


def test_a_code_opens_once_and_the_next_one_does_again(kept: Stage):
    app = turn_app_on(kept)
    shown = code(app.next())
    assert sign_in(kept, shown=shown).token.id
    assert outcome(lambda: sign_in(kept, shown=shown)) is Code.SECOND_FACTOR
    assert sign_in(kept, shown=code(app.next())).token.id


def test_the_code_that_turned_the_app_on_opens_nothing(quick: Stage):
    app = turn_app_on(quick)
    assert outcome(lambda: sign_in(quick, shown=code(app.code()))) is Code.SECOND_FACTOR


def test_of_all_who_show_one_code_at_once_one_gets_in(kept: Stage):
    app = turn_app_on(kept)
    shown = code(app.next())
    got = at_once(CODES_PER_PERSON.burst, lambda: sign_in(kept, shown=shown))
    assert sorted(got, key=str) == [None, *[Code.SECOND_FACTOR] * (CODES_PER_PERSON.burst - 1)]


def test_of_all_who_show_one_recovery_code_at_once_one_gets_in(kept: Stage):
    shown = code(turn_app_on(kept).codes[3])
    got = at_once(8, lambda: sign_in(kept, shown=shown))
    assert got.count(None) == 1
    assert got.count(Code.SECOND_FACTOR) == 7
    left = kept.store.find_for_sign_in(ADMINISTRATOR).factors.recovery_codes.digests
    assert len(left) == 9


def test_of_all_who_show_one_answer_of_a_passkey_at_once_one_gets_in(kept: Stage):
    holder = add_passkey(kept, counts=False)
    shown = answered(kept, holder)
    got = at_once(8, lambda: sign_in(kept, shown=shown))
    assert got.count(None) == 1
    assert got.count(Code.SECOND_FACTOR) == 7


def test_new_recovery_codes_end_the_old_ones(quick: Stage):
    app = turn_app_on(quick)
    by = own(quick, shown=code(app.next()))
    made = quick.authority.my_factors.new_recovery_codes(by, by_password(code(app.codes[0])))
    assert len(made.codes) == 10
    assert outcome(lambda: sign_in(quick, shown=code(app.codes[1]))) is Code.SECOND_FACTOR
    assert sign_in(quick, shown=code(made.codes[0].reveal())).token.id


# the password first, and then one answer


def test_nobody_is_told_of_a_factor_who_does_not_know_the_password(quick: Stage):
    app = turn_app_on(quick)

    def wrong(shown: Presented) -> Refused:
        asked = Credentials(ADMINISTRATOR, Secret("wrong"), None, ADDRESS, shown)
        return refusal_of(lambda: quick.authority.sign_in(asked))

    told = {(one.code, one.public, one.problems) for one in map(wrong, (NOTHING, code(app.next())))}
    other = Credentials("nobody@nordlicht.example", Secret("wrong"), None, ADDRESS)
    stranger = refusal_of(lambda: quick.authority.sign_in(other))
    assert told == {(stranger.code, stranger.public, stranger.problems)}


def test_behind_the_right_password_it_is_said_what_is_missing(quick: Stage):
    turn_app_on(quick)
    refused = refusal_of(lambda: sign_in(quick))
    assert refused.code is Code.SECOND_FACTOR
    assert [one.field for one in refused.problems] == ["code"]
    assert any('"cause":"second factor missing"' in body for body in told(quick))


def test_a_code_that_waits_to_be_confirmed_is_owed_by_nobody(quick: Stage):
    by = own(quick)
    made = quick.authority.my_factors.begin_totp(by, by_password())
    assert sign_in(quick).token.id
    quick.clock.moment += TOTP_CONFIRMED_WITHIN
    late = App(quick, made.secret.reveal()).code()
    got = outcome(lambda: quick.authority.my_factors.confirm_totp(by, Secret(late)))
    assert got is Code.UNPROCESSABLE


def test_whoever_has_no_factor_is_asked_for_none(quick: Stage):
    assert sign_in(quick, shown=code("123456")).token.id


# guessing


def test_codes_are_guessed_at_all_doors_together_and_soon_at_none(quick: Stage):
    app = turn_app_on(quick)
    by, wrong = own(quick, shown=code(app.next())), code("000000")
    redeemable = quick.authority.recover.of_person(operator(quick), quick.person(ADMINISTRATOR).id)
    doors: list[Callable[[], object]] = [
        lambda: sign_in(quick, shown=wrong),
        lambda: quick.authority.sign_in.opaque(
            Credentials(ADMINISTRATOR, Secret(PASSWORD), None, "198.51.100.7", wrong)
        ),
        lambda: quick.authority.my_factors.remove_totp(by, by_password(wrong)),
        lambda: quick.authority.redeem(redemption(redeemable, wrong)),
        lambda: quick.authority.my_factors.new_recovery_codes(by, by_password(wrong)),
    ]
    assert [outcome(door) for door in doors] == [Code.SECOND_FACTOR] * CODES_PER_PERSON.burst
    right = code(app.next())
    assert outcome(lambda: sign_in(quick, shown=right)) is Code.TOO_MANY
    assert [outcome(door) for door in doors] == [Code.TOO_MANY] * len(doors)
    assert any('"cause":"too many codes"' in body for body in told(quick))
    assert sign_in(quick, shown=code(app.codes[0])).token.id
    quick.clock.moment += CODES_PER_PERSON.interval
    assert sign_in(quick, shown=code(app.next())).token.id


def redemption(made, shown: Presented):
    return Redemption(made.secret, Secret("marmalade oyster trellis"), ADDRESS, shown=shown)


def test_a_day_of_guessing_at_codes_tries_few_of_them():
    day = 24 * 60 * MINUTE // CODES_PER_PERSON.interval + CODES_PER_PERSON.burst
    assert 3 * day / 10**6 < 0.0025


# what a factor brings and ends


def test_a_factor_ends_what_applications_were_given_for_the_password_and_no_session(kept: Stage):
    at, by = register(kept), own(kept)
    given = kept.authority.grants.password(
        PasswordGrant(at.credentials, ADMINISTRATOR, Secret(PASSWORD), ADDRESS)
    )
    assert given.refresh is not None
    app = turn_app_on(kept, by=by)
    refused = refusal_of(
        lambda: kept.authority.grants.refresh(RefreshGrant(at.credentials, given.refresh))
    )
    assert refused.code is Code.INVALID_GRANT
    assert kept.authority.my_factors.show(by).owed
    assert app.codes


def test_the_password_grant_answers_as_to_a_wrong_password_and_tells_the_person(quick: Stage):
    at = register(quick)

    def grant(password: str) -> Refused:
        asked = PasswordGrant(at.credentials, ADMINISTRATOR, Secret(password), ADDRESS)
        return refusal_of(lambda: quick.authority.grants.password(asked))

    turn_app_on(quick)
    right, wrong = grant(PASSWORD), grant("wrong")
    assert (right.code, right.public, right.problems) == (wrong.code, wrong.public, wrong.problems)
    assert any("this grant takes no second factor" in body for body in told(quick))


def test_the_last_factor_takes_the_recovery_codes_along(quick: Stage):
    app = turn_app_on(quick)
    by = own(quick, shown=code(app.next()))
    add_passkey(quick, by=by, shown=code(app.next()))
    quick.authority.my_factors.remove_totp(by, by_password(code(app.next())))
    factors = quick.authority.my_factors.show(by)
    assert factors.owed
    assert factors.recovery_codes is not None
    (passkey,) = factors.passkeys
    recovery = by_password(code(app.codes[0]))
    quick.authority.passkeys.remove(by, passkey.id, recovery)
    factors = quick.authority.my_factors.show(by)
    assert (factors.owed, factors.recovery_codes) == (False, None)
    assert sign_in(quick).token.id


def test_somebody_has_one_app(quick: Stage):
    app = turn_app_on(quick)
    by = own(quick, shown=code(app.next()))
    again = by_password(code(app.next()))
    got = outcome(lambda: quick.authority.my_factors.begin_totp(by, again))
    assert got is Code.ALREADY_DONE


# confirmed by what is there


@pytest.mark.parametrize("shown", [NOTHING, code("000000")])
def test_no_factor_changes_without_one_that_is_there(quick: Stage, shown: Presented):
    app = turn_app_on(quick)
    by, with_it = own(quick, shown=code(app.next())), by_password(shown)
    mine, passkeys = quick.authority.my_factors, quick.authority.passkeys
    for deed in (mine.remove_totp, mine.new_recovery_codes, passkeys.begin):
        assert outcome(lambda deed=deed: deed(by, with_it)) is Code.SECOND_FACTOR
    assert mine.show(by).active_totp is not None


def test_no_factor_changes_without_the_password(quick: Stage):
    app = turn_app_on(quick)
    by = own(quick, shown=code(app.next()))
    wrong = Evidence(Secret("wrong"), code(app.next()))
    assert outcome(lambda: quick.authority.my_factors.remove_totp(by, wrong)) is Code.FORBIDDEN


# recovery


def test_a_recovery_link_stands_in_for_the_password_alone(quick: Stage):
    app = turn_app_on(quick, CLIENT)
    made = recover(quick, CLIENT)
    assert outcome(lambda: redeem(quick, made.secret)) is Code.SECOND_FACTOR
    quick.authority.redeem(redemption(made, code(app.codes[0])))
    assert any('"second_factor":"recovery_code"' in body for body in told(quick, CLIENT))


def test_who_may_recover_an_account_may_take_the_lost_factors_from_it(quick: Stage):
    app = turn_app_on(quick, CLIENT)
    session = own(quick, CLIENT, code(app.next()))
    member = quick.membership(CLIENT).id
    quick.authority.remove_factors.of_member(administrator(quick), member)
    assert sign_in(quick, CLIENT).token.id
    assert outcome(lambda: quick.authority.my_factors.show(session)) is Code.UNAUTHENTICATED
    assert any(Name.FACTORS_REMOVED in body for body in told(quick, CLIENT))


def test_an_administrator_takes_no_factor_from_who_is_not_his_alone(quick: Stage):
    turn_app_on(quick, OPERATOR)
    member = quick.membership(OPERATOR).id
    by = administrator(quick)
    got = outcome(lambda: quick.authority.remove_factors.of_member(by, member))
    assert got is Code.FORBIDDEN
    assert outcome(lambda: sign_in(quick, OPERATOR)) is Code.SECOND_FACTOR


# what is kept


def test_neither_the_records_nor_the_events_hold_what_somebody_shows(quick: Stage):
    app = turn_app_on(quick)
    shown = [app.next()]
    by = own(quick, shown=code(shown[0]))
    for _ in range(2):
        shown.append(app.next())
        own(quick, shown=code(shown[-1]))
    add_passkey(quick, by=by, shown=code(app.codes[0]))
    record = quick.store.find_for_sign_in(ADMINISTRATOR)
    assert record is not None
    kept = repr(record) + "".join(one.body or "" for one in quick.store.events(None, 0, 1000))
    totp = record.factors.totp
    assert totp is not None
    secret = app.secret
    for text in (*app.codes, secret.hex(), repr(secret), totp.sealed.hex()):
        assert text not in kept
    assert any(one not in kept for one in shown), "six digits may stand in an id, but not all three"
    assert secret not in totp.sealed
    assert all(digest not in repr(record) for digest in record.factors.recovery_codes.digests)


def test_a_secret_opens_for_its_person_alone(quick: Stage):
    turn_app_on(quick, CLIENT)
    record = quick.store.find_for_sign_in(CLIENT)
    assert record is not None
    totp = record.factors.totp
    assert totp is not None
    other = totp_context(quick.person(ADMINISTRATOR).id)
    with pytest.raises(Unavailable):
        quick.parts.vault().open(totp.sealed, other, totp.master_key_id)


def test_another_master_key_seals_the_secrets_of_apps_too(kept: Stage):
    app = turn_app_on(kept)
    place = KeyFile(kept.directory / "master.key", os.urandom)
    with place.replaced() as master:
        kept.parts.keys().rewrap(master.id)
    assert MasterKeys(place).find(master.id) is not None
    authority = build(kept.parts, kept.authority.deployment)
    shown = Credentials(ADMINISTRATOR, Secret(PASSWORD), None, ADDRESS, code(app.next()))
    assert authority.sign_in(shown).token.id
    assert kept.store.totps_under_another(master.id, UUID(int=0), 10) == ()


def test_what_is_left_of_a_step_is_told_by_the_clock_of_the_house(quick: Stage):
    app = turn_app_on(quick)
    quick.clock.moment += 2 * 30 * SECOND
    assert outcome(lambda: sign_in(quick, shown=code(app.code(ahead=2)))) is Code.SECOND_FACTOR
    assert sign_in(quick, shown=code(app.code(ahead=1))).token.id
    assert outcome(lambda: sign_in(quick, shown=code(app.code()))) is Code.SECOND_FACTOR
