"""An operator always stays, whoever acts at once with whom."""

import os

import pytest

from operations.meanwhile import after, before
from operations.staying import (
    IN_MEMORY,
    MACHINE,
    ROUNDS,
    at_once,
    both,
    edit_person,
    end,
    refused,
    restore,
    suspend,
)
from stage import ADMINISTRATOR, CLIENT, OPERATOR, Stage
from tokenhouse.core.events import Name
from tokenhouse.core.principal import Membership, Organization
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.organizations import OrganizationEdit
from tokenhouse.operations.people import PersonEdit


def test_of_two_operators_who_withdraw_at_once_one_stays(stage: Stage):
    people, edit = stage.authority.people, PersonEdit(operator=False)
    anna, olga = stage.person(ADMINISTRATOR).id, stage.person(OPERATOR).id
    for _ in range(ROUNDS):
        done = both(
            stage,
            lambda by: people.edit(by, anna, None, edit),
            lambda by: people.edit(by, olga, None, edit),
        )
        assert (done, stage.store.active_operators()) == (1, 1)


def test_of_two_operators_who_suspend_each_other_at_once_one_stays(stage: Stage):
    people, edit = stage.authority.people, PersonEdit(suspended=True)
    anna, olga = stage.person(ADMINISTRATOR).id, stage.person(OPERATOR).id
    for _ in range(ROUNDS):
        done = both(
            stage,
            lambda by: people.edit(by, olga, None, edit),
            lambda by: people.edit(by, anna, None, edit),
        )
        assert (done, stage.store.active_operators()) == (1, 1)


def test_at_the_machine_too_the_last_operator_stays(stage: Stage):
    restore(stage, OPERATOR, ADMINISTRATOR)
    for _ in range(ROUNDS):
        done = at_once(
            lambda: edit_person(stage, OPERATOR, suspended=True),
            lambda: edit_person(stage, ADMINISTRATOR, operator=False),
        )
        assert (done, stage.store.active_operators()) == (1, 1)
        restore(stage, OPERATOR, ADMINISTRATOR)


@IN_MEMORY
def test_operators_who_could_not_sign_in_do_not_count(stage: Stage):
    restore(stage, OPERATOR, ADMINISTRATOR)
    by = AtMachine(stage.organization_id, "tokenhouse person groups")
    suspend(stage, by, OPERATOR)
    for deed in (
        lambda: edit_person(stage, ADMINISTRATOR, suspended=True),
        lambda: edit_person(stage, ADMINISTRATOR, operator=False),
    ):
        refused(deed, "last operator")
    edit_person(stage, OPERATOR, operator=False)
    assert stage.store.active_operators() == 1


def test_of_two_operators_whose_memberships_end_at_once_one_stays(stage: Stage):
    restore(stage, OPERATOR, ADMINISTRATOR, CLIENT)
    edit_person(stage, CLIENT, operator=False)
    by = stage.session(CLIENT)
    done = at_once(lambda: end(stage, by, OPERATOR), lambda: end(stage, by, ADMINISTRATOR))
    assert (done, stage.store.active_operators()) == (1, 1)


def elsewhere(stage: Stage, email: str) -> Organization:
    """A further organization to which somebody belongs too."""
    now, mint = stage.clock.now(), Mint(os.urandom, "th")
    organization = Organization(mint.id(now), 1, "Elsewhere", False, 0, now, now)
    stage.put(organization)
    person_id = stage.person(email).id
    stage.put(Membership(mint.id(now), 1, person_id, organization.id, (), False, None, 0, now, now))
    return organization


def test_an_operator_who_belongs_elsewhere_too_may_leave_but_not_both_at_once(stage: Stage):
    other = elsewhere(stage, OPERATOR)
    deeds = [lambda one=one: leave(stage, one) for one in _known(stage, OPERATOR)]
    assert other.id in {one.organization_id for one in _known(stage, OPERATOR)}
    assert (at_once(*deeds), stage.store.active_operators()) == (1, 1)


@IN_MEMORY
@pytest.mark.parametrize("step", ["find_member", "find_person", "deployment"])
def test_an_operator_leaves_no_last_organization_when_he_left_the_other_meanwhile(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, step: str
):
    elsewhere(stage, OPERATOR)
    here, there = _known(stage, OPERATOR)
    after(monkeypatch, stage.store, step, lambda: leave(stage, there))
    refused(lambda: leave(stage, here), "last operator")
    assert stage.store.active_operators() == 1


def leave(stage: Stage, membership: Membership) -> None:
    at = AtMachine(membership.organization_id, "tokenhouse person")
    stage.authority.memberships.end(at, membership.id)


def _known(stage: Stage, email: str) -> tuple[Membership, ...]:
    record = stage.store.find_for_sign_in(email)
    assert record is not None
    return record.memberships


@IN_MEMORY
def test_an_organization_that_is_suspended_meanwhile_leaves_nobody_to_operate_from_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    other = elsewhere(stage, OPERATOR)
    here = next(one for one in _known(stage, OPERATOR) if one.organization_id != other.id)
    edit = OrganizationEdit(suspended=True)
    before(
        monkeypatch,
        stage.store,
        "commit",
        lambda: stage.authority.organizations.edit(MACHINE, other.id, None, edit),
    )
    refused(lambda: leave(stage, here), "last operator")
    assert stage.store.active_operators() == 1


@IN_MEMORY
def test_an_event_tells_of_somebody_at_the_machine_without_an_actor(stage: Stage):
    head = stage.store.head()[0]
    edit_person(stage, CLIENT, suspended=True)
    (event,) = stage.store.events(stage.organization_id, head, 10)
    assert event.name == Name.PERSON_CHANGED
    assert '"actor":null' in (event.body or "")
