"""A token can never do more than its holder can do now."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from stage import ADMINISTRATOR, CLIENT, Stage, caller
from tokenhouse.core.judge import Reason
from tokenhouse.core.kind import Spelling
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.groups import GroupEdit
from tokenhouse.operations.memberships import MembershipEdit


def test_a_person_who_loses_a_group_loses_it_in_every_personal_and_session_token_at_once(
    stage: Stage,
):
    signed_in = stage.sign_in(CLIENT)
    personal = stage.issue_personal(caller(signed_in.secret, Spelling.BEARER)).secret
    assert stage.verdict(personal, "SystemsRead").allowed
    assert stage.verdict(signed_in.secret, "SystemsRead", Spelling.BEARER).allowed

    administrator = stage.session(ADMINISTRATOR, "AccountsUsersWrite")
    stage.authority.memberships.edit(
        administrator, stage.membership(CLIENT).id, None, MembershipEdit(groups=())
    )

    assert stage.verdict(personal, "SystemsRead").reason is Reason.INSUFFICIENT
    verdict = stage.verdict(signed_in.secret, "SystemsRead", Spelling.BEARER)
    assert verdict.reason is Reason.INSUFFICIENT
    assert stage.verdict(personal).active


def test_a_group_that_loses_a_permission_loses_it_in_every_organizational_token(stage: Stage):
    administrator = stage.session(ADMINISTRATOR)
    tokens = [stage.issue(administrator, ("Client",)).secret for _ in range(3)]
    assert all(stage.verdict(token, "SystemsRead").allowed for token in tokens)

    group = stage.group("Client")
    edit = GroupEdit(permissions=frozenset())
    stage.authority.groups.edit(administrator, stage.organization_id, group.id, edit)

    assert not any(stage.verdict(token, "SystemsRead").allowed for token in tokens)


def test_a_group_that_gains_a_permission_gives_it_to_the_tokens_that_carry_it(stage: Stage):
    administrator = stage.session(ADMINISTRATOR)
    token = stage.issue(administrator, ("Client",)).secret
    assert stage.verdict(token, "SystemsWrite").reason is Reason.INSUFFICIENT

    group = stage.group("Client")
    edit = GroupEdit(permissions=frozenset({"SystemsRead", "SystemsWrite"}))
    stage.authority.groups.edit(administrator, stage.organization_id, group.id, edit)

    assert stage.verdict(token, "SystemsWrite").allowed


def test_a_removed_group_leaves_its_tokens_without_its_permissions(stage: Stage):
    administrator = stage.session(ADMINISTRATOR)
    token = stage.issue(administrator, ("Client",)).secret
    stage.authority.groups.remove(administrator, stage.organization_id, stage.group("Client").id)
    assert stage.verdict(token, "SystemsRead").reason is Reason.INSUFFICIENT


def test_an_organizational_token_outlives_its_maker(stage: Stage):
    token = stage.issue(stage.session(ADMINISTRATOR), ("Client",)).secret
    membership = stage.membership(ADMINISTRATOR)
    stage.put(
        replace(membership, version=membership.version + 1, ended_at=stage.clock.now()), membership
    )
    assert stage.verdict(token, "SystemsRead").allowed


def test_without_groups_a_token_gets_those_of_the_credential_that_made_it(stage: Stage):
    by_hand = stage.issue(stage.session(ADMINISTRATOR), ("Automation",))
    made = stage.issue(caller(by_hand.secret, Spelling.TOKEN, "AccountTokenWrite"))
    assert [group.name for group in made.described.groups] == ["Automation"]
    assert stage.verdict(made.secret, "SystemsRead").allowed
    assert not stage.verdict(made.secret, "AccountsUsersWrite").allowed


def test_nobody_puts_a_permission_into_a_group_that_he_does_not_hold(stage: Stage):
    administrator = stage.session(ADMINISTRATOR)
    groups = stage.authority.groups
    writer = groups.create(
        administrator,
        stage.organization_id,
        GroupEdit(name="Group writers", permissions=frozenset({"GroupsWrite"})),
    )
    token = stage.issue(administrator, ("Group writers",)).secret
    by_token = caller(token, Spelling.TOKEN, "GroupsWrite")
    wider = GroupEdit(permissions=frozenset({"GroupsWrite", "AccountTokenWrite"}))
    with pytest.raises(Refused) as refused:
        groups.edit(by_token, stage.organization_id, writer.group.id, wider)
    assert refused.value.code is Code.FORBIDDEN
    with pytest.raises(Refused) as refused:
        groups.create(by_token, stage.organization_id, replace(wider, name="New"))
    assert refused.value.code is Code.FORBIDDEN


def test_nobody_rotates_a_token_that_may_do_more_than_he(stage: Stage):
    administrator = stage.session(ADMINISTRATOR)
    strong = stage.issue(administrator).described.token
    weak = stage.issue(administrator, ("Automation",)).secret
    by_weak = caller(weak, Spelling.TOKEN, "AccountTokenWrite")
    with pytest.raises(Refused) as refused:
        stage.authority.rotate(by_weak, stage.organizational, strong.id, None)
    assert refused.value.code is Code.FORBIDDEN


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("person", Reason.HOLDER_SUSPENDED),
        ("membership", Reason.HOLDER_SUSPENDED),
        ("organization", Reason.ORGANIZATION_SUSPENDED),
    ],
)
def test_what_is_suspended_stops_at_once_and_works_again_when_it_is_not(
    stage: Stage, what: str, reason: Reason
):
    token = stage.issue_personal(stage.session(CLIENT)).secret

    def switch(*, suspended: bool) -> None:
        found = stage.verdict(token).found
        assert found is not None
        record = getattr(found.standing, what)
        stage.put(replace(record, version=record.version + 1, suspended=suspended), record)

    switch(suspended=True)
    assert stage.verdict(token).reason is reason
    switch(suspended=False)
    assert stage.verdict(token).allowed


def test_a_token_of_another_organization_is_as_good_as_none(stage: Stage):
    stage.found_organization("Elsewhere", "eve@elsewhere.example")
    ours = stage.issue(stage.session(ADMINISTRATOR))
    eve = stage.session("eve@elsewhere.example")
    authority, kind = stage.authority, stage.organizational
    attempts: list[Callable[[], object]] = [
        lambda: authority.describe.one(eve, kind, ours.described.token.id),
        lambda: authority.rotate(eve, kind, ours.described.token.id, None),
        lambda: authority.revoke.one(eve, kind, ours.described.token.id),
    ]
    for attempt in attempts:
        with pytest.raises(Refused) as refused:
            attempt()
        assert (refused.value.code, refused.value.public) == (
            Code.NOT_FOUND,
            "There is no such token.",
        )
    assert stage.verdict(ours.secret).allowed
