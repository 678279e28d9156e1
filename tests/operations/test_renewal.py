"""Renewing device tokens: one successor for each, one same refusal, and nobody locks one out."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from operations.meanwhile import before
from rigs import CPU_ID, claims, enroll, reader, reason, renew, writer
from stage import ADMINISTRATOR, Stage
from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import Reason
from tokenhouse.core.moment import DAY, HOUR, SECOND
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.device_terms import DeviceTerms
from tokenhouse.operations.device_tokens import Equipped
from tokenhouse.operations.guessing import (
    LONGEST_DELAY,
    PER_NETWORK,
    PER_PERSON,
    PER_PERSON_AND_NETWORK,
)
from tokenhouse.operations.renew import REFUSED_AFTER

in_memory = pytest.mark.parametrize("stage", ["memory"], indirect=True)
FLOOR = REFUSED_AFTER / SECOND


def refused(deed: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        deed()
    return caught.value


def test_a_renewed_token_is_the_old_ones_successor_and_both_are_good(stage: Stage):
    made = enroll(stage)
    stage.clock.moment += DAY
    renewed = renew(stage, made)
    assert (reason(stage, made), reason(stage, renewed)) == (None, None)
    assert renewed.token.family_id == made.token.family_id
    assert renewed.token.predecessor_id == made.token.id
    assert renewed.token.expires_at == stage.clock.moment + 7 * DAY
    assert claims(renewed.secret)["jti"] == str(renewed.token.id)
    event = stage.store.recent_events(None, None, 1)[0]
    told = json.loads(event.body or "")
    assert (event.name, told["actor"]) == ("token:family:renewed", str(made.device.id))
    assert told["through"] == str(made.token.id)


@pytest.mark.parametrize(
    ("late", "renews"),
    [(-SECOND, True), (0, True), (1, False), (SECOND, False)],
    ids=["12 h - 1 s", "12 h", "12 h + 1 us", "12 h + 1 s"],
)
def test_a_token_renews_until_twelve_hours_after_its_expiry(stage: Stage, late: int, renews: bool):
    made = enroll(stage)
    assert made.token.expires_at is not None
    stage.clock.moment = made.token.expires_at + 12 * HOUR + late
    if renews:
        assert reason(stage, renew(stage, made)) is None
    else:
        assert refused(lambda: renew(stage, made)).code is Code.UNAUTHENTICATED
    assert reason(stage, made) is Reason.EXPIRED


def test_a_token_that_is_late_for_good_is_followed_by_its_younger_ones(stage: Stage):
    first = enroll(stage)
    second = renew(stage, first)
    stage.clock.moment += 6 * DAY
    third = renew(stage, second)
    stage.clock.moment += DAY + 12 * HOUR + SECOND
    assert refused(lambda: renew(stage, first)).code is Code.UNAUTHENTICATED
    assert reason(stage, third) is None
    assert reason(stage, renew(stage, third)) is None


def test_who_lost_the_answer_is_given_the_same_successor_again(stage: Stage):
    made = enroll(stage)
    stage.clock.moment += 7 * DAY + HOUR
    renewed = renew(stage, made)
    head = stage.store.head()
    stage.clock.moment += HOUR
    again = renew(stage, made)
    assert again.token == renewed.token
    assert claims(again.secret) == claims(renewed.secret)
    assert stage.store.head() == head


def test_once_half_of_the_successors_life_is_over_another_is_made(stage: Stage):
    made = enroll(stage)
    first = renew(stage, made)
    stage.clock.moment += 7 * DAY // 2 - 1
    assert renew(stage, made).token.id == first.token.id
    stage.clock.moment += 1
    second = renew(stage, made)
    assert second.token.id != first.token.id
    assert second.token.family_id == first.token.family_id
    assert renew(stage, made).token.id == second.token.id
    assert [reason(stage, one) for one in (made, first, second)] == [None] * 3


def test_however_many_renew_at_once_there_is_one_successor(stage: Stage):
    made = enroll(stage)
    with ThreadPoolExecutor(6) as pool:
        renewed = list(pool.map(lambda _: renew(stage, made), range(6)))
    assert len({one.token.id for one in renewed}) == 1
    found = stage.store.find(made.token.id)
    assert found is not None
    assert found.token.successor_id == renewed[0].token.id


WHAT_STOPS: dict[str, Callable[[Stage, Equipped], None]] = {
    "suspended": lambda s, m: edit(s, m, suspended=True),
    "removed": lambda s, m: s.authority.devices.remove(writer(s), m.device.id),
    "revoked": lambda s, m: s.authority.devices.revoke(writer(s), m.device.id),
    "another cpu_id": lambda s, m: edit(s, m, cpu_id=Secret("another")),
    "no cpu_id": lambda s, m: edit(s, m, cpu_id=None),
    "another uuid": lambda s, m: edit(s, m, uuid=Secret("another")),
    "organization suspended": lambda s, _: suspend_organization(s),
}


def edit(stage: Stage, made: Equipped, **terms: object) -> None:
    stage.authority.devices.edit(writer(stage), made.device.id, DeviceTerms(**terms))


def suspend(stage: Stage, made: Equipped) -> None:
    edit(stage, made, suspended=True)


def suspend_organization(stage: Stage) -> None:
    mine = stage.store.find_organization(stage.organization_id)
    assert mine is not None
    stage.put(replace(mine, version=mine.version + 1, suspended=True), mine)


@pytest.mark.parametrize("what", WHAT_STOPS)
def test_nothing_is_renewed_that_was_decided_before_it_was_stopped(
    stage: Stage, what: str, monkeypatch: pytest.MonkeyPatch
):
    made = enroll(stage)
    before(monkeypatch, stage.store, "commit", lambda: WHAT_STOPS[what](stage, made))
    assert refused(lambda: renew(stage, made)).code is Code.UNAUTHENTICATED
    found = stage.store.find(made.token.id)
    assert found is not None
    assert found.token.successor_id is None


def test_every_refusal_is_the_same_at_the_same_time(stage: Stage):
    """Also with a successor at hand, and a token that is forged, foreign, or of another kind."""
    made, other = enroll(stage), enroll(stage, "rig-2", cpu_id=Secret("2"))
    bare = enroll(stage, "rig-3", cpu_id=None)
    session = stage.session(ADMINISTRATOR).credential
    text = made.secret.reveal()
    forged = Secret(text[:-8] + ("A" * 8 if not text.endswith("A" * 8) else "B" * 8))
    strings = {
        "forged": replace(made, secret=forged),
        "cut": replace(made, secret=Secret(text[:-1])),
        "empty": replace(made, secret=Secret("")),
        "nonsense": replace(made, secret=Secret("a.b.c")),
        "of a person": replace(made, secret=session),
        "another device's": replace(made, secret=other.secret),
    }
    answers = {name: refused(lambda one=one: renew(stage, one)) for name, one in strings.items()}
    answers["wrong cpu_id"] = refused(lambda: renew(stage, made, "1"))
    answers["wrong uuid"] = refused(lambda: renew(stage, made, uuid="1"))
    answers["both wrong"] = refused(lambda: renew(stage, made, "1", "1"))
    answers["without cpu_id"] = refused(lambda: renew(stage, bare, ""))
    renew(stage, made)
    answers["wrong, with a successor"] = refused(lambda: renew(stage, made, "1"))
    suspend(stage, other)
    answers["suspended"] = refused(lambda: renew(stage, other, "2"))
    stage.authority.devices.revoke(writer(stage), made.device.id)
    answers["revoked"] = refused(lambda: renew(stage, made))
    stage.authority.devices.remove(writer(stage), made.device.id)
    answers["removed"] = refused(lambda: renew(stage, made))
    told = {name: (one.code, one.public, one.problems) for name, one in answers.items()}
    assert set(told.values()) == {told["forged"]}
    assert told["forged"][0] is Code.UNAUTHENTICATED
    assert {one.delay for one in answers.values()} == {FLOOR}


@in_memory
def test_a_refusal_is_held_back_by_what_is_left_of_its_time(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    made = enroll(stage)

    def later() -> None:
        stage.clock.moment += SECOND // 50

    before(monkeypatch, stage.store, "find", later)
    assert refused(lambda: renew(stage, made, "1")).delay == pytest.approx(FLOOR - 0.02)


@in_memory
def test_looking_takes_a_small_part_of_the_time_in_which_a_refusal_leaves(stage: Stage):
    made = enroll(stage)
    took = []
    for _ in range(9):
        began = time.perf_counter()
        refused(lambda: renew(stage, made, "1"))
        took.append(time.perf_counter() - began)
    assert sorted(took)[4] < FLOOR / 2


def test_a_session_or_whoever_has_no_token_of_a_device_slows_none(stage: Stage):
    made = enroll(stage)
    nothing = replace(made, secret=Secret("a.b.c"))
    for _ in range(PER_NETWORK.burst):
        assert refused(lambda: renew(stage, nothing)).code is Code.UNAUTHENTICATED
    late = refused(lambda: renew(stage, nothing))
    assert (late.code, late.retry_after) == (Code.TOO_MANY, 2)
    renewed = renew(stage, made)
    assert (reason(stage, renewed), renewed.delay) == (None, 0)


def test_who_has_a_devices_token_stops_it_in_his_own_network_and_slows_it_elsewhere(stage: Stage):
    made, other = enroll(stage), enroll(stage, "rig-2")
    for _ in range(PER_PERSON_AND_NETWORK.burst):
        assert refused(lambda: renew(stage, made, "1")).code is Code.UNAUTHENTICATED
    assert refused(lambda: renew(stage, made, "1")).code is Code.TOO_MANY
    assert reason(stage, renew(stage, other)) is None
    for network in range(1, 1 + PER_PERSON.burst):
        refused(lambda n=network: renew(stage, made, "1", address=f"198.51.{n}.1"))
    renewed = renew(stage, made, address="203.0.113.1")
    assert reason(stage, renewed) is None
    assert 0 < renewed.delay <= LONGEST_DELAY / SECOND


@in_memory
def test_a_renewal_that_is_right_is_counted_for_nobody(stage: Stage):
    made = enroll(stage)
    for _ in range(PER_NETWORK.burst + 1):
        made = renew(stage, made)
        assert made.delay == 0
        stage.clock.moment += 4 * DAY


def test_a_longest_lifetime_of_the_organization_bounds_what_is_made_and_renewed(stage: Stage):
    mine = stage.store.find_organization(stage.organization_id)
    assert mine is not None
    bounded = replace(mine, version=mine.version + 1, longest_lifetimes={"device": DAY})
    stage.put(bounded, mine)
    made = enroll(stage)
    stage.clock.moment += HOUR
    for one, at in ((made, stage.clock.moment - HOUR), (renew(stage, made), stage.clock.moment)):
        assert one.token.expires_at == at + DAY
    told = stage.authority.devices.secrets(reader(stage), made.device.id, Secret(CPU_ID))
    assert told.token.expires_at == stage.clock.moment + DAY
