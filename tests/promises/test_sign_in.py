"""Signing in: one same refusal, slow guessing, and no stranger locks anyone out."""

import pytest
from msgspec.structs import replace

from stage import ADMINISTRATOR, CLIENT, PASSWORD, START, MovedClock, Stage
from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import Reason
from tokenhouse.core.kind import Spelling
from tokenhouse.core.moment import HOUR, MINUTE, SECOND
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.guessing import LONGEST_DELAY, PER_PERSON, PER_PERSON_AND_NETWORK
from tokenhouse.operations.sign_in import Credentials


def attempt(
    stage: Stage, email: str = ADMINISTRATOR, password: str = "wrong", address: str = "192.0.2.1"
) -> Refused | None:
    try:
        stage.authority.sign_in(Credentials(email, Secret(password), None, address))
    except Refused as refused:
        return refused
    return None


def test_a_session_lives_twelve_hours_and_no_microsecond_longer(stage: Stage):
    secret = stage.sign_in().secret
    stage.clock.moment = START + 12 * HOUR - 1
    assert stage.verdict(secret, None, Spelling.BEARER).allowed
    stage.clock.moment = START + 12 * HOUR
    assert stage.verdict(secret, None, Spelling.BEARER).reason is Reason.EXPIRED


def test_the_email_counts_without_regard_to_case(stage: Stage):
    assert attempt(stage, "ANNA@Nordlicht.Example", PASSWORD) is None


@pytest.mark.parametrize("what", ["person", "membership", "organization"])
def test_every_failing_sign_in_gets_one_same_answer(stage: Stage, what: str):
    wrong, unknown = attempt(stage), attempt(stage, "nobody@nordlicht.example")
    stage_record = {
        "person": stage.person(CLIENT),
        "membership": stage.membership(CLIENT),
        "organization": stage.sign_in(CLIENT).standing.organization,
    }[what]
    stage.put(replace(stage_record, version=stage_record.version + 1, suspended=True), stage_record)
    suspended = attempt(stage, CLIENT, PASSWORD)
    told = {(one.code, one.public, one.problems) for one in (wrong, unknown, suspended) if one}
    assert len(told) == 1
    assert None not in (wrong, unknown, suspended)


def test_unknown_people_cost_the_same_work(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    worked: list[str] = []
    hasher = stage.parts.hasher
    matches = hasher.matches

    def counted(phc: str, password: Secret) -> bool:
        worked.append(phc.rpartition("$")[0].rpartition("$")[0])
        return matches(phc, password)

    monkeypatch.setattr(hasher, "matches", counted)
    attempt(stage)
    attempt(stage, "nobody@nordlicht.example")
    assert len(worked) == 2
    assert len(set(worked)) == 1  # the same scheme with the same parameters


def test_guessing_from_one_network_is_stopped_before_the_password_is_looked_at(stage: Stage):
    burst = PER_PERSON_AND_NETWORK.burst
    refused = [attempt(stage, address=f"192.0.2.{n}") for n in range(burst)]
    assert {one.code for one in refused if one} == {Code.UNAUTHENTICATED}
    stopped = attempt(stage, password=PASSWORD)
    assert stopped is not None
    assert stopped.code is Code.TOO_MANY
    assert stopped.retry_after is not None
    assert stopped.retry_after >= 1
    assert attempt(stage, CLIENT, PASSWORD) is None
    stage.clock.moment += stopped.retry_after * SECOND
    assert attempt(stage, password=PASSWORD) is None


def test_a_stranger_elsewhere_delays_a_person_by_two_seconds_at_most_and_locks_nobody_out(
    stage: Stage,
):
    for n in range(3 * PER_PERSON.burst):
        attempt(stage, address=f"198.51.{n}.1")
    credentials = Credentials(ADMINISTRATOR, Secret(PASSWORD), None, "192.0.2.1")
    signed_in = stage.authority.sign_in(credentials)
    assert 0 < signed_in.delay <= LONGEST_DELAY / SECOND


def test_right_passwords_are_not_counted(stage: Stage):
    for _ in range(PER_PERSON_AND_NETWORK.burst + 2):
        assert attempt(stage, password=PASSWORD) is None


def test_a_person_of_two_organizations_signs_in_to_the_one_that_is_named(stage: Stage):
    other = stage.found_organization("Elsewhere", "eve@elsewhere.example")
    ours = stage.organization_id
    eve = Credentials("eve@elsewhere.example", Secret(PASSWORD), None, "192.0.2.1")
    assert stage.authority.sign_in(eve).token.organization_id == other
    with pytest.raises(Refused) as refused:
        stage.authority.sign_in(replace(eve, organization_id=ours))
    assert refused.value.code is Code.UNAUTHENTICATED


def test_failed_sign_ins_of_a_known_person_are_one_event_a_minute_with_a_count(
    stage: Stage,
):
    head = stage.store.head()[0]
    for _ in range(3):
        attempt(stage)
        attempt(stage, "nobody@nordlicht.example")
    assert stage.store.head()[0] == head
    assert isinstance(stage.clock, MovedClock)
    stage.clock.moment += MINUTE
    assert stage.authority.notes.write() == 1
    event = stage.store.events(None, head, 10)[-1]
    assert event.name == "session:person:refused"
    assert event.body is not None
    assert '"count":3' in event.body
