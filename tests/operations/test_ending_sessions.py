"""All other sessions of somebody end at once, everywhere; what is no session goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engines import ENGINES, TWO_NODES, opened
from linking import refusal_of
from operations.meanwhile import before
from registered import register
from showing import ADDRESS, own
from stage import ADMINISTRATOR, CLIENT, PASSWORD, MovedClock, Stage, caller
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Name
from tokenhouse.core.judge import Reason
from tokenhouse.core.kind import Spelling
from tokenhouse.core.principal import Membership
from tokenhouse.core.refusal import Code
from tokenhouse.operations.change_password import NewPassword
from tokenhouse.operations.grant_password import PasswordGrant
from tokenhouse.operations.grant_refresh import RefreshGrant


@pytest.fixture(params=[*ENGINES, TWO_NODES])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    clock = MovedClock()
    with opened(request.param, tmp_path, clock, request.getfixturevalue) as (store, attempts):
        yield Stage(store, attempts, clock, tmp_path)


def reason(stage: Stage, secret: Secret, spelling: Spelling = Spelling.BEARER) -> Reason | None:
    return stage.verdict(secret, None, spelling).reason


def test_every_other_session_ends_and_nothing_else(stage: Stage):
    client = register(stage).credentials
    grants = stage.authority.grants
    granted = grants.password(PasswordGrant(client, ADMINISTRATOR, Secret(PASSWORD), ADDRESS))
    assert granted.refresh is not None
    by = own(stage)
    personal = stage.issue_personal(by).secret
    others = [stage.sign_in(), stage.sign_in()]
    twin = stage.sign_in(opaque=True).secret
    somebodys = stage.sign_in(CLIENT).secret
    stage.authority.revoke.own_sessions(by)
    assert [reason(stage, one.secret) for one in others] == [Reason.REVOKED] * 2
    assert reason(stage, twin, Spelling.SESSION) is Reason.REVOKED
    assert reason(stage, by.credential) is None
    assert reason(stage, somebodys) is None
    assert reason(stage, personal, Spelling.TOKEN) is None
    assert reason(stage, granted.access) is None
    assert grants.refresh(RefreshGrant(client, granted.refresh)).refresh is not None
    assert reason(stage, stage.sign_in().secret) is None


def test_those_in_other_organizations_end_too_and_each_is_told(stage: Stage):
    elsewhere, person = stage.found_organization("Firm", "eve@firm.example"), stage.person(CLIENT)
    now, membership_id = stage.clock.now(), stage.authority.passkeys._new_id(stage.clock.now())
    stage.put(Membership(membership_id, 1, person.id, elsewhere, (), False, None, 0, now, now))
    there = stage.sign_in(CLIENT, elsewhere).secret
    assert reason(stage, there) is None
    by = own(stage, CLIENT)
    stage.authority.revoke.own_sessions(by)
    assert reason(stage, there) is Reason.REVOKED
    told = [
        one
        for one in stage.store.events(None, 0, 1000)
        if f'"{Name.SESSIONS_ENDED.value}"' in (one.body or "")
    ]
    assert {one.organization_id for one in told} == {stage.organization_id, elsewhere}
    assert {one.person_id for one in told} == {person.id}


def test_the_session_that_ends_the_others_is_ended_by_the_next_that_does(stage: Stage):
    first, second = own(stage), own(stage)
    stage.authority.revoke.own_sessions(first)
    assert refusal_of(lambda: stage.authority.revoke.own_sessions(second)).code is (
        Code.UNAUTHENTICATED
    )
    third = own(stage)
    stage.authority.revoke.own_sessions(third)
    assert reason(stage, first.credential) is Reason.REVOKED
    assert reason(stage, third.credential) is None


def test_what_a_changed_password_ended_does_not_come_back(stage: Stage):
    spared, ended = own(stage), own(stage)
    change = NewPassword(Secret(PASSWORD), Secret("walnut glacier spindle"))
    stage.authority.change_password(spared, change)
    stage.authority.revoke.own_sessions(spared)
    assert reason(stage, ended.credential) is Reason.REVOKED
    assert reason(stage, spared.credential) is None


def test_a_sign_in_between_the_look_and_the_commit_is_ended_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    by, begun = own(stage), []
    before(monkeypatch, stage.store, "commit", lambda: begun.append(stage.sign_in().secret))
    stage.authority.revoke.own_sessions(by)
    assert [reason(stage, one) for one in begun] == [Reason.REVOKED]


def test_no_token_but_a_session_ends_sessions(stage: Stage):
    personal = stage.issue_personal(own(stage)).secret
    asking = caller(personal, Spelling.TOKEN, demand=own(stage).demand)
    refusal = refusal_of(lambda: stage.authority.revoke.own_sessions(asking))
    assert refusal.code is Code.FORBIDDEN
