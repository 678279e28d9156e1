"""A change is confirmed with the password and what is owed beside it, or with a passkey alone."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from engines import ENGINES, TWO_NODES, opened
from linking import refusal_of
from operations.meanwhile import after, before
from showing import Authenticator, add_passkey, answered, code, own, turn_app_on
from stage import ADMINISTRATOR, CLIENT, PASSWORD, MovedClock, Stage, with_demand
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Name
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.second_factor import CHALLENGE_GOOD_FOR
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.confirm import NO_PASSWORD, Confirmation
from tokenhouse.operations.guessing import CODES_PER_PERSON, PER_PERSON_AND_NETWORK
from tokenhouse.operations.issue import Draft
from tokenhouse.operations.me import MyEdit
from tokenhouse.operations.second_factor import NOT_GOOD, NOTHING, Presented

DEED: Final = "POST /console/tokens 5a3f"
OTHER: Final = "POST /console/tokens 77c1"
RIGHT: Final = Secret(PASSWORD)
_DEMAND: Final = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN, confirmed=True)


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Stage]:
    """In memory, where passwords cost little."""
    with opened("memory", tmp_path, clock := MovedClock(), lambda _: None) as (store, attempts):
        yield Stage(store, attempts, clock, tmp_path)


@pytest.fixture(params=[*ENGINES[1:], TWO_NODES])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """On the engines that keep what was answered."""
    clock = MovedClock()
    with opened(request.param, tmp_path, clock, request.getfixturevalue) as (store, attempts):
        yield Stage(store, attempts, clock, tmp_path)


def change(stage: Stage, by: Caller, confirmation: Confirmation | None) -> None:
    """A change of tokens that wants to be confirmed."""
    asking = replace(with_demand(by, _DEMAND), confirmation=confirmation)
    stage.authority.issue(asking, stage.authority.personal, Draft("mine", None, None))


def outcome(stage: Stage, by: Caller, confirmation: Confirmation) -> Code | None:
    try:
        change(stage, by, confirmation)
    except Refused as refused:
        return refused.code
    return None


def by_passkey(
    stage: Stage, by: Caller, holder: Authenticator, deed: str = DEED, asked_for: str = DEED
) -> Confirmation:
    """A passkey's answer, alone, to a challenge that was asked for some deed."""
    asked = stage.authority.passkeys.challenge_for(by, asked_for)
    return Confirmation(None, Presented(passkey=holder.get(asked.challenge), deed=deed))


def holding(stage: Stage, email: str = ADMINISTRATOR) -> tuple[Authenticator, Caller]:
    """Somebody's passkey, and a session that he opened with it."""
    holder = add_passkey(stage, email)
    return holder, own(stage, email, answered(stage, holder))


def events(stage: Stage, name: Name) -> list[str]:
    stage.authority.notes.write(all_of_them=True)
    recorded = stage.store.events(None, 0, 1000)
    return [one.body or "" for one in recorded if f'"{name.value}"' in (one.body or "")]


def test_a_passkey_alone_confirms_the_change_that_it_was_asked_for_and_once(kept: Stage):
    holder, by = holding(kept)
    confirmation = by_passkey(kept, by, holder)
    assert outcome(kept, by, confirmation) is None
    again = Confirmation(None, confirmation.shown)
    assert outcome(kept, by, again) is Code.FORBIDDEN
    (event,) = events(kept, Name.FACTOR_USED)
    assert '"second_factor":"passkey"' in event


def test_one_answer_confirms_a_whole_batch_of_one_request(quick: Stage):
    holder, by = holding(quick)
    confirmation = by_passkey(quick, by, holder)
    for _ in range(3):
        assert outcome(quick, by, confirmation) is None


def test_of_all_who_show_one_answer_at_once_one_is_confirmed(kept: Stage):
    holder, by = holding(kept)
    shown = by_passkey(kept, by, holder).shown
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: outcome(kept, by, Confirmation(None, shown)), range(8)))
    assert found.count(None) == 1
    assert set(found) == {None, Code.FORBIDDEN}


@pytest.mark.parametrize("password", [None, RIGHT], ids=["alone", "beside the password"])
def test_the_answer_for_another_deed_or_session_or_to_no_deed_confirms_nothing(
    quick: Stage, password: Secret | None
):
    holder, by = holding(quick)
    elsewhere = own(quick, shown=answered(quick, holder))
    for wrong in (
        by_passkey(quick, by, holder, asked_for=OTHER),
        by_passkey(quick, elsewhere, holder),
        Confirmation(None, answered(quick, holder)),
        Confirmation(None, replace(answered(quick, holder), deed=DEED)),
        Confirmation(None, replace(by_passkey(quick, by, holder).shown, deed=None)),
        Confirmation(None, Presented(passkey=Secret("{}"), deed=DEED)),
    ):
        assert outcome(quick, by, Confirmation(password, wrong.shown)) is Code.FORBIDDEN
    assert outcome(quick, by, by_passkey(quick, by, holder)) is None


def test_an_answer_that_comes_late_confirms_nothing(quick: Stage):
    holder, by = holding(quick)
    early, late = by_passkey(quick, by, holder), by_passkey(quick, by, holder)
    quick.clock.moment += CHALLENGE_GOOD_FOR - 1
    assert outcome(quick, by, early) is None
    quick.clock.moment += 1
    assert outcome(quick, by, late) is Code.FORBIDDEN


def test_the_passkey_of_somebody_else_confirms_nothing(quick: Stage):
    holder, _ = holding(quick, CLIENT)
    by = own(quick)
    assert outcome(quick, by, by_passkey(quick, by, holder)) is Code.FORBIDDEN
    _, mine = holding(quick)
    assert outcome(quick, mine, by_passkey(quick, mine, holder)) is Code.FORBIDDEN


def test_a_device_that_did_not_look_who_uses_it_confirms_nothing(quick: Stage):
    holder, by = holding(quick)
    holder.flags &= ~0x04
    assert outcome(quick, by, by_passkey(quick, by, holder)) is Code.FORBIDDEN


def test_a_code_alone_confirms_nothing_and_is_not_spent(quick: Stage):
    app = turn_app_on(quick)
    by = own(quick, shown=code(app.next()))
    typed = code(app.next())
    for shown in (typed, code(app.codes[0]), NOTHING, replace(typed, deed=DEED)):
        assert outcome(quick, by, Confirmation(None, shown)) is Code.FORBIDDEN
    beside = replace(typed, passkey=Secret("{}"), deed=DEED)
    assert outcome(quick, by, Confirmation(None, beside)) is Code.FORBIDDEN
    assert outcome(quick, by, Confirmation(RIGHT, typed)) is None


def test_whoever_has_no_factor_confirms_with_the_password_alone(quick: Stage):
    by = own(quick)
    nobodys = Presented(passkey=Secret("{}"), deed=DEED)
    assert outcome(quick, by, Confirmation(None, nobodys)) is Code.FORBIDDEN
    assert outcome(quick, by, Confirmation(None)) is Code.FORBIDDEN
    assert outcome(quick, by, Confirmation(Secret("wrong"))) is Code.FORBIDDEN
    assert outcome(quick, by, Confirmation(RIGHT)) is None
    assert refusal_of(lambda: change(quick, by, None)).code is Code.MALFORMED


def test_a_wrong_password_is_not_mended_by_a_passkey_which_is_not_spent(quick: Stage):
    holder, by = holding(quick)
    shown = by_passkey(quick, by, holder).shown
    assert outcome(quick, by, Confirmation(Secret("wrong"), shown)) is Code.FORBIDDEN
    assert outcome(quick, by, Confirmation(RIGHT, shown)) is None


def test_whatever_is_wrong_is_told_in_the_same_words(quick: Stage):
    holder, by = holding(quick)
    wrong = (
        Confirmation(Secret("wrong")),
        Confirmation(Secret("wrong"), tells=True),
        Confirmation(RIGHT),
        Confirmation(RIGHT, code("000000")),
        Confirmation(None),
        Confirmation(None, code("000000"), tells=True),
        by_passkey(quick, by, holder, asked_for=OTHER),
        Confirmation(None, Presented(passkey=Secret("{}"), deed=DEED), tells=True),
    )
    refusals = [refusal_of(lambda one=one: change(quick, by, one)) for one in wrong]
    assert {(one.code, one.public, one.problems) for one in refusals} == {
        (Code.FORBIDDEN, refusals[0].public, ())
    }


def test_that_a_factor_is_missing_is_told_behind_a_right_password_to_who_asks(quick: Stage):
    app = turn_app_on(quick)
    by = own(quick, shown=code(app.next()))
    for shown in (NOTHING, code("000000"), code("0000-0000-0000-0000-0000-0000")):
        telling = Confirmation(RIGHT, shown, tells=True)
        refusal = refusal_of(lambda telling=telling: change(quick, by, telling))
        assert refusal.code is Code.SECOND_FACTOR
        assert [one.field for one in refusal.problems] == ["code"]
        assert outcome(quick, by, Confirmation(RIGHT, shown)) is Code.FORBIDDEN
        wrong = Confirmation(Secret("wrong"), shown, tells=True)
        assert outcome(quick, by, wrong) is Code.FORBIDDEN
    assert outcome(quick, by, Confirmation(RIGHT, code(app.next()), tells=True)) is None


def test_too_many_codes_are_told_where_the_missing_one_is(quick: Stage):
    app = turn_app_on(quick)
    by = own(quick, shown=code(app.next()))
    for _ in range(CODES_PER_PERSON.burst):
        outcome(quick, by, Confirmation(RIGHT, code("000000")))
    good = code(app.next())
    assert outcome(quick, by, Confirmation(RIGHT, good)) is Code.FORBIDDEN
    refusal = refusal_of(lambda: change(quick, by, Confirmation(RIGHT, good, tells=True)))
    assert refusal.code is Code.TOO_MANY
    assert refusal.retry_after


def test_passkeys_are_counted_before_they_are_looked_at_like_passwords(quick: Stage):
    holder, by = holding(quick)
    for _ in range(PER_PERSON_AND_NETWORK.burst):
        wrong = by_passkey(quick, by, holder, asked_for=OTHER)
        assert outcome(quick, by, wrong) is Code.FORBIDDEN
    good = by_passkey(quick, by, holder)
    assert outcome(quick, by, good) is Code.TOO_MANY
    assert outcome(quick, by, Confirmation(RIGHT)) is Code.TOO_MANY
    quick.clock.moment += PER_PERSON_AND_NETWORK.interval
    assert outcome(quick, by, good) is None


def test_who_stole_a_session_cannot_use_up_the_owners_tries_at_codes(quick: Stage):
    app = turn_app_on(quick)
    by = own(quick, shown=code(app.next()))
    for _ in range(CODES_PER_PERSON.burst + 1):
        outcome(quick, by, Confirmation(None, code("000000")))
        beside = Presented(Secret("000000"), Secret("{}"), deed=DEED)
        outcome(quick, by, Confirmation(None, beside))
    assert outcome(quick, by, Confirmation(RIGHT, code(app.next()))) is None


def test_a_change_that_is_decided_again_does_not_find_its_passkey_used_up(
    kept: Stage, monkeypatch: pytest.MonkeyPatch
):
    """Somebody changes the person between the look and the commit, so that it is decided anew."""
    holder, by = holding(kept)
    me, theirs = kept.authority.me, own(kept, shown=answered(kept, holder))
    confirmation = by_passkey(kept, by, holder)
    tried: list[object] = []

    def renamed() -> None:
        tried.append(me.edit(theirs, None, MyEdit(full_name="Anna Again")))

    def armed() -> None:
        before(monkeypatch, kept.store, "commit", renamed)

    after(monkeypatch, kept.store, "commit", armed)  # after that which uses the passkey up
    assert outcome(kept, by, confirmation) is None
    assert len(tried) == 1


def test_the_person_is_told_of_what_confirmed_nothing(quick: Stage):
    holder, by = holding(quick)
    outcome(quick, by, by_passkey(quick, by, holder, asked_for=OTHER))
    outcome(quick, by, Confirmation(None, code("000000")))
    told = events(quick, Name.SIGN_IN_FAILED)
    assert len(told) == 2
    assert any(NO_PASSWORD in one for one in told)
    assert any(NOT_GOOD in one for one in told)
