"""A rotation never locks a client out, and makes one successor per question."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from msgspec.structs import replace

from stage import ADMINISTRATOR, START, Stage, caller
from tokenhouse.core.judge import Reason
from tokenhouse.core.kind import Spelling
from tokenhouse.core.moment import MINUTE, Lifetime, format_moment, parse_moment
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.issue import Issued

IN_A_MONTH = parse_moment("2026-04-10T09:00:00Z")
MONTH = Lifetime(months=1)
THREADS = 64


def rotated(stage: Stage, issued: Issued, key: str | None = None) -> Issued:
    by_itself = caller(issued.secret, key=key)
    token_id = issued.described.token.id
    return stage.authority.rotate(by_itself, stage.organizational, token_id, MONTH)


def test_a_token_rotates_itself_and_the_old_one_lives_to_its_own_expiry(stage: Stage):
    first = stage.issue(stage.session(), ("Client",), IN_A_MONTH)
    second = rotated(stage, first)
    expires_at = second.described.token.expires_at
    assert expires_at is not None
    assert format_moment(expires_at) == "2026-05-10T09:00:00Z"
    assert second.described.token.family_id == first.described.token.family_id
    assert [group.name for group in second.described.groups] == ["Client"]
    assert stage.verdict(first.secret).allowed
    assert stage.verdict(second.secret).allowed

    stage.clock.moment = IN_A_MONTH
    assert stage.verdict(first.secret).reason is Reason.EXPIRED
    assert stage.verdict(second.secret).allowed


def test_a_second_rotation_makes_a_second_successor_and_ends_nothing(stage: Stage):
    first = stage.issue(stage.session(), ("Client",), IN_A_MONTH)
    successors = [rotated(stage, first) for _ in range(2)]
    assert len({one.described.token.id for one in successors}) == 2
    assert all(stage.verdict(one.secret).allowed for one in (first, *successors))


def test_64_threads_under_one_idempotency_key_make_one_successor(stage: Stage):
    first = stage.issue(stage.session(), ("Client",), IN_A_MONTH)
    barrier = Barrier(THREADS)

    def rotate() -> Issued:
        barrier.wait()
        return rotated(stage, first, key="the same")

    with ThreadPoolExecutor(THREADS) as pool:
        answers = [one.result() for one in [pool.submit(rotate) for _ in range(THREADS)]]
    assert len({one.described.token.id for one in answers}) == 1
    assert len({one.secret.reveal() for one in answers}) == 1
    assert stage.verdict(answers[0].secret).allowed


def test_the_same_key_gives_the_same_answer_for_ten_minutes_and_then_says_it_was_done(
    stage: Stage,
):
    first = stage.issue(stage.session(), ("Client",), IN_A_MONTH)
    second = rotated(stage, first, key="k")
    stage.clock.moment = START + 10 * MINUTE
    assert rotated(stage, first, key="k").secret.reveal() == second.secret.reveal()
    stage.clock.moment = START + 10 * MINUTE + 1
    with pytest.raises(Refused) as refused:
        rotated(stage, first, key="k")
    assert refused.value.code is Code.ALREADY_DONE
    assert refused.value.problems[0].sentence == str(second.described.token.id)


def test_an_answer_is_not_repeated_once_its_token_was_revoked(stage: Stage):
    administrator = stage.session()
    first = stage.issue(administrator, ("Client",), IN_A_MONTH)
    second = rotated(stage, first, key="k")
    stage.authority.revoke.one(administrator, stage.organizational, second.described.token.id)
    with pytest.raises(Refused) as refused:
        rotated(stage, first, key="k")
    assert refused.value.code is Code.ALREADY_DONE


def test_another_credential_of_the_same_actor_learns_only_that_it_was_done(stage: Stage):
    administrator = stage.session(ADMINISTRATOR, "AccountTokenWrite")
    first = stage.issue(administrator, ("Client",), IN_A_MONTH)
    token_id = first.described.token.id
    stage.authority.rotate(
        replace(administrator, idempotency_key=caller(first.secret, key="k").idempotency_key),
        stage.organizational,
        token_id,
        MONTH,
    )
    again = replace(
        stage.session(ADMINISTRATOR, "AccountTokenWrite"),
        idempotency_key=caller(first.secret, key="k").idempotency_key,
    )
    with pytest.raises(Refused) as refused:
        stage.authority.rotate(again, stage.organizational, token_id, MONTH)
    assert refused.value.code is Code.ALREADY_DONE


def test_the_same_key_with_another_request_is_refused(stage: Stage):
    first = stage.issue(stage.session(), ("Client",), IN_A_MONTH)
    rotated(stage, first, key="k")
    other = caller(first.secret, key="k", request=b"another request")
    with pytest.raises(Refused) as refused:
        stage.authority.rotate(other, stage.organizational, first.described.token.id, MONTH)
    assert refused.value.code is Code.KEY_REUSED


def test_an_expired_token_and_one_that_never_expires_get_no_extension(stage: Stage):
    administrator = stage.session(ADMINISTRATOR, "AccountTokenWrite")
    endless = stage.issue(administrator, ("Client",))
    with pytest.raises(Refused) as refused:
        rotated(stage, endless)
    assert refused.value.code is Code.UNPROCESSABLE
    short = stage.issue(administrator, ("Client",), START + MINUTE)
    stage.clock.moment = START + MINUTE
    for extension in (MONTH, None):
        with pytest.raises(Refused) as refused:
            stage.authority.rotate(
                administrator, stage.organizational, short.described.token.id, extension
            )
        assert refused.value.code is Code.UNPROCESSABLE


def test_a_revoked_token_has_no_successor(stage: Stage):
    administrator = stage.session(ADMINISTRATOR, "AccountTokenWrite")
    issued = stage.issue(administrator, ("Client",), IN_A_MONTH)
    token_id = issued.described.token.id
    stage.authority.revoke.one(administrator, stage.organizational, token_id)
    with pytest.raises(Refused) as refused:
        stage.authority.rotate(administrator, stage.organizational, token_id, MONTH)
    assert refused.value.code is Code.NOT_FOUND


def test_rotating_another_token_needs_the_permission_and_oneself_none(stage: Stage):
    administrator = stage.session()
    first = stage.issue(administrator, ("Client",), IN_A_MONTH)
    other = stage.issue(administrator, ("Client",), IN_A_MONTH)
    by_other = caller(other.secret, Spelling.TOKEN, "AccountTokenWrite")
    with pytest.raises(Refused) as refused:
        stage.authority.rotate(by_other, stage.organizational, first.described.token.id, MONTH)
    assert refused.value.code is Code.FORBIDDEN
    rotated(stage, first)


def test_numbers_are_given_in_order_without_gaps(stage: Stage):
    administrator = stage.session()
    issued = [stage.issue(administrator, ("Client",), IN_A_MONTH) for _ in range(3)]
    issued.append(rotated(stage, issued[0]))
    assert [one.described.token.number for one in issued] == [1, 2, 3, 4]
