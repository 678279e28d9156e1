"""Who tries more than he may is in the audit trail, whichever rule it was that refused."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from stage import ADMINISTRATOR, CLIENT, OPERATOR, Stage
from tokenhouse.core.events import Name
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.groups import GroupEdit

Deed = Callable[[Stage, Caller], object]


def choose_groups(stage: Stage, by: Caller) -> object:
    return stage.issue(by, ("Metering",))


def rotate_stronger(stage: Stage, by: Caller) -> object:
    strong = stage.issue(stage.session(), ("Administrator",)).described.token
    return stage.authority.rotate(by, stage.organizational, strong.id, None)


def give_away_what_is_not_held(stage: Stage, by: Caller) -> object:
    draft = GroupEdit(name="Mine", permissions=frozenset({"TokenVerify"}))
    return stage.authority.groups.create(by, stage.organization_id, draft)


def edit_the_fixed_group(stage: Stage, by: Caller) -> object:
    group_id = stage.group("Administrator").id
    return stage.authority.groups.edit(by, stage.organization_id, group_id, GroupEdit(name="x"))


@pytest.mark.parametrize(
    "deed", [choose_groups, rotate_stronger, give_away_what_is_not_held, edit_the_fixed_group]
)
def test_a_deed_beyond_somebodys_rights_is_an_event(stage: Stage, deed: Deed):
    by, person = stage.session(CLIENT), stage.person(CLIENT)
    stage.authority.notes.write(all_of_them=True)
    with pytest.raises(Refused) as refused:
        deed(stage, by)
    assert refused.value.code is Code.FORBIDDEN
    head = stage.store.head()[0]
    assert stage.authority.notes.write(all_of_them=True) == 1
    (event,) = stage.store.events(stage.organization_id, head, 10)
    assert event.name == Name.MANAGEMENT_REFUSED
    assert event.body is not None
    assert str(person.id) in event.body
    assert "POST /somewhere" in event.body


def test_the_attempt_to_leave_a_firm_without_administrators_is_an_event(stage: Stage):
    other = stage.membership(OPERATOR)
    stage.put(replace(other, version=other.version + 1, groups=()), other)
    with pytest.raises(Refused):
        stage.authority.memberships.end(stage.session(), stage.membership(ADMINISTRATOR).id)
    assert stage.authority.notes.write(all_of_them=True) == 1
