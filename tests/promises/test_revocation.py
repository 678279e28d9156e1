"""A revoked token stops at once, and nothing slips through between decision and commit."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from msgspec.structs import replace

from stage import ADMINISTRATOR, CLIENT, OPERATOR, Stage, caller, with_demand
from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import Demand, Reason
from tokenhouse.core.kind import Asker, Door, Spelling
from tokenhouse.core.refusal import Refused, Unavailable
from tokenhouse.operations.changes import Committed, Conflict
from tokenhouse.operations.issue import Draft

THREADS = 64


def test_a_revoked_token_is_refused_by_the_next_question(stage: Stage):
    administrator = stage.session(ADMINISTRATOR)
    issued = stage.issue(administrator)
    assert stage.verdict(issued.secret).allowed
    stage.authority.revoke.one(administrator, stage.organizational, issued.described.token.id)
    assert stage.verdict(issued.secret).reason is Reason.REVOKED


def test_a_session_that_signed_out_is_refused_by_the_next_question(stage: Stage):
    secret = stage.sign_in().secret
    stage.authority.revoke.own_session(caller(secret, Spelling.BEARER))
    assert stage.verdict(secret, None, Spelling.BEARER).reason is Reason.REVOKED


def test_revoking_one_token_leaves_its_predecessor_and_successor_alone(stage: Stage):
    administrator = stage.session(ADMINISTRATOR)
    first = stage.issue(administrator)
    rotate, kind = stage.authority.rotate, stage.organizational
    second = rotate(administrator, kind, first.described.token.id, None)
    third = rotate(administrator, kind, second.described.token.id, None)
    stage.authority.revoke.one(administrator, kind, second.described.token.id)
    assert stage.verdict(first.secret).allowed
    assert stage.verdict(second.secret).reason is Reason.REVOKED
    assert stage.verdict(third.secret).allowed


def test_revoking_a_family_ends_predecessors_and_successors_and_those_to_come(stage: Stage):
    administrator = stage.session(ADMINISTRATOR)
    first, stranger = stage.issue(administrator), stage.issue(administrator)
    rotate, kind = stage.authority.rotate, stage.organizational
    second = rotate(administrator, kind, first.described.token.id, None)
    third = rotate(administrator, kind, second.described.token.id, None)
    stage.authority.revoke.family(administrator, kind, second.described.token.id)
    for one in (first, second, third):
        assert stage.verdict(one.secret).reason is Reason.FAMILY_ENDED
        with pytest.raises(Refused):
            rotate(caller(one.secret), kind, one.described.token.id, None)
        with pytest.raises(Refused):
            rotate(administrator, kind, one.described.token.id, None)
    assert stage.verdict(stranger.secret).allowed


def test_nothing_lives_after_all_of_a_holder_was_revoked_while_64_threads_issued(stage: Stage):
    person = stage.session(CLIENT)
    minting = with_demand(person, Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN))
    operator = stage.session(OPERATOR, "AccountsUsersWrite")
    membership_id = stage.membership(CLIENT).id
    barrier = Barrier(THREADS + 1)
    draft = Draft("raced", None, None)

    def issue() -> list[Secret]:
        barrier.wait()
        issued = []
        try:
            for _ in range(5):
                made = stage.authority.issue(minting, stage.authority.personal, draft)
                issued.append(made.secret)
        except (Refused, Unavailable):
            pass
        return issued

    with ThreadPoolExecutor(THREADS) as pool:
        running = [pool.submit(issue) for _ in range(THREADS)]
        barrier.wait()
        while True:
            try:
                stage.authority.revoke_all.of_membership(operator, membership_id)
                break
            except Unavailable:
                continue
        secrets = [secret for one in running for secret in one.result()]

    assert stage.verdict(person.credential, None, Spelling.BEARER).reason is Reason.REVOKED
    assert {stage.verdict(secret).reason for secret in secrets} <= {Reason.REVOKED}
    later = stage.issue_personal(stage.session(CLIENT))
    assert stage.verdict(later.secret).allowed


def test_a_dismissed_administrators_request_that_was_under_way_commits_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    administrator = stage.session(ADMINISTRATOR)
    membership = stage.membership(ADMINISTRATOR)
    commit = stage.store.commit
    dismissed: list[bool] = []

    def dismissed_meanwhile(*asked: Any) -> Committed | Conflict:
        if not dismissed:
            dismissed.append(True)
            stage.put(
                replace(membership, version=membership.version + 1, ended_at=stage.clock.now()),
                membership,
            )
        return commit(*asked)

    head = stage.store.head()[0]
    monkeypatch.setattr(stage.store, "commit", dismissed_meanwhile)
    with pytest.raises(Refused):
        stage.issue(administrator)
    assert stage.store.head()[0] == head + 1  # the dismissal, and nothing else


def test_a_personal_token_makes_no_tokens_for_people(stage: Stage):
    personal = stage.issue_personal(stage.session(CLIENT)).secret
    with pytest.raises(Refused):
        stage.issue_personal(caller(personal))
