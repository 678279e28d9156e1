"""An administrator always stays, whoever acts at once with whom."""

from collections.abc import Callable

import pytest

from operations.meanwhile import before
from operations.staying import (
    IN_MEMORY,
    MACHINE,
    ROUNDS,
    administrators,
    both,
    edit_person,
    end,
    refused,
    restore,
    suspend,
    ungroup,
)
from stage import ADMINISTRATOR, CLIENT, OPERATOR, Stage
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.people import PersonEdit

WAYS = pytest.mark.parametrize("way", [suspend, ungroup, end])


@IN_MEMORY
@WAYS
def test_the_last_administrator_stays(stage: Stage, way: Callable[..., object]):
    restore(stage, OPERATOR)
    edit_person(stage, OPERATOR, operator=True)
    by = stage.session()
    ungroup(stage, by, OPERATOR)
    refused(lambda: way(stage, by, ADMINISTRATOR), "last administrator")
    assert administrators(stage) == 1


@IN_MEMORY
@WAYS
def test_others_who_are_suspended_do_not_count_as_administrators(
    stage: Stage, way: Callable[..., object]
):
    restore(stage, OPERATOR, CLIENT, ADMINISTRATOR)
    by = stage.session()
    suspend(stage, by, OPERATOR)
    edit_person(stage, CLIENT, suspended=True)
    refused(lambda: way(stage, by, ADMINISTRATOR), "last administrator")
    end(stage, by, OPERATOR)
    assert administrators(stage) == 1


@WAYS
def test_of_two_administrators_who_remove_each_other_at_once_one_stays(
    stage: Stage, way: Callable[..., object]
):
    for _ in range(ROUNDS if way is not end else 1):
        both(
            stage,
            lambda by: way(stage, by, OPERATOR),
            lambda by: way(stage, by, ADMINISTRATOR),
        )
        assert administrators(stage) == 1


def test_of_two_administrators_who_leave_at_once_one_stays(stage: Stage):
    for _ in range(ROUNDS):
        done = both(
            stage,
            lambda by: ungroup(stage, by, ADMINISTRATOR),
            lambda by: suspend(stage, by, OPERATOR),
        )
        assert (done, administrators(stage)) == (1, 1)


@IN_MEMORY
def test_the_last_administrator_stays_who_becomes_the_last_meanwhile(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    restore(stage, OPERATOR, ADMINISTRATOR)
    by = stage.session(ADMINISTRATOR)
    other = AtMachine(stage.organization_id, "tokenhouse person groups")
    before(monkeypatch, stage.store, "commit", lambda: ungroup(stage, other, OPERATOR))
    refused(lambda: ungroup(stage, by, ADMINISTRATOR), "last administrator")
    assert administrators(stage) == 1


@IN_MEMORY
def test_a_member_of_another_organization_is_unknown_in_a_new_one(stage: Stage):
    made = stage.authority.organizations.create(MACHINE, "Weststrom")
    at = AtMachine(made.id, "tokenhouse person list")
    with pytest.raises(Refused) as caught:
        end(stage, at, CLIENT)
    assert caught.value.code is Code.NOT_FOUND


@IN_MEMORY
def test_an_operator_suspends_the_last_administrator_of_an_organization(stage: Stage):
    """A stolen account has to stop at once; another administrator can be invited afterwards."""
    restore(stage, OPERATOR)
    ungroup(stage, stage.session(), OPERATOR)
    people, edit = stage.authority.people, PersonEdit(suspended=True)
    people.edit(stage.session(OPERATOR), stage.person(ADMINISTRATOR).id, None, edit)
    assert administrators(stage) == 0
